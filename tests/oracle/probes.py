"""Whatever a planted fault of the search should change: searches and keys whose outcome is known.

Each probe is small: a condition beside what is permitted anyway, one leak of the catalogue, one state that many lead
to. Longer histories begin with steps that were taken already, so that a probe costs about a second.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from attrs import evolve, frozen

from permiscope.engine.alphabet import Kind
from permiscope.engine.hunting import hunt_rules
from permiscope.engine.space import Space
from permiscope.judge.noninterference import parse_rule
from permiscope.model.access import Request
from permiscope.model.extents import parse_extent
from permiscope.model.mail import Message
from permiscope.model.steps import Begin, Call, Close, Compose, Consent, History, Open, Reply, Trash
from permiscope.service.door.build import Service
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.policies.policy import BUILT_IN, ExtentPolicy, FunctionPolicy, Policy
from permiscope.sources.scenario import load_scenario
from tests.helpers import ANA, APP, BEN, CY
from tests.oracle.atoms import ATOMS, parent
from tests.oracle.formulas import Formula
from tests.oracle.formulas import beside as beside_atom
from tests.oracle.services import RULES, draw_scene
from tests.oracle.test_keys import unlike
from tests.properties.days import renamed
from tests.test_combinations import HAPPENED, given_of
from tests.test_corners import CORNERS, SLOW
from tests.test_kept import DIRECT, OF_OURS, Condition, beside

Outcome = object
"""What a probe comes to: by rule the shortest break, or the states that a key merged wrongly."""


@frozen
class Probe:
    """Something whose outcome is known, and what it went by."""

    name: str
    run: Callable[[], Outcome]
    outcome: Outcome
    space: Space
    parts: tuple[str, ...]
    seconds: float


def searched(
    name: str,
    service: Service,
    rules: Sequence[str],
    bound: int,
    given: History = (),
    kinds: frozenset[Kind] | None = None,
) -> Probe:
    """Search for the shortest break of each rule."""

    def run() -> tuple[Outcome, Space | None]:
        found = hunt_rules(service, [parse_rule(rule) for rule in rules], bound, kinds, given=given)
        lengths = [(rule, each.verdict.kind, len(each.verdict.witness)) for rule, each in found.items()]
        return lengths, next(iter(found.values())).space

    return _timed(name, service, run)


def merged(formula: Formula) -> Probe:
    """Look for states that have one key and do not answer alike."""

    def run() -> tuple[Outcome, Space | None]:
        space = hunt_rules(Service(formula.policy), [parse_rule("I5:via-app")], 3)["I5:via-app"].space
        return next(unlike(formula.policy, space, 0), ""), space

    return _timed(f"key under {formula.text}", Service(formula.policy), run)


def _timed(name: str, service: Service, run: Callable[[], tuple[Outcome, Space | None]]) -> Probe:
    begun = perf_counter()
    outcome, space = run()
    if space is None:
        raise AssertionError("a hunt says what it searched")
    parts = tuple([part.__name__ for part in service.parts])
    return Probe(name, lambda: run()[0], outcome, space, parts, perf_counter() - begun)


class Prepared(NamedTuple):
    """A rule that breaks in a few more steps after some that were taken, if nothing is forgotten."""

    given: History
    policy: Policy | Condition
    rule: str
    bound: int
    recheck: bool = False
    lag: float = 0.0
    old: bool = True


GRANT, OF_BEN, OF_ANA = Consent(ANA, APP), Compose(BEN, (ANA,)), Compose(ANA, (BEN,))
LINK_OF_BEN = Compose(BEN, (ANA,), links=(APP,))
VIA, VIA_BEN = Compose(ANA, (BEN,), via=APP), Compose(BEN, (ANA,), via=APP)
GET = Call(APP, "get", ANA, message="m1")


def _mine(request: Request) -> bool:
    """Whether the owner sent it via the app."""
    return request.message.via == request.app and request.message.author == request.owner


def _plain_in_thread(request: Request) -> bool:
    message = request.message
    return (
        message.via is None
        and message.in_reply_to is None
        and request.facts.threads[message.thread].messages[0] != message.id
    )


def _first_of_many(request: Request) -> bool:
    names = list(request.facts.messages)
    return request.operation == "push" and len(names) > 1 and names[0] == request.message.id


def _is_alike(one: Message, other: Message) -> bool:
    """Whether two plain messages differ in their links alone, so that no others are like them but in another order."""
    is_alike = (one.author, one.recipients, one.via, one.draft) == (
        other.author,
        other.recipients,
        other.via,
        other.draft,
    )
    return is_alike and one.in_reply_to is None and other.in_reply_to is None


def _after_link(request: Request) -> bool:
    """Let in the third message, if the second one has a link, and it has none."""
    messages = list(request.facts.messages.values())
    if len(messages) < 3 or messages[2].id != request.message.id:
        return False
    first, one, other = messages
    are_roots = len({first.thread, one.thread, other.thread}) > 2
    return are_roots and _is_alike(one, other) and bool(one.links) and not other.links


def _after_link_in_thread(request: Request) -> bool:
    """Let in the third message of a thread, if the second one has a link, and it has none."""
    names = request.facts.threads[request.message.thread].messages
    if names[2:3] != (request.message.id,):
        return False
    one, other = (request.facts.messages[name] for name in names[1:3])
    return _is_alike(one, other) and bool(one.links) and not other.links


def _later(before: Callable[[Message, Message], bool]) -> Condition:
    """Let in a message without a link that is later than one with a link."""

    def condition(request: Request) -> bool:
        message = request.message
        return request.facts.any_message(
            lambda each: (
                before(each, message)
                and each.thread != message.thread
                and _is_alike(each, message)
                and bool(each.links)
                and not message.links
            )
        )

    return condition


def _second_thread(request: Request) -> bool:
    """Let in the second thread, if the first one has a link, and it has none."""
    message, facts = request.message, request.facts
    return (
        list(facts.threads)[1:2] == [message.thread]
        and not message.links
        and facts.any_message(
            lambda each: each.thread != message.thread and _is_alike(each, message) and bool(each.links)
        )
    )


def _sent_before(request: Request) -> bool:
    """Let in what was a draft, if what was begun later was sent later, too."""
    message, facts = request.message, request.facts
    is_sent = list(facts.messages)[:1] == [message.id] and not message.draft
    return is_sent and facts.any_message(
        lambda each: each.position > message.position and each.thread != message.thread and _is_alike(each, message)
    )


def _among_others(request: Request) -> bool:
    """Whether somebody else answered somebody else."""
    answered = parent(request)
    return answered is not None and len({answered.author, request.owner, request.message.author}) > 2


def _is_left_by_another(request: Request) -> bool:
    """Let in what has a link, if somebody was in its thread besides its two."""
    message, thread = request.message, request.facts.threads[request.message.thread]
    are_there = {request.owner, message.author} <= {*thread.members} and request.owner != message.author
    return are_there and len(message.recipients) < 2 and request.app in message.links and len(thread.past) > 0


def _is_left_by_two(request: Request) -> bool:
    past = request.facts.threads[request.message.thread].past
    return len(past) > 1 and request.owner not in past


def _of_two_others(request: Request) -> bool:
    """Let in everything, if two others wrote in the first thread."""
    facts = request.facts
    thread = facts.threads.get("t1")
    authors = {facts.messages[name].author for name in thread.messages} if thread else set()
    return request.owner not in authors and len(authors) > 1


def _quotes_link(request: Request) -> bool:
    """Let in a message without a link that quotes one with a link."""
    message, messages = request.message, request.facts.messages
    return not message.links and any(request.app in messages[each.source].links for each in message.segments[1:])


def _linked_or_sent_to_app(request: Request) -> bool:
    message = request.message
    return request.grant is not None and (request.app in message.links or request.app in message.recipients)


PREPARED: Mapping[str, Prepared] = {
    "somebody else's, via the app": Prepared((GRANT,), BUILT_IN["via-app"], "I5:authored", 2),
    "a forward via the app": Prepared(
        (GRANT, OF_ANA),
        lambda r: (
            r.grant is not None and (_mine(r) or (r.message.forwarded_from is not None and r.message.via == r.app))
        ),
        "I5:authored",
        2,
    ),
    "a plain message in a thread": Prepared((GRANT, OF_BEN), beside(_plain_in_thread), "I5:via-app", 2),
    "an answer with a quote": Prepared(
        (GRANT, OF_BEN),
        beside(lambda r: r.message.in_reply_to is not None and len(r.message.segments) > 1),
        "I5:via-app",
        2,
    ),
    "a late draft": Prepared(
        (GRANT, Call(APP, "rule", ANA), Compose(BEN, (ANA,), draft=True), OF_BEN),
        lambda r: r.grant is not None and (r.action != "read" or r.message.via == r.app or _first_of_many(r)),
        "I5:via-app",
        2,
    ),
    "a newcomer": Prepared(
        (GRANT, OF_BEN),
        beside(lambda r: len(r.facts.threads[r.message.thread].members) > 2 and len(r.message.recipients) < 2),
        "I5:via-app",
        2,
    ),
    "who was removed": Prepared(
        (GRANT, OF_BEN), beside(lambda r: r.owner in r.facts.threads[r.message.thread].past), "I5:via-app", 2
    ),
    "sent before what was begun later": Prepared(
        (GRANT, Compose(BEN, (ANA,), draft=True)), beside(_sent_before), "I5:via-app", 3
    ),
    "an answer among others": Prepared((GRANT,), beside(_among_others), "I5:via-app", 3),
    "while one of mine is in the first thread": Prepared(
        (GRANT, OF_BEN),
        beside(
            lambda r: r.facts.any_message(
                lambda each: each.author == r.owner and each.via is None and each.id != r.message.id, "t1"
            ),
        ),
        "I5:via-app",
        2,
    ),
    "a newcomer to the second thread": Prepared(
        (GRANT, OF_BEN, LINK_OF_BEN),
        beside(
            lambda r: (
                len(r.facts.threads[r.message.thread].members) > 2
                and len(r.message.recipients) < 2
                and r.app in r.message.links
            )
        ),
        "I5:via-app",
        2,
    ),
    "who left the second thread": Prepared(
        (GRANT, OF_BEN, LINK_OF_BEN),
        beside(_is_left_by_another),
        "I5:via-app",
        3,
    ),
    "three in the first thread": Prepared((GRANT,), beside(_of_two_others), "I5:via-app", 3),
    "two who left": Prepared((GRANT, OF_ANA), beside(_is_left_by_two), "I5:via-app", 4),
    "what is attached alone": Prepared(
        (GRANT,), beside(lambda r: r.action != "read" or r.operation == "attachment"), "I5:via-app", 2
    ),
    "a native forward": Prepared(
        (GRANT, OF_BEN),
        beside(lambda r: r.message.forwarded_from is not None and r.message.via is None),
        "I5:via-app",
        2,
    ),
    "a quote of the second": Prepared((GRANT, OF_BEN, LINK_OF_BEN), beside(_quotes_link), "I5:via-app", 2),
    "the second in flight, closed on the way": Prepared(
        (GRANT, LINK_OF_BEN, OF_BEN, Open(ANA, APP, "m2")),
        ExtentPolicy(parse_extent("session | linked")),
        "I5:session | linked",
        3,
    ),
    "ended by itself in flight": Prepared((OF_BEN,), BUILT_IN["everything"], "I4", 3),
    "for a purpose": Prepared((OF_BEN,), BUILT_IN["everything"], "I19", 2),
    "what is forwarded to the app": Prepared((GRANT, LINK_OF_BEN), _linked_or_sent_to_app, "I5:linked", 2),
    "what the app labelled": Prepared(
        (GRANT, OF_BEN),
        lambda r: (
            r.grant is not None
            and (r.action == "label" or r.message.via == r.app or r.facts.labelled_by(r.message, r.app) == r.app)
        ),
        "I5:via-app",
        2,
    ),
    "a session of another app": Prepared(
        (GRANT, OF_BEN, VIA),
        beside(lambda r: r.facts.interacting("OtherApp", r.owner, r.message)),
        "I5:via-app",
        1,
    ),
    "closed on the way": Prepared(
        (GRANT, OF_BEN, Open(ANA, APP, "m1")), ExtentPolicy(parse_extent("session")), "I5:session", 3
    ),
    "closed after a call began": Prepared(
        (GRANT, OF_BEN, Open(ANA, APP, "m1"), Begin(GET)), ExtentPolicy(parse_extent("session")), "I5:session", 2
    ),
    "opened again": Prepared(
        (GRANT, OF_BEN, OF_BEN, Open(ANA, APP, "m1"), Close(ANA, APP, "m1")),
        beside(lambda r: r.facts.interacting(r.app, r.owner, r.message)),
        "I5:via-app",
        2,
    ),
    "in flight when revoked": Prepared((GRANT, VIA), BUILT_IN["via-app"], "I4", 3),
    "in flight when the draft is sent": Prepared(
        (GRANT, Compose(ANA, (BEN,), draft=True)),
        beside(lambda r: r.message.draft),
        "I5:draft",
        3,
    ),
    "believed a while": Prepared((OF_BEN, GRANT), ExtentPolicy(parse_extent("session")), "I3", 3, lag=1.5),
    "kept after revocation": Prepared((GRANT, VIA), BUILT_IN["authored"], "I26:2", 4),
    "kept after revocation, gotten": Prepared((GRANT, VIA, GET), BUILT_IN["authored"], "I26:2", 3),
    "handed on": Prepared((GRANT, VIA, GET), BUILT_IN["authored"], "I25", 2),
    "granted anew": Prepared(
        (Consent(BEN, APP), OF_ANA), beside(lambda r: len(r.facts.grants(r.app, r.owner)) > 1), "I5:via-app", 3
    ),
    "ever granted, not now": Prepared(
        (GRANT, OF_BEN), lambda r: r.message.via == r.app or r.facts.consented(r.app, r.owner), "I1", 2
    ),
    "granted briefly": Prepared(
        (OF_BEN,),
        lambda r: r.message.via == r.app or len(r.facts.grants(r.app, r.owner)) > 0,
        "I2",
        3,
    ),
    "from before the grant": Prepared((), BUILT_IN["everything"], "I16", 3),
    "an answer to mine among two": Prepared(
        (GRANT, VIA, Reply(BEN, "m1"), OF_BEN),
        beside(lambda r: (p := parent(r)) is not None and p.via is None),
        "I5:via-app",
        2,
    ),
    "trashed, and back": Prepared((GRANT, OF_BEN, Trash(ANA, "m1")), BUILT_IN["everything"], "I5:reply", 2),
    "deletes without asking": Prepared(
        (GRANT, OF_BEN), lambda r: r.message.via == r.app or r.action == "delete", "I9", 1
    ),
    "sends without asking": Prepared((OF_BEN,), lambda r: r.grant is not None or r.action == "send", "I1", 1),
    "labels without asking": Prepared((OF_BEN,), lambda r: r.grant is not None or r.action == "label", "I13", 1),
    "only what is pushed": Prepared(
        (GRANT,), beside(lambda r: r.action != "read" or r.operation == "push"), "I5:via-app", 2
    ),
    "only the headers that are pushed": Prepared(
        (GRANT,), beside(lambda r: r.action != "read" or r.operation == "push"), "I5:via-app@metadata", 2
    ),
    "what is edited is pushed": Prepared(
        (GRANT, OF_BEN),
        lambda r: (
            r.grant is not None
            and (r.action != "read" or r.message.via == r.app or (r.operation == "push" and r.message.id == "m1"))
        ),
        "I5:via-app@metadata",
        2,
    ),
    "three in one thread": Prepared(
        (GRANT, OF_BEN, Reply(ANA, "m1")),
        beside(lambda r: r.facts.threads[r.message.thread].messages[2:3] == (r.message.id,)),
        "I5:via-app",
        2,
    ),
    "the third message, after a link": Prepared((GRANT, VIA), beside(_after_link), "I5:via-app", 3),
    "the third of a thread, after a link": Prepared((GRANT, OF_BEN), beside(_after_link_in_thread), "I5:via-app", 3),
    "the second thread, after a link": Prepared((GRANT,), beside(_second_thread), "I5:via-app", 3),
    "a later time": Prepared((GRANT,), beside(_later(lambda one, other: one.time < other.time)), "I5:via-app", 3),
    "a later position": Prepared(
        (GRANT,), beside(_later(lambda one, other: one.position < other.position)), "I5:via-app", 3
    ),
    "granted by the author once": Prepared(
        (OF_BEN,),
        lambda r: (
            r.message.via == r.app
            or (
                r.facts.consented(r.app, r.message.author)
                and not r.facts.any_message(lambda each: r.app in each.mentions)
                and r.facts.granted(r.app, r.message.author) is None
                and not r.facts.consented(r.app, r.owner)
            )
        ),
        "I5:via-app",
        3,
    ),
    "the second of two, labelled": Prepared(
        (GRANT, OF_BEN, OF_BEN),
        beside(lambda r: r.message.id == "m2" and r.facts.labelled(r.message, r.app)),
        "I5:via-app",
        2,
    ),
    "with one via the app in its thread": Prepared(
        (GRANT, VIA),
        beside(
            lambda r: (
                r.facts.any_message(
                    lambda each: each.via == r.app and each.thread == r.message.thread and each.id != r.message.id
                )
                and r.message.via is None
            )
        ),
        "I5:via-app",
        2,
    ),
    "while the first thread has a link": Prepared(
        (GRANT, OF_BEN),
        beside(lambda r: not r.message.links and r.facts.any_message(lambda each: r.app in each.links, "t1")),
        "I5:via-app",
        2,
    ),
    "exchanged with the author": Prepared(
        (GRANT, OF_BEN),
        lambda r: (
            r.grant is not None and (r.app in r.message.links or r.facts.exchanged(r.app, r.owner, r.message.author))
        ),
        "I5:linked",
        2,
    ),
}
"""What takes more than three steps, or is about a part of a state that few policies see."""


def probes(scenes: int = 20) -> Iterator[Probe]:
    """Make them all; each is run once."""
    for text, rule, bound in OF_OURS:
        yield searched(text, Service(ExtentPolicy(parse_extent(text))), [rule], bound)
    for name, (bound, condition) in DIRECT.items():
        yield searched(name, Service(FunctionPolicy(name, "", beside(condition))), ["I5:via-app"], bound)
    for name, each in PREPARED.items():
        policy = each.policy if not callable(each.policy) else FunctionPolicy(name, "", each.policy)
        yield searched(
            name, Service(policy, recheck=each.recheck, lag=each.lag, old=each.old), [each.rule], each.bound, each.given
        )
    for name, fault in CATALOGUE.items():
        witness = load_scenario(Path("reports/leaks") / f"{name}.toml").history
        # Of states that are alike, those of Ana are met first: so it is Ben whom it happens to.
        given = renamed(witness[:-2], {ANA: BEN, BEN: ANA, CY: CY})
        yield searched(name, fault.service, fault.caught, 2, given)
    # Two leaks with parts of which the last two steps alone do not tell.
    in_flight, leftover = CATALOGUE["L18"], CATALOGUE["L39"]
    begun = (Consent(BEN, APP), Compose(ANA, (BEN,), via=APP))
    yield searched("trashed in flight", in_flight.service, in_flight.caught, 3, begun)
    # A grant that ends by itself would show it a step sooner, before any key could forget it.
    once = PREPARED["granted by the author once"]
    assert callable(once.policy)
    of_author = Service(FunctionPolicy("granted once", "", once.policy))
    yield searched("granted once, and revoked", of_author, [once.rule], 3, once.given, frozenset({"grant", "revoke"}))
    granting = frozenset[Kind](("grant", "grant-narrowly", "revoke"))
    yield searched("a leftover consent", evolve(leftover.service, old=True), leftover.caught, 4, (VIA,), granting)
    for name, corner in CORNERS.items():
        if name != SLOW:
            yield searched(name, corner.service, [corner.claim], len(corner.history), corner.given)
    for name, (claim, function, history) in HAPPENED.items():
        before, after = history[: given_of(name)], history[given_of(name) :]
        yield searched(name, Service(FunctionPolicy(name, "", function)), [claim], len(after), before)
    for atom in ATOMS:
        formula = beside_atom(atom)
        yield searched(formula.text, Service(formula.policy), ["I5:via-app", "I1"], 3)
        yield merged(formula)
    for seed in range(scenes):
        scene = draw_scene(seed, 6, RULES, 4)
        yield searched(f"scene {seed}", scene.service, [rule.name for rule in scene.rules], 2, scene.before)
