"""Say what is searched: the steps, the calls, who there is, and what a key keeps; and why, by what is read."""

from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve, frozen

from permiscope.engine.alphabet import ALL, BASE, KINDS, OF_TWO_APPS, READ, SPOKEN, Kind, closure
from permiscope.engine.forms import untried
from permiscope.engine.symmetry import OPTIONAL, is_fresh
from permiscope.engine.values import Values, people_with, values_for
from permiscope.judge.invariants import Invariant
from permiscope.judge.noninterference import LATER, VARIED, Noninterference, Rule
from permiscope.model.access import ACTION_OF, FULL, GRADE_OF, OPERATIONS, Action, Grade, Operation
from permiscope.model.reads import (
    ALIKE,
    ASKING,
    CLOCK,
    COMPANY,
    COUNTED,
    ELSEWHERE,
    IDS,
    NAMES,
    OF_STATE,
    PLACES,
    WHOLE,
    Looked,
    Read,
    Reads,
    of_state,
)
from permiscope.model.reads import APPS as APP_NAMES
from permiscope.model.steps import Begin, Hand, History, Label
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import Policy, Sayings, said_by

PEOPLE = ("Ana", "Ben", "Cy")
APPS = ("StreamCo",)
SECOND = "OtherApp"
"""An app that nobody need have granted anything."""

OF_OPERATION: Mapping[Kind, Operation] = {
    "begin": "get",
    "app-get": "get",
    "app-label": "label",
    "app-trash": "trash",
    "app-delete": "delete",
    "app-forward": "forward",
    "app-subscribe": "subscribe",
    "app-rule": "rule",
}
"""Kinds of steps that are calls, and which."""

EARLY: frozenset[Kind] = frozenset({"begin", "app-get"})
"""Kinds of steps that are reads by whatever channel."""

ONE_EACH: frozenset[Operation] = frozenset({"get", "send", "delete", "label", "subscribe"})
"""A call of each action."""


ABOUT: Mapping[Operation, Read] = {"attachment": "message.attachments", "undelete": "message.trashed"}
"""What there has to be for a call to be about anything, if it is told from others."""


