"""Test that what a policy asks for at once is tried at once: each part alone says nothing of all together."""

import copy
import math
import operator
import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

import pytest

from permiscope.engine.hunting import hunt_rules
from permiscope.judge.invariants import Invariant, parse_invariant
from permiscope.judge.monitor import judge
from permiscope.judge.noninterference import parse_rule
from permiscope.judge.verdicts import Kind
from permiscope.model.access import Request, Scope
from permiscope.model.extents import ATOMS, parse_extent
from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.model.steps import (
    Call,
    Compose,
    Consent,
    Edit,
    Forward,
    History,
    Label,
    Open,
    Remove,
    Reply,
    SendDraft,
)
from permiscope.questions.policies.compare import Relation, compare_policies
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy, Policy
from tests.helpers import ANA, APP, BEN, CY

pytestmark = pytest.mark.one_python

OTHER, THIRD = "OtherApp", "PhotoCo"
READ = Call(APP, "get", ANA, message="m1")
FILES: History = (Compose(BEN, (ANA,), attachments=("x", "y")), READ)


def own(r: Request) -> bool:
    """Whether the message was sent via the app."""
    return r.message.via == r.app


def has_x(r: Request) -> bool:
    """Whether a file of this name is there."""
    return "x" in r.message.attachments


def has_y(r: Request) -> bool:
    """Whether another one is."""
    return "y" in r.message.attachments


CHECKS = (has_x, has_y, own, own)


def adds_up(r: Request) -> bool:
    """Count step by step."""
    found = 0
    if own(r):
        found += 2
    if "x" in r.message.attachments:
        found += 1
    if "y" in r.message.attachments:
        found = found + 1
    return found > 1


def collects(r: Request) -> bool:
    """Collect, and count what there is."""
    found = []
    if own(r):
        found.extend(["own", "too"])
    if "x" in r.message.attachments:
        found.append("x")
    if "y" in r.message.attachments:
        found.append("y")
    return len(found) > 1


def assigns(r: Request) -> bool:
    """Name the parts first."""
    one, other, sent = has_x(r), has_y(r), own(r)
    return one + other + 2 * sent >= 2


def lists(r: Request) -> bool:
    """List them."""
    found = [r.message.via == r.app, r.message.via == r.app, "x" in r.message.attachments, "y" in r.message.attachments]
    return found.count(True) > 1


