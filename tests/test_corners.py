"""Test that what stands in a corner of a policy or a service is searched, or said not to be.

Each history below breaks its claim, and is played to show it. The search has to find a break that is no longer, or to
say what it did not try.
"""

import math
import operator
import re
from collections.abc import Callable, Sequence

import pytest
from attrs import evolve, frozen

from permiscope.engine.alphabet import Kind as StepKind
from permiscope.engine.bfs import messaging_for
from permiscope.engine.hunting import hunt_rules
from permiscope.engine.pairs import run_pair
from permiscope.engine.space import parties
from permiscope.engine.symmetry import Keys
from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import judge
from permiscope.judge.noninterference import Noninterference, parse_rule
from permiscope.judge.verdicts import Kind
from permiscope.model.access import Request, Scope
from permiscope.model.extents import ATOMS, parse_extent
from permiscope.model.steps import Begin, Call, Compose, Consent, Deliver, Forward, Hand, History, Open, Reply, Revoke
from permiscope.questions.policies.compare import Relation, compare_policies
from permiscope.service.door.build import Service, service_for
from permiscope.service.door.messaging import MessagingService
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.policies.loading import load_policy
from permiscope.service.policies.policy import BUILT_IN, ExtentPolicy, FunctionPolicy
from tests.helpers import ANA, APP, BEN, CY

pytestmark = pytest.mark.one_python

OTHER = "OtherApp"
Test = Callable[[Request], object]
GET = Call(APP, "get", ANA, message="m1")
MAIL, GRANT = Compose(BEN, (ANA,)), Consent(ANA, APP)
BRIEF = Consent(ANA, APP, until=3.5)


@frozen
class Corner:
    """A service, a claim, what every history begins with, and a history that breaks the claim."""

    service: Service
    claim: str
    history: History
    given: History = ()


def of(policy: Test) -> Service:
    """Return the service of a function."""
    return Service(FunctionPolicy("own", "", policy))


def built_in(name: str) -> Service:
    """Return the service of a policy that has a name."""
    return service_for(load_policy(name))


EVERYTHING = service_for(BUILT_IN["everything"])
SEARCHED_BY_TEXT = evolve(CATALOGUE["L7"].sound, policy=ExtentPolicy(parse_extent("authored | ~via-app")), old=True)


def own(request: Request) -> bool:
    """Whether it was sent via the app."""
    return request.message.via == request.app


def by_author_of_grant(request: Request) -> bool:
    """Look at whose grant it is, and at what others granted."""
    grant, message = request.grant, request.message
    if grant is None:
        return False
    his = request.facts.granted(request.app, message.author)
    plain = his is not None and not his.backfill and his.until is None
    foreign = grant.user != request.owner
    return own(request) + plain * foreign * grant.backfill > 0


def reports(request: Request) -> bool:
    """Hand out one file by its name."""
    message = request.message
    if request.grant is None or message.via is not None or request.app in message.links or len(message.segments) != 1:
        return False
    return request.operation != "attachment" or "report.pdf" in message.attachments


def remembering(request: Request) -> bool:
    """Show threads to whoever was granted anything at any time."""
    if request.operation == "thread":
        return len(request.facts.grants(request.app, request.owner)) > 0
    return request.grant is not None


def lists_for_others(request: Request) -> bool:
    """Show lists to anybody."""
    return request.operation == "list" or request.facts.granted(OTHER, request.owner) is not None


def but_for_two(request: Request) -> bool:
    """Name somebody new, and somebody known."""
    if request.message.author == "Zoe":
        return request.grant is not None and own(request)
    return request.grant is not None and sum([own(request), operator.eq(request.message.author, "Cy")]) > 0


def in_some(request: Request) -> bool:
    """Count in a number what is in a set."""
    score = 0
    score += own(request)
    score += len(VIPS.intersection(request.message.recipients))
    return request.grant is not None and score > 0


def in_set(request: Request) -> bool:
    """Look names up in a set."""
    return request.grant is not None and own(request) + len(VIPS & set(request.message.recipients)) > 0


def in_theirs(request: Request) -> bool:
    """Count which of theirs are in a set."""
    score = 0
    score += own(request)
    score += len(set(request.message.recipients).intersection(VIPS))
    return request.grant is not None and score > 0