def parties(history: History) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the people and the apps of a search that found a history: the usual ones, and who else is in it."""
    people, apps = dict[str, None](), dict.fromkeys(APPS)
    for step in history:
        inner = step.call if isinstance(step, Begin) else step
        label = isinstance(inner, Label)
        for name in ("app", "via", "links", "mentions", "about"):
            apps |= dict.fromkeys(() if label else _names(getattr(inner, name, None)))
        if isinstance(inner, Hand):
            apps |= dict.fromkeys((inner.to,))
            people |= dict.fromkeys((inner.owner,))
            continue
        for name in ("person", "member", "owner", "to"):
            people |= dict.fromkeys(_names(getattr(inner, name, None)))
    return people_with(PEOPLE, people, apps), tuple(apps)


def _names(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else value


UNTIL_THEN = 5.0
"""So many virtual seconds pass in the histories that are searched anyway."""
UNSAID: Reads = frozenset(
    {
        "request.app",
        "request.message",
        "request.owner",
        "request.facts",
        "message.id",
        APP_NAMES,
        ASKING,
        PLACES,
        COMPANY,
        COUNTED,
        ELSEWHERE,
        ALIKE,
        WHOLE,
    }
)

PARTS: Mapping[str, Reads] = {
    "AsCatalogued": frozenset({"call.operation"}),
    "AttachmentsById": frozenset({"message.attachments", "call.operation"}),
    "CountsAll": frozenset({"call.operation"}),
    "CountsRows": frozenset({"call.operation"}),
    "DeliversTheFound": frozenset({"call.flight", "message.trashed"}),
    "ExportsAll": frozenset({"call.operation"}),
    "ForwardsAnything": frozenset({"call.operation"}),
    "GrantsForAll": frozenset({"grant.given", "grant.ever", "grant.order"}),
    "Labels": frozenset({"message.via", "message.labels"}),
    "Mislabels": frozenset({"grant.ever", "message.labels"}),
    "MisroutesPushes": frozenset({"app.pushed", "message.recipients"}),
    "OverstatesGrants": frozenset({"grant.scope"}),
    "PurgesAll": frozenset({"call.operation", "message.held"}),
    "PushesFirst": frozenset({"app.pushed"}),
    "PushesOn": frozenset({"app.pushed", "grant.ended"}),
    "PushesTheOld": frozenset({"app.pushed", "message.edited"}),
    "RestoresUnfiltered": frozenset({"message.trashed", "call.operation"}),
    "ReturnsThreads": frozenset({"thread.members", "call.operation"}),
    "RulesUnfiltered": frozenset({"app.pushed"}),
    "Scans": frozenset(),
    "SearchesAll": frozenset({"call.operation"}),
    "SharesTheLimit": frozenset(),
    "ShowsDrafts": frozenset({"message.draft", "message.recipients"}),
    "ShowsSnippets": frozenset({"call.operation"}),
    "ShowsThePast": frozenset({"thread.members"}),
    "UnitesConsents": frozenset({"grant.scope", "grant.ever", "grant.ended"}),
    "WholeThread": frozenset({"call.operation"}),
}
"""What the parts of a service look at, by their names. Another part may look at anything."""


@frozen
class Space:
    """What is searched.

    Histories are of steps of `kinds` by `people` and `apps`, and end in one of the `operations`. `reads` is all that is
    looked at, of which a key keeps what is optional; `looks` is what the policy looks at. `values` are those of the
    policy's own; without any, each kind of step changes one attribute. The last call is by one of the `callers`.
    `untried` says which combinations were too many.
    """

    kinds: frozenset[Kind]
    operations: frozenset[Operation]
    reads: Reads
    people: tuple[str, ...] = PEOPLE
    apps: tuple[str, ...] = APPS
    values: Values | None = None
    looks: tuple[Read, ...] = ()
    callers: tuple[str, ...] = APPS
    untried: tuple[str, ...] = ()

    @property
    def listed(self) -> tuple[str, ...]:
        """The kinds of steps, and the calls that end a history, in our order."""
        return (
            *(kind for kind in KINDS if kind in self.kinds),
            *(each for each in OPERATIONS if each in self.operations),
        )

    @property
    def kept(self) -> Reads:
        """What a key keeps of what is optional."""
        return self.reads & OPTIONAL


def with_parties(space: Space, history: History) -> Space:
    """Return the space with the apps, too, that a history has which all begin with."""
    _, apps = parties(history)
    return evolve(space, apps=tuple(dict.fromkeys((*space.apps, *apps))))


def reads_of_service(service: Service) -> Reads:
    """Return what the parts of a service look at besides its policy."""
    reads: set[str] = set()
    for part in service.parts:
        reads |= PARTS.get(part.__name__, OF_STATE)
    if service.lag:
        reads |= {"grant.ended"}
    if not service.old:
        reads |= {"message.age", "grant.backfill"}
    if service.obligations & {"view", "index"}:
        reads |= {"message.sources"}
    if service.obligations & {"forget", "withhold"}:
        reads |= {"app.stored"}
    if service.ids == "sequential":
        reads |= {"facts.order"}
    elif service.ids == "per-app":
        reads |= {"app.ids"}
    return frozenset(reads)


def reads_of_rules(rules: Iterable[Rule]) -> Reads:
    """Return what rules look at. Two runs ask who ever granted, and where each text was first written."""
    reads: Reads = frozenset()
    for rule in rules:
        if isinstance(rule, Invariant):
            reads |= rule.reads
        else:
            reads |= rule.reading.reads | {"grant.ever", "message.sources"}
    return reads


def fixed(
    service: Service,
    rules: Sequence[Rule],
    looked: Looked,
    kinds: frozenset[Kind],
    operations: frozenset[Operation],
    apps: tuple[str, ...] = APPS,
) -> Space:
    """Return the space of a published alphabet: its kinds are given, and what is read decides only what is kept."""
    return Space(kinds, operations, _all_reads([service], rules, looked), apps=apps)


NAMING: Reads = frozenset({"message.links", "message.mentions", "message.about", "message.recipients"})
"""What may name any app. A policy of ours only looks there for the app that asks; somebody's own may not."""