AT_ONCE: dict[str, tuple[Callable[[Request], bool], History]] = {
    "apps": (
        lambda r: len(r.message.links) + len(r.message.mentions) + 3 * (r.message.via == r.app) >= 3,
        (Compose(BEN, (ANA,), links=(APP, OTHER), mentions=(APP,)), READ),
    ),
    "files": (
        lambda r: ("x" in r.message.attachments) + ("y" in r.message.attachments) + 2 * (r.message.via == r.app) >= 2,
        FILES,
    ),
    "purposes": (
        lambda r: (
            r.grant is not None
            and ("ads" in r.grant.purposes) + ("care" in r.grant.purposes) + 2 * (r.message.via == r.app) >= 2
        ),
        (Consent(ANA, APP, purposes=("ads", "care")), Compose(BEN, (ANA,)), READ),
    ),
    "a reply": (
        lambda r: (
            (r.message.in_reply_to is not None)
            + (len(r.message.segments) > 1)
            + (r.message.segments[0].text == "secret")
            + 3 * (r.message.via == r.app)
            >= 3
        ),
        (Compose(BEN, (ANA,)), Reply(ANA, "m1", quote="m1", text="secret"), Call(APP, "get", ANA, message="m2")),
    ),
    "labels": (
        lambda r: (
            r.action == "read"
            and sum(r.facts.labelled(r.message.id, each) for each in r.message.links)
            - r.facts.labelled(r.message.id, r.app)
            + 2 * (r.message.via == r.app)
            >= 1
        ),
        (Compose(BEN, (ANA,), links=(OTHER,)), Label(ANA, "m1", OTHER), READ),
    ),
    "grants": (
        lambda r: (
            sum(grant.backfill for each in r.message.links for grant in r.facts.grants(each, r.owner))
            - sum(grant.backfill for grant in r.facts.grants(r.app, r.owner))
            + 2 * (r.message.via == r.app)
            >= 1
        ),
        (Consent(ANA, OTHER, backfill=True), Compose(BEN, (ANA,), links=(OTHER,)), READ),
    ),
    "a forward": (
        lambda r: (
            (r.message.forwarded_from is not None)
            + (r.message.segments[0].text == "secret")
            + (len(r.message.recipients) > 1)
            + 3 * (r.message.via == r.app)
            >= 3
        ),
        (
            Compose(ANA, (BEN,)),
            Forward(BEN, "m1", (ANA, CY), text="secret"),
            Call(APP, "get", ANA, message="m2"),
        ),
    ),
    "a scope": (
        lambda r: (
            r.grant is not None
            and ("label" in r.grant.scope.actions)
            + ("delete" in r.grant.scope.actions)
            - ("send" in r.grant.scope.actions)
            - ("read" in r.grant.scope.actions)
            + 5 * (r.message.via == r.app)
            >= 2
        ),
        (Consent(ANA, APP, Scope(("label", "delete"))), Compose(BEN, (ANA,)), READ),
    ),
    "step by step": (adds_up, FILES),
    "in a list": (lists, FILES),
    "collected": (collects, FILES),
    "by names": (assigns, FILES),
    "functions": (lambda r: sum(check(r) for check in CHECKS) > 1, FILES),
    "of two": (lambda r: max(2 * own(r), has_x(r) + has_y(r)) > 1, FILES),
    "not a number": (lambda r: not (has_x(r) + has_y(r) + 2 * own(r) - 2), FILES),
    "weights": (lambda r: (has_x(r) | 2 * has_y(r) | 3 * own(r)) == 3, FILES),
    "in order": (
        lambda r: [own(r), "x" in r.message.attachments, "y" in r.message.attachments] >= [False, True, True],
        FILES,
    ),
    "two files": (lambda r: (has_x(r) or own(r)) and (has_y(r) or own(r)), FILES),
    "files in an order": (
        lambda r: (
            len(r.message.attachments) > 0
            and (r.message.attachments[0] == "y" or own(r))
            and (r.message.attachments[-1] == "x" or own(r))
        ),
        (Compose(BEN, (ANA,), attachments=("y", "x")), READ),
    ),
    "purposes in an order": (
        lambda r: (
            r.grant is not None
            and len(r.grant.purposes) > 0
            and (r.grant.purposes[0] == "care" or own(r))
            and (r.grant.purposes[-1] == "ads" or own(r))
        ),
        (Consent(ANA, APP, purposes=("care", "ads")), Compose(BEN, (ANA,)), READ),
    ),
    "names": (
        lambda r: len({r.message.via, *r.message.links, *r.message.mentions} - {None}) > 1,
        (Compose(BEN, (ANA,), links=(APP,), mentions=(OTHER,)), READ),
    ),
    "a late reply": (
        lambda r: (r.message.in_reply_to is not None or own(r)) and (r.message.time > 5000 or own(r)),
        (Compose(BEN, (ANA,)), Reply(ANA, "m1", at=6000.0), Call(APP, "get", ANA, message="m2")),
    ),
    "a wide forward": (
        lambda r: (r.message.forwarded_from is not None or own(r)) and (len(r.message.recipients) > 1 or own(r)),
        (Compose(ANA, (BEN,)), Forward(BEN, "m1", (ANA, CY)), Call(APP, "get", ANA, message="m2")),
    ),
    "a draft sent late": (
        lambda r: not r.message.draft and (r.message.time > 5000 or own(r)) and (r.message.position > 0 or own(r)),
        (Compose(BEN, (ANA,), draft=True), SendDraft(BEN, "m1", at=6000.0), READ),
    ),
}
"""What a policy asks for at once beside what was sent via the app, and a history that has it."""


@pytest.mark.parametrize("what", AT_ONCE)
def test_what_is_asked_for_at_once_is_found(what: str) -> None:
    """A search says so at the length of a history that shows the break."""
    found_at_length(what, *AT_ONCE[what])


def found_at_length(
    what: str, function: Callable[[Request], bool], history: History, claim: str = "I5:via-app", given: int = 0
) -> None:
    """Play the history, which breaks the claim, and hold the search to its length; so many of its steps are given."""
    policy = FunctionPolicy(what, "", function)
    messaging = MessagingService(Service(policy), (ANA, BEN, CY), (APP, OTHER, THIRD))
    messaging.play(history)
    rule = parse_rule(claim)
    assert isinstance(rule, Invariant)
    (tally,) = judge(messaging.door.records, [rule])
    assert tally.broken
    found = hunt_rules(Service(policy), [rule], len(history) - given, given=history[:given])[rule.name]
    assert found.verdict.kind is Kind.REFUTED, (found.verdict, found.space.listed)


def test_where_combinations_are_too_many_it_is_said() -> None:
    """Kept is not said then, though every part was so and was not."""
    policy = FunctionPolicy("many", "", of_everything)
    found = hunt_rules(Service(policy), [parse_rule("I5:via-app")], 2)["I5:via-app"].verdict
    assert found.kind is Kind.UNVARIED
    assert found.unvaried == (
        "all combinations of link, mention, about, attach, subject, text, draft, quote in a message",
    )


def of_everything(r: Request) -> bool:
    """Permit nothing but what the app sent, whatever else it is."""
    message = r.message
    asked = (
        r.app in message.links,
        r.app in message.mentions,
        r.app in message.about,
        "x" in message.attachments,
        message.subject == "Invoice",
        message.segments[0].text == "secret",
        message.draft,
    )
    return sum(asked) < len(asked) and own(r)


def test_what_the_app_sends_has_its_words_late() -> None:
    """The text and the time of what is being sent are its only parts that an app chooses, besides to whom."""

    def late_secret(r: Request) -> bool:
        granted = r.grant is not None
        asked = (r.message.segments[0].text == "secret" or granted) and (r.message.time > 5000 or granted)
        return r.action == "send" and asked

    found = hunt_rules(Service(FunctionPolicy("late", "", late_secret)), [parse_rule("I12")], 2)["I12"].verdict
    assert (found.kind, found.steps) == (Kind.REFUTED, 1)