def while_used(request: Request, same: bool) -> bool:
    """Show what the app sent, and what the owner uses it on if two names are one thing."""
    using = request.facts.interacting(request.app, request.owner, request.message.id)
    return request.grant is not None and max(own(request), same * using) > 0


VIPS = frozenset({"Zoe"})
LEVELS = range(100, 1000, 100)
CORNERS: dict[str, Corner] = {
    # What comes late: calls in flight, pushes, and calls within what a service still believes.
    "a late delivery": Corner(EVERYTHING, "I3:60", (MAIL, BRIEF, Begin(GET), Deliver(1, at=100.0))),
    "a late push": Corner(
        CATALOGUE["L15"].built_into(EVERYTHING),
        "I3:60",
        (GRANT, Call(APP, "subscribe", ANA), Revoke(ANA, APP), Compose(BEN, (ANA,), at=100.0)),
    ),
    "a wait within a lag": Corner(
        built_in("graph:Mail.ReadBasic"),
        "I3:5",
        (
            MAIL,
            Consent(ANA, APP, built_in("graph:Mail.ReadBasic").offers),
            Revoke(ANA, APP),
            Call(APP, "metadata", ANA, message="m1", at=30.0),
        ),
    ),
    # Other channels than the plain one, in flight and before the last step.
    "metadata in flight": Corner(
        built_in("gmail:gmail.metadata"),
        "I3",
        (
            MAIL,
            Consent(ANA, APP, built_in("gmail:gmail.metadata").offers, until=3.5),
            Begin(Call(APP, "metadata", ANA, message="m1")),
            Deliver(1),
        ),
    ),
    "a search in flight": Corner(
        built_in("slack:search:read"),
        "I3",
        (
            Compose(BEN, (ANA,), text="abc"),
            Consent(ANA, APP, built_in("slack:search:read").offers, until=3.5),
            Begin(Call(APP, "search", ANA, text="a")),
            Deliver(1),
        ),
    ),
    "what a search stored": Corner(
        built_in("slack:search:read"),
        "I26",
        (
            Consent(ANA, APP, built_in("slack:search:read").offers),
            Compose(BEN, (ANA,), text="abc"),
            Call(APP, "search", ANA, text="a"),
            Revoke(ANA, APP),
        ),
    ),
    "what a list stored": Corner(of(lists_for_others), "I25", (MAIL, Call(APP, "list", ANA), Hand(APP, OTHER, ANA))),
    "a thread in flight": Corner(
        evolve(of(remembering), recheck=True),
        "I4",
        (Consent(ANA, APP, until=4.5), Begin(Call(APP, "thread", ANA, thread="t1")), Deliver(1, at=4.5)),
        (MAIL,),
    ),
    "a search for a word": Corner(
        CATALOGUE["L7"].built_into(SEARCHED_BY_TEXT),
        "I20:authored | ~via-app",
        (
            GRANT,
            Compose(BEN, (ANA,), via=APP, text="I think you would like this film."),
            Compose(ANA, (BEN,), via=APP, quote="m1", text="I think you would like it too."),
            Call(APP, "search", ANA, text="film"),
        ),
    ),
    # What two states have to be told apart by.
    "who granted first": Corner(
        CATALOGUE["L35"].built_into(of(by_author_of_grant)),
        "I5:via-app",
        (Consent(CY, APP, backfill=True), Consent(BEN, APP), GET),
        (MAIL,),
    ),
    "which file came first": Corner(
        of(reports),
        "I6:~linked",
        (
            Compose(CY, (BEN,), links=(APP,), attachments=("report.pdf",)),
            Compose(BEN, (ANA,), attachments=("report.pdf",)),
            Call(APP, "attachment", ANA, attachment="report.pdf"),
        ),
        (GRANT,),
    ),
    # Names.
    "an app by its name": Corner(
        of(lambda r: max(r.grant is not None, r.app.startswith("Other"))),
        "I1",
        (MAIL, Call(OTHER, "get", ANA, message="m1")),
    ),
    "names in a set": Corner(
        of(in_some),
        "I5:via-app",
        (Compose(BEN, ("Zoe",)), Consent("Zoe", APP), Call(APP, "get", "Zoe", message="m1")),
    ),
    "theirs in a set": Corner(
        of(in_theirs),
        "I5:via-app",
        (Compose(BEN, ("Zoe",)), Consent("Zoe", APP), Call(APP, "get", "Zoe", message="m1")),
    ),
    "names in two sets": Corner(
        of(in_set),
        "I5:via-app",
        (Compose(BEN, ("Zoe",)), Consent("Zoe", APP), Call(APP, "get", "Zoe", message="m1")),
    ),
    "a name that is looked into": Corner(
        of(lambda r: r.grant is not None and own(r) + r.message.author.isupper() > 0),
        "I5:via-app",
        (Compose("ZOE", (ANA,)), GRANT, GET),
    ),
    "a name in an expression": Corner(
        of(lambda r: r.grant is not None and own(r) + len(re.findall("@partner", r.message.author)) > 0),
        "I5:via-app",
        (Compose("zoe@partner.example", (ANA,)), GRANT, GET),
    ),
    "a known name beside a new one": Corner(of(but_for_two), "I5:via-app", (Compose(CY, (ANA,)), GRANT, GET)),
    "one thing": Corner(
        of(lambda r: while_used(r, operator.is_(r.message.author, r.owner))),
        "I5:via-app",
        (Compose(ANA, (BEN,)), GRANT, Open(ANA, APP, "m1"), GET),
    ),
    "one thing, in words": Corner(
        of(lambda r: while_used(r, r.message.author is r.owner)),
        "I5:via-app",
        (Compose(ANA, (BEN,)), GRANT, Open(ANA, APP, "m1"), GET),
    ),
    # Values together.
    "some actions": Corner(
        of(
            lambda r: (
                r.grant is not None and own(r) + (len(r.grant.scope.actions) > 2) * (len(r.grant.scope.actions) < 5) > 0
            )
        ),
        "I5:via-app",
        (MAIL, Consent(ANA, APP, Scope(("read", "send", "delete"))), GET),
    ),
    "an extent by its name": Corner(
        of(lambda r: r.grant is not None and own(r) + r.grant.scope.extent.name.startswith("tag") > 0),
        "I5:via-app",
        (MAIL, Consent(ANA, APP, Scope(extent=ATOMS["tagged"])), GET),
    ),
    "two purposes": Corner(
        of(
            lambda r: (
                r.grant is not None and own(r) + all(each in r.grant.purposes for each in ("advice", "billing")) > 0
            )
        ),
        "I5:via-app",
        (MAIL, Consent(ANA, APP, purposes=("advice", "billing")), GET),
    ),
    "two links and a mention": Corner(
        of(lambda r: r.grant is not None and own(r) + (len(r.message.links) > 1) * (len(r.message.mentions) > 0) > 0),
        "I5:via-app",
        (Compose(BEN, (ANA,), links=(APP, OTHER), mentions=(APP,)), GRANT, GET),
    ),
    "many times": Corner(
        of(lambda r: r.grant is not None and own(r) + max(0, sum(r.message.time > each for each in LEVELS) - 8) > 0),
        "I5:via-app",
        (Compose(BEN, (ANA,), at=950.0), GRANT, GET),
    ),
    "between two times": Corner(
        of(lambda r: r.grant is not None and own(r) + (r.message.time > 60) * (r.message.time < 61) > 0),
        "I5:via-app",
        (Compose(BEN, (ANA,), at=60.5), GRANT, GET),
    ),
    "a product of many": Corner(
        of(
            lambda r: (
                r.grant is not None
                and own(r)
                + (
                    math.prod([r.app in each for each in (r.message.links, r.message.mentions, r.message.about)])
                    * r.message.draft
                    * (r.message.subject != "Invoice")
                    * (r.message.body != "Invoice")
                )
                > 0
            )
        ),
        "I5:via-app",
        (
            Compose(ANA, (BEN,), links=(APP,), mentions=(APP,), about=(APP,), draft=True, text="x"),
            GET,
        ),
        (GRANT,),
    ),
    "a forward to several": Corner(
        of(
            lambda r: (
                r.grant is not None
                and (r.app in r.message.links)
                + (r.message.forwarded_from is not None)
                * (r.app in r.message.recipients)
                * (len(r.message.recipients) > 1)
                > 0
            )
        ),
        "I5:linked",
        (
            Compose(BEN, (ANA,), links=(APP,)),
            Call(APP, "forward", ANA, message="m1", to=(APP, BEN)),
            evolve(GET, message="m2"),
        ),
        (GRANT,),
    ),
    "a forward via another app": Corner(
        of(
            lambda r: (
                r.grant is not None
                and own(r)
                + (
                    (r.message.forwarded_from is not None)
                    * (r.message.via == OTHER)
                    * (r.message.segments[0].text == "Invoice")
                )
                > 0
            )
        ),
        "I5:via-app",
        (Forward(ANA, "m1", (BEN,), OTHER, "Invoice"), evolve(GET, message="m2")),
        (GRANT, MAIL),
    ),
    "a quote in an answer": Corner(
        of(
            lambda r: (
                r.grant is not None
                and own(r)
                + (
                    (r.message.in_reply_to is not None)
                    * (len(r.message.segments) > 1)
                    * (r.message.segments[0].text == "Invoice")
                )
                > 0
            )
        ),
        "I5:via-app",
        (Reply(ANA, "m1", "m1", "Invoice"), evolve(GET, message="m2")),
        (GRANT, MAIL),
    ),
}