def planned(
    services: Sequence[Service],
    rules: Sequence[Rule],
    looked: Looked,
    declared: Values,
    covered: Reads = frozenset(),
) -> Space:
    """Return the space that goes by what services and rules look at, as far as that is known.

    The extents of grants look at what is `covered`, which is found when it is known which extents there are.
    """
    says = [said_by(each.policy) for each in services]
    own = looked.reads.union(*(each.reads or () for each in says if each.parts is not None))
    is_own, asked_of_state = _has_own(says), of_state(own)
    # Who names an app, even the one that asks, may answer another one otherwise.
    tells_apps = ASKING in looked.reads or bool(looked.words.get(APP_NAMES)) or any(each.apps for each in says)
    reads = _all_reads(services, rules, looked) | covered
    if any(each.extent is not None for each in says) and is_own:
        reads |= {"grant.scope"}  # which ours ask for, whatever is claimed, and another may leave alone
    if "call.operation" in reads and tells_pushes(services, rules, looked):
        reads |= {"app.pushed"}
    if tells_apps or "message.recipients" in own & reads_of_rules(rules):
        reads |= {"other.grant"}  # which of two it is that asks, or forwards to itself, may matter
    if is_own:
        reads |= _beside(asked_of_state, rules)
    told_apart = _told_apart(services, rules, looked, reads)
    kinds, reads = closure(reads | {read for operation, read in ABOUT.items() if operation in told_apart})
    if is_own and kinds & ACTING and "grant.given" in asked_of_state:
        # An app did something under a grant that is over when it is looked at.
        kinds, reads = closure(reads | {"grant.until"} | ({"other.grant"} if kinds & OF_TWO_APPS else set()))
    spoken, asked = _spoken_of(rules, of_own=is_own)
    able = _permitted_operations(services)
    early = _early(able, told_apart, looked)
    kinds = (kinds | spoken) - _refused_kinds(services, able, early)
    operations = _last_calls(rules, reads, asked, told_apart) & able
    asks_extents = any(each.parts is not None for each in says) or "grant.scope" in reads_of_rules(rules)
    values = _values(services, rules, looked, reads, declared, extents=asks_extents)
    values = evolve(values, channels=early)
    if is_own and "attachment" in asked:
        values = evolve(values, attachments=(*values.attachments, FILE))
    granted = frozenset[Read]().union(*(scope.extent.reads for scope in values.scopes))
    if granted - reads and (asks_extents or "facts.covered" in looked.reads):
        return planned(services, rules, looked, declared, covered | granted)
    if any(map(is_fresh, values.attachments)):
        reads |= {IDS}  # a key keeps the names of attachments that mean nothing
    if values.labels and "message.setters" in reads:
        reads |= {NAMES}  # a key renames who set the app's label, and no other
    second, *_ = *foreign_apps(looked, *(each.policy for each in services)), SECOND
    is_between_two = bool(kinds & OF_TWO_APPS or own & NAMING)
    is_ordered = bool({NAMES, PLACES} & looked.reads)
    waits = (*values.waits, max(values.times) + 1.0) if values.times and "grant-briefly" in kinds else values.waits
    values = evolve(values, two_apps=is_between_two, ordered=is_ordered, told_apart=tells_apps, waits=waits)
    if is_own and CLOCK in reads:
        values = _with_times(evolve(values, late=True, on_time="grant.until" in asked_of_state), rules)
    apps = (*APPS, second) if is_between_two else APPS
    people = people_with(PEOPLE, (*values.people, *(name for each in says for name in each.people)), apps)
    callers = apps if tells_apps else APPS
    left_out = untried(kinds, values) if values.widely else ()
    return Space(kinds, operations, reads, people, apps, values, _looks(services, looked), callers, left_out)