def _named(r: Request) -> str:
    return "" if r.grant is None else r.grant.scope.extent.name


def _actions(r: Request) -> tuple[str, ...]:
    return () if r.grant is None else r.grant.scope.actions


def _purposes(r: Request) -> tuple[str, ...]:
    return () if r.grant is None else r.grant.purposes


def _subject(message: Message) -> str:
    return message.subject


def of_a_text(r: Request) -> bool:
    """Name actions in a text."""
    need, bar = "delete label".split()  # noqa: SIM905  # no constant is the name of an action
    return (need in _actions(r) or own(r)) and (bar not in _actions(r) or own(r))


VALUES: dict[str, tuple[Callable[[Request], bool], History]] = {
    "an extent of another name": (
        lambda r: r.grant is not None and _named(r) != "everything" and r.facts.covered(r.app, r.owner, r.message),
        (Consent(ANA, APP, Scope(("read",), ATOMS["linked"])), Compose(BEN, (ANA,), links=(APP,)), READ),
    ),
    "an extent of a name": (
        lambda r: r.facts.covered(r.app, r.owner, r.message) and (_named(r) == "linked" or own(r)),
        (Consent(ANA, APP, Scope(("read",), ATOMS["linked"])), Compose(BEN, (ANA,), links=(APP,)), READ),
    ),
    "a third extent": (
        lambda r: r.grant is not None and (_named(r) != "everything" or own(r)) and (_named(r) != "authored" or own(r)),
        (Consent(ANA, APP, Scope(("read",), ATOMS["linked"])), Compose(BEN, (ANA,)), READ),
    ),
    "three actions": (
        lambda r: (len(_actions(r)) > 2 or own(r)) and (len(_actions(r)) < 5 or own(r)),
        (Consent(ANA, APP, Scope(("read", "send", "delete"))), Compose(BEN, (ANA,)), READ),
    ),
    "a late end": (
        lambda r: (
            r.grant is not None
            and r.grant.until is not None
            and (r.grant.until > 5000 or own(r))
            and (r.message.time < 100 or own(r))
        ),
        (Consent(ANA, APP, until=9000.0), Compose(BEN, (ANA,)), READ),
    ),
    "two files without a name": (
        lambda r: ("x" not in r.message.attachments or own(r)) and (len(r.message.attachments) > 1 or own(r)),
        (Compose(BEN, (ANA,), attachments=("p", "q")), READ),
    ),
    "two purposes without a name": (
        lambda r: ("ads" not in _purposes(r) or own(r)) and (len(_purposes(r)) > 1 or own(r)),
        (Consent(ANA, APP, purposes=("p", "q")), Compose(BEN, (ANA,)), READ),
    ),
    "two subjects without a name": (
        lambda r: (
            (any(_subject(each) != _subject(r.message) for each in r.facts.messages.values()) or own(r))
            and (all(_subject(each) for each in r.facts.messages.values()) or own(r))
        ),
        (Compose(BEN, (ANA,), subject="p"), Compose(BEN, (ANA,), subject="q"), READ),
    ),
    "a subject of another name": (
        lambda r: (r.message.subject != "" or own(r)) and (r.message.subject != "Invoice" or own(r)),
        (Compose(BEN, (ANA,), subject="Lunch"), READ),
    ),
    "no text": (
        lambda r: (
            (r.message.segments[0].text in ("", "secret") or own(r))
            and (r.message.segments[0].text != "secret" or own(r))
        ),
        (Compose(BEN, (ANA,)), READ),
    ),
    "an exact time": (
        lambda r: (r.message.time >= 3600 or own(r)) and (r.message.time < 3601 or own(r)),
        (Compose(BEN, (ANA,), at=3600.0), READ),
    ),
    "nobody to read it": (
        lambda r: (len(r.message.recipients) not in (1, 2) or own(r)) and (r.message.via is None or own(r)),
        (Compose(ANA, (BEN,)), Remove(ANA, "t1", BEN), Compose(ANA, thread="t1"), Call(APP, "get", ANA, message="m2")),
    ),
    "an end at the time": (
        lambda r: any(
            each.until is not None
            and (each.until <= r.message.time or own(r))
            and (each.until >= r.message.time or own(r))
            for each in r.facts.grants(r.app, r.owner)
        ),
        (Compose(BEN, (ANA,)), Consent(ANA, APP, until=1.0), READ),
    ),
    "an extent of none of our names": (
        lambda r: (
            r.grant is not None and all(_named(r) != each or own(r) for each in ["everything", "authored", "~authored"])
        ),
        (Consent(ANA, APP, Scope(("read",), ATOMS["linked"])), Compose(BEN, (ANA,)), READ),
    ),
    "an extent of two": (
        lambda r: r.grant is not None and (_named(r) == "(linked | tagged)" or own(r)),
        (Consent(ANA, APP, Scope(("read",), parse_extent("linked | tagged"))), Compose(BEN, (ANA,)), READ),
    ),
    "actions in a text": (
        of_a_text,
        (Consent(ANA, APP, Scope(("read", "delete"))), Compose(BEN, (ANA,)), READ),
    ),
    "three files by weight": (
        lambda r: 10 * len(r.message.attachments) + 30 * own(r) >= 30,
        (Compose(BEN, (ANA,), attachments=("p", "q", "s")), READ),
    ),
    "more files than people": (
        lambda r: (
            (len(r.message.attachments) > len(r.message.recipients) or own(r))
            and (len(r.message.recipients) > 1 or own(r))
        ),
        (Compose(BEN, (ANA, CY), attachments=("p", "q", "s")), READ),
    ),
    "the second app's push": (
        lambda r: r.operation == "rule" or (r.app == OTHER) + (r.operation == "push") + 2 * own(r) >= 2,
        (Call(OTHER, "rule", ANA), Compose(BEN, (ANA,))),
    ),
}
"""What a policy tells apart by values that it does not name, and a history that has them."""