SLOW = "which file came first"
"""What takes minutes."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.nightly if name == SLOW else ()) for name in CORNERS]
)
def test_a_corner_is_searched_or_named(name: str) -> None:
    """Nothing here is kept, and no break is longer than the one that is known."""
    corner = CORNERS[name]
    rule = parse_rule(corner.claim)
    history = (*corner.given, *corner.history)
    if isinstance(rule, Invariant):
        messaging = MessagingService(corner.service, *parties(history))
        messaging.play(history)
        (tally,) = judge(messaging.door.records, [rule])
        assert tally.broken
    else:
        assert run_pair(corner.service, history, rule, *parties(history)).divergence
    found = hunt_rules(corner.service, [rule], len(corner.history), given=corner.given)[rule.name].verdict
    assert found.kind in (Kind.REFUTED, Kind.UNVARIED)
    assert found.kind is Kind.UNVARIED or (found.steps or 9) <= len(corner.history)


def test_a_key_keeps_which_file_of_a_name_came_first() -> None:
    """A file is that of the message which had it first. The search above takes minutes."""
    one = Compose(CY, (BEN,), links=(APP,), attachments=("report.pdf",))
    other = Compose(BEN, (ANA,), attachments=("report.pdf",))
    start = messaging_for(EVERYTHING)
    key = Keys(start, frozenset())
    keys = set()
    for history in ((one, other), (other, one)):
        messaging = start.copy()
        messaging.play(history)
        keys.add(key(messaging))
    assert len(keys) == 2


def test_what_was_once_within_a_reading_is_kept_apart() -> None:
    """Of two days that end alike, a message may have been within a reading that falls on one of them alone."""

    def roots(request: Request) -> bool:
        """Show what opens a thread and was not sent via the app."""
        message = request.message
        is_root = request.facts.threads[message.thread].root == message.id
        return request.grant is not None and is_root and message.via is None

    history: History = (MAIL, Compose(ANA, thread="t1", via=APP), GRANT, GET)
    rule = parse_rule("I22:~threaded")
    assert isinstance(rule, Noninterference)
    assert run_pair(of(roots), history, rule).divergence
    kinds: frozenset[StepKind] = frozenset({"grant", "compose", "compose-via"})
    found = hunt_rules(of(roots), [rule], 4, kinds=kinds, operations=frozenset({"get"}))[rule.name]
    assert found.verdict.kind is Kind.REFUTED


def plain(request: Request) -> bool:
    """Permit everything that was granted."""
    return request.grant is not None


def but_casino(request: Request) -> bool:
    """Send no message about that."""
    is_sent, has_word = request.action == "send", "casino" in request.message.body
    return (request.grant is not None) > has_word * is_sent


def but_forwards(request: Request) -> bool:
    """Send only what the owner wrote."""
    is_own = request.message.author == request.owner
    return (request.grant is not None) * max(request.action != "send", is_own) > 0


def only_own(request: Request) -> bool:
    """Show what the app sent."""
    return request.grant is not None and own(request)


@pytest.mark.parametrize("pair", [(plain, but_casino), (plain, but_forwards), (only_own, in_some)])
def test_two_policies_that_differ_in_a_corner_are_not_equivalent(pair: Sequence[Test]) -> None:
    """What only one of them permits is found, or it is said what was not tried."""
    a, b = [FunctionPolicy(each.__name__, "", each) for each in pair]
    *_, found = compare_policies(a, b, 3)
    assert found.relation() is not Relation.EQUIVALENT or found.unvaried