BESIDE: Mapping[Read, Reads] = {
    # An app that something is forwarded to is a member of the thread.
    "thread.members": frozenset({"message.recipients"}),
    "message.recipients": frozenset({COMPANY}),
    # Whoever labels a message may be neither its author nor the owner.
    "message.setters": frozenset({"thread.company"}),
}
"""Whoever looks at the one may ask for the other along with it, which no rule of ours does."""
CLAIMED: Mapping[str, Reads] = {
    "I18": frozenset({"message.draft"}),
    "I6": frozenset({"message.attachments"}),
}
"""What claims go by that no rule of ours tells: a mention in a draft, and the file of another message."""
ASKED: Mapping[str, frozenset[Operation]] = {
    "I6": frozenset({"attachment"}),
    # It asks for the action of a send, about what is there.
    "I24": frozenset({"forward"}),
}
"""Calls that no rule of ours breaks them by first."""
FILE = "The file"
"""What two people attach: what is fetched from one message was first attached to another."""
ACTING: frozenset[Kind] = frozenset({"app-label", "app-forward", "app-trash", "app-subscribe", "app-rule"})
"""Kinds of steps by which an app changes something that is looked at."""


def _beside(own: Reads, rules: Iterable[Rule]) -> Reads:
    """Return what a policy of somebody's own is searched with besides what it looks at."""
    return frozenset[Read]().union(*map(_claimed, rules), *(BESIDE.get(read, frozenset[Read]()) for read in own))


def _with_times(values: Values, rules: Iterable[Rule]) -> Values:
    """Return the values, with times that a second run moves past those that are named, if one moves any."""
    if not any(isinstance(rule, Noninterference) and VARIED[rule.lens] == "metadata" for rule in rules):
        return values
    before = [each - LATER / 2 for each in values.times]
    return evolve(values, soon=True, times=tuple(sorted({*values.times, *before})))


def _claimed(rule: Rule) -> Reads:
    return CLAIMED.get(rule.name.partition(":")[0], frozenset())


def _spoken_of(rules: Iterable[Rule], *, of_own: bool) -> tuple[frozenset[Kind], frozenset[Operation]]:
    """Return the kinds of steps that rules speak of, and the calls, of a policy of somebody's own or of ours."""
    families = {rule.name.partition(":")[0] for rule in rules}
    spoken = [SPOKEN[each] for each in families & SPOKEN.keys()]
    base = BASE if families - {"I5", "I7"} else frozenset[Kind]()
    asked = READ.union(*(operations for _, operations in spoken))
    if of_own:
        asked = asked.union(*(ASKED[each] for each in families & ASKED.keys()))
    return base.union(*(kinds for kinds, _ in spoken)), asked


def _last_calls(
    rules: Iterable[Rule], reads: Reads, asked: frozenset[Operation], told_apart: frozenset[Operation]
) -> frozenset[Operation]:
    """Return the calls that end a history: those that are asked for, and of each action if actions are told apart."""
    if any("@" in rule.name or not isinstance(rule, Invariant) for rule in rules):
        return ALL - {"push"}  # the answer to any call may tell two runs apart
    return asked | ONE_EACH | told_apart - {"push"} if "call.action" in reads else asked


def _permitted_operations(services: Iterable[Service]) -> frozenset[Operation]:
    """Return the operations that may be permitted: what no scope of a platform opens is refused always."""
    opened = [said_by(each.policy).channels for each in services]
    return frozenset[Operation]().union(*(OPERATIONS if each is None else each for each in opened))


def _refused_kinds(
    services: Iterable[Service], able: frozenset[Operation], early: tuple[Operation, ...]
) -> frozenset[Kind]:
    """Return the kinds of steps that are refused always, and change nothing."""
    kinds = {kind for kind, operation in OF_OPERATION.items() if operation not in able and kind not in EARLY}
    if not early:
        kinds |= EARLY
    if any(each.offers is not FULL for each in services):
        kinds |= {"grant-narrowly"}  # who is asked for a certain scope can grant no other
    return frozenset(kinds)


def _values(
    services: Sequence[Service], rules: Sequence[Rule], looked: Looked, reads: Reads, declared: Values, *, extents: bool
) -> Values:
    """Return the values that steps have: those that are declared, that were seen, and that policies name."""
    says = [said_by(each.policy) for each in services]
    # What says nothing of itself has its words and numbers in the code that decides.
    silent = [each.policy.decide for each in services if said_by(each.policy) == Sayings()]
    code = [*(each.function for each in says if each.function is not None), *silent, *(each.words for each in says)]
    own = of_state(looked.reads).union(*(each.reads or () for each in says))
    waits = waits_of(services, rules)
    return values_for(code, looked, reads, own, declared, waits, widely=_has_own(says), extents=extents)