@pytest.mark.parametrize("what", VALUES)
def test_values_that_have_no_name_are_tried(what: str) -> None:
    """Of what is compared with a constant there are others, too, and several where these are counted or compared."""
    function, history = VALUES[what]
    found_at_length(what, function, history, given=max(len(history) - 3, 0))


LOOKED_INTO: dict[str, Callable[[Request], bool]] = {
    "a text in a constant": lambda r: (
        (r.message.subject != "" or own(r)) and (r.message.subject in "Invoice" or own(r))
    ),
    "a constant's method": lambda r: (
        (r.message.subject != "" or own(r)) and ("Invoice".startswith(r.message.subject) or own(r))
    ),
    "an operator": lambda r: (
        (r.message.subject != "" or own(r)) and (operator.contains("Invoice", r.message.subject) or own(r))
    ),
    "a part and a beginning": lambda r: (
        ("x" in r.message.subject or own(r)) and (not r.message.subject.startswith("x") or own(r))
    ),
    "a person's name by its beginning": lambda r: (
        (r.message.author.startswith("Bot") or own(r)) and (r.message.author != "Bot" or own(r))
    ),
    "a person's name by its place": lambda r: (
        (r.message.author >= "M" or own(r)) and (r.message.author != "M" or own(r))
    ),
    "a function of numbers": lambda r: (
        (math.fmod(r.message.time, 10) > 5 or own(r)) and (r.message.time > 99 or own(r))
    ),
}


@pytest.mark.parametrize("what", LOOKED_INTO)
def test_what_looks_into_a_text_or_number_unseen_is_never_kept(what: str) -> None:
    """Nobody knows then which values would be answered otherwise."""
    assert verdict(FunctionPolicy(what, "", LOOKED_INTO[what]), 2) in (Kind.UNVARIED, Kind.REFUTED)


UNHEARD: dict[str, tuple[Callable[[Request], bool], str]] = {
    "a method of all texts": (lambda r: own(r) and str.__len__(r.message.subject) < 10, "`str.__len__`"),
    "a number in a text": (lambda r: own(r) and "%.1f" % r.message.time != "1.5", "looked into by `%`"),  # noqa: UP031
    "a type": (lambda r: own(r) and Decimal(r.message.time) > 0, "looked into by `Decimal`"),
    "an app's name": (lambda r: own(r) and r.app > "A", "`app.asking`, looked into by `__gt__`"),
    "a sum": (
        lambda r: own(r) and sum(1 for _ in r.message.attachments) < 2,
        "`sum`, where there may be more to count",
    ),
    "a difference": (
        lambda r: own(r) and len(r.message.attachments) - 1 < 1,
        "`len(r.message.attachments) - 1`, where there may be more to count",
    ),
}


@pytest.mark.parametrize("what", UNHEARD)
def test_a_use_that_a_view_does_not_hear_of_is_named(what: str) -> None:
    """Its conditions vary, and yet nobody knows whether some value would be answered otherwise."""
    function, said = UNHEARD[what]
    found = hunt_rules(Service(FunctionPolicy(what, "", function)), [parse_rule("I5:via-app")], 2)
    assert any(said in each for each in found["I5:via-app"].verdict.unvaried)


@pytest.mark.parametrize("taken", [copy.deepcopy, lambda names: pickle.loads(pickle.dumps(names))])  # noqa: S301
def test_what_a_message_lists_can_be_copied(taken: Callable[[tuple[str, ...]], tuple[str, ...]]) -> None:
    """It raised where a policy was watched, and nothing was permitted: *not tested*."""
    policy = FunctionPolicy("copies", "", lambda r: len(taken(r.message.attachments) + taken(r.message.recipients)) > 0)
    assert verdict(policy, 2) is Kind.REFUTED


@dataclass(frozen=True)
class Rules:
    """Where a policy may have its constants."""

    need: str = "delete"
    bar: str = "label"


class Barred(Enum):
    """Another such place."""

    NEED = "delete"
    BAR = "label"


RULES = Rules()

