"""What do a platform's scopes let an app have that their words do not speak of? Found by search, scope by scope.

Whoever consents is told something, and the methods do something; the two are kept apart in the data. So the same
checks that serve any service serve here: a mailbox whose owner never consented is read (I1), a text is shown that was
not spoken of (I5:granted), or one that was first written elsewhere (I6:granted). A fourth is of two grants: a scope
beside another one takes away what that gives.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from attrs import evolve, frozen

from permiscope.engine.alphabet import steps_of
from permiscope.engine.hunting import Hunted, hunt_rules
from permiscope.judge.invariants import Check, parse_invariant
from permiscope.judge.verdicts import Kind as Found
from permiscope.model.access import GRADE_OF, Operation
from permiscope.model.progress import Tick, no_tick
from permiscope.model.steps import Call, History
from permiscope.questions.policies.compare import compare_policies
from permiscope.service.platforms.scopes import ScopesPolicy
from permiscope.service.platforms.vendor import Vendor

BOUND = 4
"""Steps up to which an escalation is hunted; one more where a person has to open something first."""

CHECKS = ("I1", "I5:granted", "I6:granted")
"""What breaks when an app has more than was said, the plainest first."""

Sort = Literal["others' mailboxes", "text not spoken of", "text from elsewhere", "a power lost"]
SORTS: dict[str, Sort] = {
    "I1": "others' mailboxes",
    "I5:granted": "text not spoken of",
    "I6:granted": "text from elsewhere",
}


@frozen
class Escalation:
    """More than was said, or less than was given: under these scopes, with the smallest history that shows it.

    `alike` are scopes that open the same and are told the same. Of a power that is lost, `scopes` are the two, and
    `lost` what only the first alone allows.
    """

    sort: Sort
    scopes: tuple[str, ...]
    check: str
    witness: History
    alike: tuple[str, ...] = ()
    lost: tuple[Operation, ...] = ()

    @property
    def by(self) -> str:
        """The operation by which it happens."""
        last = self.witness[-1]
        if isinstance(last, Call):
            return last.operation
        calls = [step.operation for step in self.witness if isinstance(step, Call)]
        return {"rule": "rule", "subscribe": "push"}.get(calls[-1], calls[-1]) if calls else "push"


def escalations(vendor: Vendor, tick: Tick = no_tick) -> Iterator[Escalation]:
    """What each scope opens beyond its words, those that are alike once; and what one takes away from another.

    Each is yielded as it is found, so that whoever stops early keeps it.
    """
    groups = alike_scopes(vendor)
    for done, (policy, alike) in enumerate(groups):
        tick(done, len(groups))
        yield from _beyond(policy, alike)
    yield from _leftover(vendor, groups)
    yield from _lost(vendor, groups)


def alike_scopes(vendor: Vendor) -> list[tuple[ScopesPolicy, tuple[str, ...]]]:
    """A rule for each kind of scope that opens anything, and the names of all that are alike."""

    def meaning(policy: ScopesPolicy) -> str:
        opened = [f"{operation}: {extent.name}" for operation, extent in policy.channels.items()]
        reach = vendor.scopes[policy.scopes[0]].reach
        return "; ".join([*opened, f"in full: {policy.says.whole.name}", f"said: {policy.said}", reach])

    policies = [ScopesPolicy(vendor, (name,)) for name in vendor.scopes]
    policies = [policy for policy in policies if policy.channels]
    order = {policy.scopes: number for number, policy in enumerate(policies)}
    found = []
    for _, group in groupby(sorted(policies, key=meaning), meaning):
        same = sorted(group, key=lambda policy: order[policy.scopes])
        found.append((same[0], tuple(policy.scopes[0] for policy in same)))
    return sorted(found, key=lambda each: order[each[0].scopes])


def _beyond(policy: ScopesPolicy, alike: tuple[str, ...]) -> Iterator[Escalation]:
    """What is had in others' mailboxes; and in that of whoever consents, what was not spoken of."""
    for checks in (CHECKS[:1], CHECKS[1:]):
        for check in checks:
            hunted = _hunt(policy, check)
            if hunted.verdict.kind is Found.REFUTED:
                yield Escalation(SORTS[check], policy.scopes, check, hunted.verdict.witness, alike)
                break


def _hunt(policy: ScopesPolicy, check: str) -> Hunted:
    """The shortest history that breaks a check.

    Whose mailbox it is, is asked by the first alone; the others are about what is shown of a mailbox whose owner did
    consent.
    """
    kinds, operations = steps_of(policy)
    operations = frozenset(each for each in operations if each in GRADE_OF or each in ("forward", "rule", "subscribe"))
    rule, bound = parse_invariant(check), BOUND + ("open" in kinds)
    if check != CHECKS[0]:
        rule = evolve(rule, check=_under_a_grant(rule.check))
    return hunt_rules(policy.service, [rule], bound, kinds, operations)[check]


def _under_a_grant(check: Check) -> Check:
    return lambda state, record: None if state.decided_under is None else check(state, record)


def _leftover(vendor: Vendor, groups: Sequence[tuple[ScopesPolicy, tuple[str, ...]]]) -> Iterator[Escalation]:
    """A scope that keeps to the mailbox of its owner, beside an administrator's consent: the wider one wins."""
    far = [policy for policy, _ in groups if vendor.scopes[policy.scopes[0]].reach == "everyone"]
    near = [policy for policy, _ in groups if vendor.scopes[policy.scopes[0]].reach == "owner"]
    for one in near:
        for other in far:
            if not one.channels.keys() & other.channels.keys() & GRADE_OF.keys():
                continue
            both = ScopesPolicy(vendor, (*one.scopes, *other.scopes))
            if _hunt(one, "I1").verdict.kind is not Found.REFUTED:
                hunted = _hunt(both, "I1")
                if hunted.verdict.kind is Found.REFUTED:
                    yield Escalation(SORTS["I1"], both.scopes, "I1", hunted.verdict.witness)


def _lost(vendor: Vendor, groups: Sequence[tuple[ScopesPolicy, tuple[str, ...]]]) -> Iterator[Escalation]:
    """A scope that takes away what another one gives, though it is granted besides; told of the first of those."""
    for name, scope in vendor.scopes.items():
        if not scope.refuses:
            continue
        losing = []
        for policy, alike in groups:
            both = ScopesPolicy(vendor, (*policy.scopes, name))
            if lost := tuple(each for each in policy.channels if each not in both.channels):
                losing.append((policy, both, lost, alike))
        if not losing:
            continue
        policy, both, lost, _ = losing[0]
        alike = tuple(each for *_, same in losing for each in same)
        for compared in compare_policies(policy, both, BOUND):
            only = [each for each in compared.differences() if each.only_a and each.call.operation in lost]
            if only:
                yield Escalation("a power lost", both.scopes, "", only[0].witness, alike, lost)
                break