def _has_own(says: Iterable[Sayings]) -> bool:
    """Whether one is somebody's own: it is watched, or a Cedar text, which may do whatever it will with its reads."""
    return any(each.reads is None or each.parts is not None for each in says)


def _told_apart(
    services: Sequence[Service], rules: Iterable[Rule], looked: Looked, reads: Reads
) -> frozenset[Operation]:
    """Return the operations that are told from others, and of the rest one for each action and grade."""
    if "call.operation" not in reads:
        return frozenset()
    # A policy that is watched names those that it tells apart; who else reads the operation may tell all of them.
    is_watched = all(said_by(each.policy).reads is None and not each.parts for each in services)
    if not is_watched or not looked.operations or "call.operation" in reads_of_rules(rules):
        return ALL
    named = [each for each in OPERATIONS if each in looked.operations]
    rest: dict[tuple[Action, Grade | None], Operation] = {}
    for each in sorted(ALL - {"push", *named}, key=lambda each: (each in ABOUT, OPERATIONS.index(each))):
        rest.setdefault((ACTION_OF[each], GRADE_OF.get(each)), each)
    return frozenset([*named, *rest.values()])


def _early(able: frozenset[Operation], told_apart: frozenset[Operation], looked: Looked) -> tuple[Operation, ...]:
    """Return the reads that are made, or begun, before the last step: those that are named, and one of the rest."""
    reading = [each for each in OPERATIONS if each in GRADE_OF and each in (READ | told_apart) & able - {"push"}]
    named = ALL if told_apart == ALL else looked.operations
    rest = [each for each in reading if each not in named]
    most = max(rest, key=lambda each: (GRADE_OF[each], -OPERATIONS.index(each)), default=None)
    return tuple([each for each in reading if each in named or each in ("get", most)])


def foreign_apps(looked: Looked, *policies: Policy) -> list[str]:
    """Return the apps besides the first that policies name; the first of them takes part in a search of two apps."""
    labels = looked.labels if "facts.labelled_by" in looked.reads else set[str]()
    named = {*looked.words.get(APP_NAMES, ()), *looked.words.get(ASKING, ()), *labels}.union(
        *(said_by(policy).apps for policy in policies)
    )
    return sorted(named - {*APPS, ""})


def tells_pushes(services: Sequence[Service], rules: Sequence[Rule], looked: Looked) -> bool:
    """Return whether a push may be decided otherwise than other reads: not by who compares with other names alone."""
    if not _permitted_operations(services) & {"subscribe", "rule"}:
        return False
    said = [reads_of_rules(rules), *map(reads_of_service, services)]
    said += [said_by(service.policy).reads or frozenset() for service in services]
    is_named = "push" in looked.operations or not GRADE_OF.keys() - {"push"} - looked.operations
    return is_named or any("call.operation" in reads for reads in said)


def waits_of(services: Sequence[Service], rules: Sequence[Rule]) -> tuple[float, ...]:
    """Return how long one has to wait for what a service still believes, and for what a rule still allows (seconds).

    A step takes a second, and nobody waits for a few: steps alone take that time. Where one has to wait for longer, a
    wait as short as what a rule allows is tried, too: the service may still believe then what it did.
    """
    deltas = [rule.delta for rule in rules if isinstance(rule, Invariant)]
    waits = {*deltas, *(service.lag for service in services)}
    return tuple(sorted(wait for wait in waits if wait and max(waits) > UNTIL_THEN))


def _looks(services: Iterable[Service], looked: Looked) -> tuple[Read, ...]:
    """What policies look at, for people to read: what goes without saying is left out."""
    reads: set[Read] = set()
    for service in services:
        own = said_by(service.policy).reads
        reads |= looked.reads if own is None else own
    return tuple(sorted(reads - UNSAID))


def _all_reads(services: Sequence[Service], rules: Sequence[Rule], looked: Looked) -> Reads:
    reads = reads_of_rules(rules)
    for service in services:
        own = said_by(service.policy).reads
        granted = service.offers.extent.reads  # asked by every policy of ours; of another it is observed
        reads |= reads_of_service(service) | (of_state(looked.reads) if own is None else own | granted)
    return reads