ELSEWHERE: dict[str, tuple[str, Callable[[Request], bool], History]] = {
    "the app by its name": (
        "I5:via-app",
        lambda r: r.message.via == "StreamCo",
        (Compose(BEN, (ANA,), via=APP), Call(OTHER, "get", ANA, message="m1")),
    ),
    "its grant by its name": (
        "I1",
        lambda r: r.facts.granted("StreamCo", r.owner) is not None,
        (Consent(ANA, APP), Compose(BEN, (ANA,)), Call(OTHER, "get", ANA, message="m1")),
    ),
    "a longer subject": (
        "I5:via-app",
        lambda r: (r.message.subject.startswith("Re:") or own(r)) and (r.message.subject != "Re:" or own(r)),
        (Compose(BEN, (ANA,), subject="Re: lunch"), READ),
    ),
    "a longer text": (
        "I5:via-app",
        lambda r: ("secret" in r.message.body or own(r)) and (r.message.body != "secret" or own(r)),
        (Compose(BEN, (ANA,), text="my secret"), READ),
    ),
    "a file by its ending": (
        "I5:via-app",
        lambda r: (
            (any(each.endswith(".pdf") for each in r.message.attachments) or own(r))
            and (".pdf" not in r.message.attachments or own(r))
        ),
        (Compose(BEN, (ANA,), attachments=("bill.pdf",)), READ),
    ),
    "our own word": (
        "I5:via-app",
        lambda r: (bool(_purposes(r)) or own(r)) and ("recommend" not in _purposes(r) or own(r)),
        (Consent(ANA, APP, purposes=("billing",)), Compose(BEN, (ANA,)), READ),
    ),
    "a dataclass": (
        "I5:via-app",
        lambda r: (RULES.need in _actions(r) or own(r)) and (RULES.bar not in _actions(r) or own(r)),
        (Consent(ANA, APP, Scope(("read", "delete"))), Compose(BEN, (ANA,)), READ),
    ),
    "an enumeration": (
        "I5:via-app",
        lambda r: (Barred.NEED.value in _actions(r) or own(r)) and (Barred.BAR.value not in _actions(r) or own(r)),
        (Consent(ANA, APP, Scope(("read", "delete"))), Compose(BEN, (ANA,)), READ),
    ),
    "later than a late end": (
        "I5:via-app",
        lambda r: any(
            each.until is not None and (each.until > 5000 or own(r)) and (r.message.time > each.until or own(r))
            for each in r.facts.grants(r.app, r.owner)
        ),
        (Consent(ANA, APP, until=6000.0), Compose(BEN, (ANA,), at=7000.0), READ),
    ),
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_what_is_named_elsewhere_or_in_part_is_tried(what: str) -> None:
    """An app that a policy names may be asked by another; a word may be a part; constants stand in many places."""
    claim, function, history = ELSEWHERE[what]
    found_at_length(what, function, history, claim)


def _mentioned(r: Request) -> bool:
    """Whether its author mentions the app somewhere, sent or not."""
    return any(r.app in each.mentions and each.author == r.message.author for each in r.facts.messages.values())


def _of_another(r: Request) -> bool:
    """Whether somebody labelled it who neither wrote it nor owns the mailbox."""
    setter = r.facts.labelled_by(r.message.id, r.app)
    if r.message.author == r.owner:
        return own(r)
    return own(r) or (setter not in (r.message.author, None) and setter != r.owner)


def _granted_once(r: Request) -> bool:
    """Whether the app labelled it, though nobody's grant is in force any more."""
    if r.action == "label":
        return r.grant is not None
    nobody = all(r.facts.granted(r.app, each) is None for each in r.message.people)
    return (r.facts.labelled_by(r.message.id, r.app) == r.app or own(r)) and (nobody or own(r))


def _to_itself(r: Request) -> bool:
    """Whether an app sent it to itself, under a grant."""
    return r.grant is not None if r.action == "send" else r.message.via in r.message.recipients or own(r)


def _used_to_send(r: Request) -> bool:
    """Whether an app sent it to itself, while it was used."""
    if r.action == "send":
        return r.facts.interacting(r.app, r.owner, r.message)
    return r.message.via in r.message.recipients or own(r)


def _in_a_group(r: Request) -> bool:
    """Whether the app was added to several people, or the owner wrote it via the app."""
    is_authored = own(r) and r.message.author == r.owner
    people = [each for each in r.message.recipients if each != r.app]
    return is_authored or (r.app in r.message.recipients and (len(people) > 1 or is_authored))


def _at_once(r: Request) -> bool:
    """Whether the owner wrote something at that very time, or uses the app."""
    messages = r.facts.messages.values()
    return any(each.time == r.message.time and each.author == r.owner for each in messages) or any(
        r.facts.interacting(r.app, r.owner, each) for each in messages
    )


def _covered_not_all(r: Request) -> bool:
    """Whether the grant covers it, and not all native messages."""
    native = [each for each in r.facts.messages.values() if each.via is None]
    is_covered = r.facts.covered(r.app, r.owner, r.message)
    return is_covered and not all(r.facts.covered(r.app, r.owner, each) for each in native)


def _labelled_by_an_app(r: Request) -> bool:
    """Whether another app labelled it, and no person."""
    if r.action == "label":
        return True
    setter = r.facts.labelled_by(r.message.id, THIRD)
    return (setter is not None or own(r)) and (setter not in r.message.people or own(r))


def _forwarded_at_once(r: Request) -> bool:
    """Whether it was sent to the app at the time of another message."""
    is_authored = own(r) and r.message.author == r.owner
    is_at_once = any(each.time == r.message.time and each.id != r.message.id for each in r.facts.messages.values())
    return (r.app in r.message.recipients or is_authored) and (is_at_once or is_authored)


def _turned(r: Request) -> bool:
    """Whether another message went to the same people in another order."""

    def is_turned(each: Message) -> bool:
        one, other = r.message.recipients, each.recipients
        is_same = each.id != r.message.id and all(name in other for name in one) and len(other) == len(one)
        return (is_same or own(r)) and ([*other] != [*one] or own(r))

    return r.facts.any_message(is_turned)


def _after_one_of_the_app(r: Request) -> bool:
    """Whether the app sent something before it, as the order tells in which messages are gone through."""
    is_passed = False

    def is_earlier(each: Message) -> bool:
        nonlocal is_passed
        is_passed = is_passed or each.id == r.message.id
        return not is_passed and each.via == r.app

    is_root = r.facts.threads[r.message.thread].root == r.message.id
    return (r.facts.any_message(is_earlier) or own(r)) and (is_root or own(r)) and (r.message.via is None or own(r))


def _covered_once(r: Request) -> bool:
    """Whether the app labelled it when the grant covered it, which it does no longer."""
    is_covered = r.facts.covered(r.app, r.owner, r.message)
    if r.action == "label":
        return is_covered
    setter = r.facts.labelled_by(r.message.id, r.app)
    return (setter == r.app or own(r)) and (not is_covered or own(r)) and (r.grant is not None or own(r))


def _later_end(r: Request) -> bool:
    """Whether the owner's grant ends after the author's, and both late."""
    mine, theirs = [
        1.0 if grant is None or grant.until is None else grant.until
        for grant in (r.facts.granted(r.app, r.owner), r.facts.granted(r.app, r.message.author))
    ]
    return (mine > theirs or own(r)) and (theirs > 100 or own(r)) and (mine < 5000 or own(r))


def _settings_at_once(r: Request) -> bool:
    """Whether a setting is asked for at the time of a message, or it is get, send or delete."""
    is_plain = r.operation in ("get", "send", "delete")
    is_at_once = any(each.time == r.message.time for each in r.facts.messages.values())
    return (r.action == "settings" or is_plain) and (is_at_once or is_plain)


FORWARDED = Call(OTHER, "forward", ANA, message="m1", to=(OTHER,))
SECOND = Call(APP, "get", ANA, message="m2")
IN_A_THREAD_OF_THE_APP: History = (
    Compose(ANA, (BEN,), via=APP),
    Call(APP, "forward", ANA, message="m1", to=(APP,)),
    Reply(ANA, "m2"),
    Call(APP, "get", ANA, message="m3"),
)

HAPPENED: dict[str, tuple[str, Callable[[Request], bool], History]] = {
    "a mention in a draft": (
        "I18",
        lambda r: r.message.author == r.owner or _mentioned(r),
        (Compose(BEN, (ANA,)), Compose(BEN, (ANA,), mentions=(APP,), draft=True), READ),
    ),
    "an app in a thread": (
        "I5:via-app | linked",
        lambda r: own(r) or r.app in [*r.message.links, *r.facts.threads[r.message.thread].members],
        IN_A_THREAD_OF_THE_APP,
    ),
    "a native message to the app": (
        "I5:via-app",
        lambda r: (r.app in r.message.recipients or own(r)) and (r.message.via is None or own(r)),
        IN_A_THREAD_OF_THE_APP,
    ),
    "a file of another message": (
        "I6:via-app",
        lambda r: own(r) and all(each.source == r.message.id for each in r.message.segments),
        (
            Compose(BEN, (ANA,), attachments=("x",)),
            Compose(BEN, (CY,), via=APP, attachments=("x",)),
            Call(APP, "attachment", CY, attachment="x"),
        ),
    ),
    "a call at once": (
        "I12",
        _at_once,
        (Compose(ANA, (BEN,)), Call(APP, "send", ANA, to=(BEN,), text="x", at=1.0)),
    ),
    "a forward to the app and two": (
        "I5:authored",
        _in_a_group,
        (
            Compose(ANA, (BEN,), via=APP),
            Call(APP, "forward", ANA, message="m1", to=(APP, BEN, CY)),
            Call(APP, "get", BEN, message="m2"),
        ),
    ),
    "a forward to the owner": (
        "I5:via-app",
        lambda r: (r.message.author in r.message.recipients or own(r)) and (len(r.message.recipients) == 1 or own(r)),
        (Compose(ANA, (BEN,), via=OTHER), Call(OTHER, "forward", ANA, message="m1", to=(ANA,)), SECOND),
    ),
    "a grant that ended by itself": (
        "I5:via-app",
        _granted_once,
        (Compose(BEN, (ANA,)), Consent(ANA, APP, until=3.5), Call(APP, "label", ANA, message="m1"), READ),
    ),
    "a grant to the second app": (
        "I5:via-app",
        _to_itself,
        (Compose(ANA, (BEN,), via=OTHER), Consent(ANA, OTHER), FORWARDED, SECOND),
    ),
    "a session with the second app": (
        "I5:via-app",
        _used_to_send,
        (Compose(ANA, (BEN,), via=OTHER), Open(ANA, OTHER, "m1"), FORWARDED, SECOND),
    ),
    "a session with the app that asks": (
        "I5:via-app",
        lambda r: (r.app != "StreamCo" or own(r)) and (r.facts.interacting(r.app, r.owner, r.message) or own(r)),
        (Compose(BEN, (ANA,)), Open(ANA, OTHER, "m1"), Call(OTHER, "get", ANA, message="m1")),
    ),
    "an extent that parts native messages": (
        "I5:via-app",
        _covered_not_all,
        (
            Compose(BEN, (ANA,), links=(APP,)),
            Compose(BEN, (ANA,)),
            Consent(ANA, APP, Scope(("read",), ATOMS["linked"])),
            READ,
        ),
    ),
    "a label that names an app": (
        "I5:via-app",
        _labelled_by_an_app,
        (Compose(BEN, (ANA,)), Call(THIRD, "label", ANA, message="m1"), READ),
    ),
    "a label by a third person": (
        "I5:via-app",
        _of_another,
        (Compose(BEN, (ANA, CY)), Label(CY, "m1", APP), READ),
    ),
    "a forward at once": (
        "I5:authored",
        _forwarded_at_once,
        (
            Compose(ANA, (BEN,), via=APP),
            Call(APP, "forward", ANA, message="m1", to=(APP, BEN), at=1.0),
            Call(APP, "get", BEN, message="m2"),
        ),
    ),
    "a push with a subject": (
        "I5:via-app",
        lambda r: (
            r.operation == "rule"
            if r.action == "settings"
            else (r.operation == "push" or own(r)) and (r.message.subject == "Invoice" or own(r))
        ),
        (Call(APP, "rule", ANA), Compose(BEN, (ANA,), subject="Invoice")),
    ),
    "a narrow grant without send": (
        "I5:granted",
        lambda r: r.grant is not None and "read" in r.grant.scope.actions and "send" not in r.grant.scope.actions,
        (Consent(ANA, APP, Scope(("read",), ATOMS["authored"])), Compose(BEN, (ANA,)), READ),
    ),
    "settings at once": (
        "I8:literal",
        _settings_at_once,
        (Compose(BEN, (ANA,)), Call(APP, "subscribe", ANA, at=1.0)),
    ),
    "recipients in another order": (
        "I5:via-app",
        _turned,
        (Compose(BEN, (ANA, CY)), Compose(BEN, (CY, ANA)), READ),
    ),
    "the order of any messages": (
        "I5:via-app",
        _after_one_of_the_app,
        (Compose(BEN, (ANA,), via=APP), Compose(BEN, (ANA,)), SECOND),
    ),
    "an extent that a message leaves": (
        "I5:via-app",
        _covered_once,
        (
            Compose(BEN, (ANA,)),
            Consent(ANA, APP, Scope(extent=~ATOMS["tagged"])),
            Call(APP, "label", ANA, message="m1"),
            READ,
        ),
    ),
    "two ends between two times": (
        "I5:via-app",
        _later_end,
        (Consent(ANA, APP, until=2000.0), Compose(BEN, (ANA,)), Consent(BEN, APP, until=1000.0), READ),
    ),
    "a draft to nobody that is left": (
        "I5:via-app",
        lambda r: (
            (len(r.message.recipients) == 0 or own(r))
            and (r.facts.threads[r.message.thread].root == r.message.id or own(r))
        ),
        (
            Compose(CY, (ANA,), draft=True),
            Remove(CY, "t1", ANA),
            SendDraft(CY, "m1"),
            Call(APP, "get", CY, message="m1"),
        ),
    ),
}
"""What can happen that a policy goes by, and a history in which it does."""


def given_of(what: str) -> int:
    """Return how many steps are given: what is tried has to do with those after them, at most three."""
    return max(len(HAPPENED[what][2]) - 3, 0) + (what == "an extent that parts native messages")


SLOW = ("an extent that a message leaves", "two ends between two times")


@pytest.mark.parametrize(
    "what", [pytest.param(each, marks=pytest.mark.nightly if each in SLOW else ()) for each in HAPPENED]
)
def test_what_can_happen_is_tried(what: str) -> None:
    """Steps in all their forms, by whoever can take them, that change what is looked at and nothing else."""
    claim, function, history = HAPPENED[what]
    found_at_length(what, function, history, claim, given_of(what))


AT_ANOTHER_TIME: dict[str, Callable[[Request], bool]] = {
    "a named time": lambda r: any(each.time >= 3600 for each in r.facts.messages.values()),
    "another message": lambda r: any(each.time < r.message.time for each in r.facts.messages.values()),
}


@pytest.mark.parametrize("what", AT_ANOTHER_TIME)
def test_what_a_second_run_moves_is_moved_past_what_it_is_compared_with(what: str) -> None:
    """Half a second, which is less than a step takes."""
    policy = FunctionPolicy(what, "", lambda r: r.action == "send" and AT_ANOTHER_TIME[what](r))
    found = hunt_rules(Service(policy), [parse_rule("I22:via-app")], 2)["I22:via-app"].verdict
    assert (found.kind, found.steps) == (Kind.REFUTED, 2)


def test_a_forward_may_be_refused_where_a_send_is_not() -> None:
    """Both ask for one action, and a forward is about what is there."""
    policy = FunctionPolicy("new", "", lambda r: not (r.action == "send" and r.message.id in r.facts.messages))
    found = hunt_rules(Service(policy, denials="forbidden"), [parse_rule("I24")], 2)["I24"].verdict
    assert (found.kind, found.steps) == (Kind.REFUTED, 2)


def test_what_is_sent_at_another_time_tells_policies_apart() -> None:
    """A comparison asks at the times that a search does."""

    def at_once(r: Request) -> bool:
        is_read = r.action == "read"
        is_new = r.action == "send" and r.message.id not in r.facts.messages
        return is_read or (is_new and any(each.time == r.message.time for each in r.facts.messages.values()))

    one, other = FunctionPolicy("one", "", at_once), FunctionPolicy("other", "", lambda r: r.action == "read")
    *_, found = compare_policies(one, other, 2)
    assert found.relation() is Relation.A_MORE


def test_a_text_that_is_compared_with_another_attribute_is_looked_into() -> None:
    """No search tries a subject that is the name of a file."""
    policy = FunctionPolicy(
        "alike",
        "",
        lambda r: (
            (r.message.subject in ["Invoice", *r.message.attachments] or own(r))
            and (r.message.subject != "Invoice" or own(r))
        ),
    )
    assert verdict(policy, 2) is Kind.UNVARIED


def test_what_is_redacted_is_no_file_either() -> None:
    """And a file is no old version of a text that was edited."""
    sent = (Consent(CY, APP), Compose(BEN, (ANA,), attachments=("x",)), Forward(ANA, "m1", (CY,), via=APP))
    messaging = MessagingService(Service(BUILT_IN["via-app"], obligations=frozenset({"view"})), (ANA, BEN, CY), (APP,))
    messaging.play((*sent, Edit(BEN, "m1", "new"), Call(APP, "attachment", CY, attachment="x")))
    assert [tally.broken for tally in judge(messaging.door.records, map(parse_invariant, ("I6:via-app", "I15")))] == [
        0,
        0,
    ]
    fetched = messaging.door.records[-1]
    assert isinstance(fetched, Called)
    assert [message.segments for message in fetched.shown] == [()]


@pytest.mark.parametrize(
    "begins",
    [
        lambda r: (r.message.via or "").startswith(r.app),
        lambda r: re.match("Stream", r.message.via or "") is not None,
        lambda r: str.startswith(r.message.via or "", "Stream"),
    ],
)
def test_a_name_that_begins_with_another_is_never_kept(begins: Callable[[Request], bool]) -> None:
    """There may be a second app, or a person, with such a name."""
    assert verdict(FunctionPolicy("prefix", "", begins), 2) is Kind.UNVARIED


def test_the_second_app_keeps_what_it_read() -> None:
    """A policy that tells apps apart is asked by both, before the last step, too."""
    policy = FunctionPolicy("other", "", lambda r: r.app == OTHER and r.grant is not None)
    found = hunt_rules(Service(policy), [parse_rule("I26")], 4)["I26"].verdict
    assert (found.kind, found.steps) == (Kind.REFUTED, 4)


PLAIN: dict[str, Callable[[Request], bool]] = {
    "one after the other": lambda r: r.grant is not None and own(r) and not r.message.draft,
    "a number": lambda r: own(r) and len(r.message.recipients) + 1 > 2,
    "messages": lambda r: own(r) and sum(each.draft for each in r.facts.messages.values()) < 1,
    "any of a list": lambda r: own(r) and any([r.message.draft, len(r.message.recipients) > 1]),
    "files": lambda r: own(r) and ("x" in r.message.attachments or "y" in r.message.attachments),
    "sets": lambda r: own(r) and bool(set(r.message.recipients) - {r.owner}),
}
"""What asks for one thing after the other, or computes with one thing that varies."""


@pytest.mark.parametrize("what", PLAIN)
def test_what_is_asked_one_after_the_other_is_kept(what: str) -> None:
    """Or *cannot say* would be said of everything."""
    assert verdict(FunctionPolicy(what, "", PLAIN[what]), 3) is Kind.EXHAUSTED


def verdict(policy: Policy, bound: int, claim: str = "I5:via-app") -> Kind:
    """What is said of the policy: of what was sent via the app, or of another claim."""
    return hunt_rules(Service(policy), [parse_rule(claim)], bound)[claim].verdict.kind
