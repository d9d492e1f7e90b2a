"""Which steps can be taken from here? The alphabet of searched histories, in a fixed order."""

from collections.abc import Iterator
from typing import Literal, get_args

from sim.judge.invariants import OF_TWO_RUNS
from sim.model.access import GRADE_OF, OPERATIONS, Operation, Scope
from sim.model.errors import InputError
from sim.model.extents import READINGS
from sim.model.steps import (
    Add,
    Begin,
    Call,
    Close,
    Compose,
    Consent,
    Deliver,
    Edit,
    Forget,
    Forward,
    Hand,
    Label,
    Open,
    Remove,
    Reply,
    Restore,
    Revoke,
    SendDraft,
    Step,
    Trash,
)
from sim.service.platform import Platform

Kind = Literal[
    "grant",
    "compose",
    "link",
    "mention",
    "compose-via",
    "reply",
    "label",
    "quote",
    "revoke",
    "begin",
    "deliver",
    "grant-briefly",
    "grant-narrowly",
    "about",
    "attach",
    "draft",
    "send-draft",
    "paste",
    "forward",
    "forward-via",
    "edit",
    "trash",
    "restore",
    "add",
    "remove",
    "open",
    "close",
    "app-get",
    "app-label",
    "app-trash",
    "app-subscribe",
    "app-rule",
    "hand",
    "forget",
]
"""A kind of step before the last one.

`link`, `mention`, `about` and `attach` are composing with a link to, a mention of, words about the app, with an
attachment; `paste` is composing via the app with a quote. What begins with `app-` is a call of the app that is not
the last step.
"""

KINDS: tuple[Kind, ...] = get_args(Kind)
MATRIX: frozenset[Kind] = frozenset({"grant", "compose", "link", "mention", "compose-via", "reply", "label"})
"""The steps of the survey policy × reading, before the read that ends each history."""

PRIVATE = "My results came. Keep it quiet."
PUBLIC = "I think you would like this film."
ANSWER = "Thanks. Between us: I am leaving my job."
SECOND = "On second thoughts, forget it."
TERM = "a"
"""What the app searches for: a letter of each of these texts but the last."""

NARROW = Scope(("read", "send"), READINGS["authored"])
"""What a narrow grant is for: writing, and reading back what was written with the app."""

BRIEFLY = 2.5
"""For so many virtual seconds a brief grant is in force: two steps long."""


def enabled(platform: Platform, alphabet: frozenset[Kind]) -> Iterator[Step]:
    """Every step of the alphabet that is possible now."""
    for app in platform.apps:
        for person in platform.people:
            yield from _of_person(platform, alphabet, app, person)
        if "begin" in alphabet:
            for call in reads(platform, app):
                yield Begin(call)
        yield from _of_app(platform, alphabet, app)
    if "deliver" in alphabet:
        for number, _ in platform.in_flight():
            yield Deliver(number)


def granted(platform: Platform, app: str, person: str) -> bool:
    """Whether a grant will be in force when the next step is taken."""
    state = platform.state
    return state.window(app, person, state.position, platform.clock + 1.0) is not None


def is_member(platform: Platform, person: str, message: str) -> bool:
    """Whether the person may still write in the thread of a message."""
    state = platform.state
    return person in state.threads[state.messages[message].thread].members


def _of_person(platform: Platform, alphabet: frozenset[Kind], app: str, person: str) -> Iterator[Step]:
    is_granted = granted(platform, app, person)
    if "grant" in alphabet and not is_granted:
        yield Consent(person, app)
    if "grant-briefly" in alphabet and not is_granted:
        yield Consent(person, app, until=platform.clock + 1.0 + BRIEFLY)
    if "grant-narrowly" in alphabet and not is_granted:
        yield Consent(person, app, NARROW)
    if "revoke" in alphabet and is_granted:
        yield Revoke(person, app)
    if app == platform.apps[0]:
        yield from _writing(platform, alphabet, app, person)
        yield from _keeping(platform, alphabet, app, person)


def _writing(platform: Platform, alphabet: frozenset[Kind], app: str, person: str) -> Iterator[Step]:
    state = platform.state
    # Mail to a person before mail by them: of equally short stories, that is told in which others' words are shown.
    for other in platform.people:
        if other != person:
            if "compose" in alphabet:
                yield Compose(other, (person,), text=PRIVATE)
            if "link" in alphabet:
                yield Compose(other, (person,), links=(app,), text=PRIVATE)
            if "mention" in alphabet:
                yield Compose(other, (person,), mentions=(app,), text=PRIVATE)
            if "about" in alphabet:
                yield Compose(other, (person,), about=(app,), text=PRIVATE)
            if "attach" in alphabet:
                yield Compose(other, (person,), attachments=(f"a{len(state.messages) + 1}",), text=PRIVATE)
            if "draft" in alphabet:
                yield Compose(other, (person,), text=PRIVATE, draft=True)
            if "compose-via" in alphabet:
                yield Compose(other, (person,), via=app, text=PUBLIC)
            for message in state.mailbox(other):
                if "paste" in alphabet:
                    yield Compose(other, (person,), via=app, quote=message, text=PUBLIC)
                if "forward" in alphabet:
                    yield Forward(other, message, (person,), text=PUBLIC)
                if "forward-via" in alphabet:
                    yield Forward(other, message, (person,), app, text=PUBLIC)
    if "compose-via" in alphabet:
        for name, thread in state.threads.items():
            if person in thread.members:
                yield Compose(person, thread=name, via=app, text=PUBLIC)


def _keeping(platform: Platform, alphabet: frozenset[Kind], app: str, person: str) -> Iterator[Step]:
    """What a person does with the mail that is there."""
    state = platform.state
    for message in state.mailbox(person):
        member = is_member(platform, person, message)
        if "reply" in alphabet and member:
            yield Reply(person, message, text=ANSWER)
        if "quote" in alphabet and member:
            for quoted in state.mailbox(person):
                yield Reply(person, message, quote=quoted, text=ANSWER)
        if "label" in alphabet and not state.labelled(message, app):
            yield Label(person, message, app)
        if "trash" in alphabet:
            yield Trash(person, message)
        own = state.messages[message].author == person
        if "edit" in alphabet and own:
            yield Edit(person, message, SECOND)
        if "send-draft" in alphabet and own and state.messages[message].draft:
            yield SendDraft(person, message)
        using = state.interacting(app, person, message)
        if "open" in alphabet and not using:
            yield Open(person, app, message)
        if "close" in alphabet and using:
            yield Close(person, app, message)
    if "restore" in alphabet:
        for message in state.trashed.get(person, ()):
            yield Restore(person, message)
    for name, thread in state.threads.items():
        if person in thread.members:
            for other in platform.people:
                if "add" in alphabet and other not in thread.members:
                    yield Add(person, name, other)
                if "remove" in alphabet and other in thread.members:
                    yield Remove(person, name, other)


def _of_app(platform: Platform, alphabet: frozenset[Kind], app: str) -> Iterator[Step]:
    """Calls that change what can follow, in the mailboxes of those who granted; and what apps do by themselves."""
    state = platform.state
    for owner in platform.people:
        if (app, owner) in state.stored:
            for other in platform.apps:
                if "hand" in alphabet and other != app:
                    yield Hand(app, other, owner)
            if "forget" in alphabet:
                yield Forget(app, owner)
        if app != platform.apps[0] or state.granted(app, owner) is None:
            continue
        for message in state.mailbox(owner):
            if "app-get" in alphabet:
                yield Call(app, "get", owner, message=message)
            if "app-label" in alphabet and not state.labelled(message, app):
                yield Call(app, "label", owner, message=message)
            if "app-trash" in alphabet:
                yield Call(app, "trash", owner, message=message)
        if "app-subscribe" in alphabet and (app, owner) not in state.subscribed:
            yield Call(app, "subscribe", owner)
        if "app-rule" in alphabet and (app, owner) not in state.rules:
            yield Call(app, "rule", owner)


def reads(platform: Platform, app: str) -> Iterator[Call]:
    """Getting the body of any existing message in the mailbox of any person who ever granted."""
    return calls(platform, app, READ)


def calls(platform: Platform, app: str, operations: frozenset[Operation]) -> Iterator[Call]:
    """Every call of these operations in the mailbox of any person who ever granted; a delete in both its forms."""
    for owner in platform.people:
        if (app, owner) in platform.state.windows:
            yield from calls_on(platform, app, owner, operations)


def calls_on(platform: Platform, app: str, owner: str, operations: frozenset[Operation]) -> Iterator[Call]:
    """Every call of these operations in one mailbox."""
    state = platform.state
    for message in state.messages:
        for operation in OF_A_MESSAGE:
            if operation in operations:
                yield Call(app, operation, owner, message=message)
        if "delete" in operations:
            yield Call(app, "delete", owner, message=message, everyone=True)
        if "forward" in operations:
            yield Call(app, "forward", owner, message=message, to=(app,))
    if "thread" in operations:
        for thread in state.threads:
            yield Call(app, "thread", owner, thread=thread)
    if "attachment" in operations:
        for attachment in state.attachments:
            yield Call(app, "attachment", owner, attachment=attachment)
    for operation in OF_A_MAILBOX:
        if operation in operations:
            yield Call(app, operation, owner)
    if "search" in operations:
        yield Call(app, "search", owner, text=TERM)
    if "send" in operations:
        for other in platform.people:
            if other != owner:
                yield Call(app, "send", owner, to=(other,), text=PUBLIC)


OF_A_MESSAGE: tuple[Operation, ...] = ("get", "label", "delete", "metadata", "trash", "undelete")
OF_A_MAILBOX: tuple[Operation, ...] = ("list", "count", "export", "subscribe", "rule")


def parse_kinds(names: list[str]) -> frozenset[Kind]:
    """The alphabet of these names. Raises `InputError` for one that is no kind of step."""
    for name in names:
        if name not in KINDS:
            raise InputError(f"there is no kind of step `{name}`; use {', '.join(KINDS)}")
    return frozenset(kind for kind in KINDS if kind in names)


OF_APPS: frozenset[Kind] = frozenset(
    {
        "begin",
        "deliver",
        "app-get",
        "app-label",
        "app-trash",
        "app-subscribe",
        "app-rule",
        "hand",
        "forget",
    }
)
PEOPLES: frozenset[Kind] = frozenset(KINDS) - OF_APPS
"""Kinds of steps that people take, whatever the service answers to apps."""

PUSHED: frozenset[Kind] = frozenset({"app-subscribe", "app-rule"})
"""Kinds of steps after which what a person writes is pushed to the app."""

WRITING: frozenset[Kind] = frozenset(
    {
        "compose",
        "link",
        "mention",
        "about",
        "attach",
        "compose-via",
        "paste",
        "forward",
        "forward-via",
        "send-draft",
        "reply",
        "quote",
        "edit",
    }
)
"""Kinds of steps by which a message comes to a mailbox, or a new version of it."""

BASE: frozenset[Kind] = frozenset({"grant", "compose", "compose-via", "reply"})
READ: frozenset[Operation] = frozenset({"get"})
BODIES: frozenset[Operation] = frozenset({"get", "thread", "attachment", "export"})
IN_FLIGHT: frozenset[Kind] = frozenset({"revoke", "begin", "deliver"})
ALL: frozenset[Operation] = frozenset(OPERATIONS)
READS: frozenset[Operation] = frozenset(GRADE_OF) - {"push", "export"}

SPOKEN: dict[str, tuple[frozenset[Kind], frozenset[Operation]]] = {
    "I1": (IN_FLIGHT, READ),
    "I2": (frozenset({"grant-briefly"}), READ),
    "I3": (frozenset({"revoke"}), READ),
    "I4": (IN_FLIGHT, READ),
    "I6": (frozenset({"quote"}), READ),
    "I7": (frozenset(), frozenset({"get", "metadata", "list"})),
    "I9": (frozenset(), frozenset({"delete"})),
    "I10": (frozenset(), frozenset({"delete"})),
    "I11": (frozenset({"trash", "restore"}), READ),
    "I12": (frozenset({"open", "close"}), frozenset({"send"})),
    "I13": (frozenset(), frozenset({"label"})),
    "I14": (frozenset({"draft", "send-draft"}), READ),
    "I15": (frozenset({"edit"}), READ),
    "I17": (frozenset({"add", "remove"}), frozenset({"get", "thread"})),
    "I18": (frozenset({"mention"}), READ),
    **dict.fromkeys(OF_TWO_RUNS, (frozenset({"quote"}), READS)),
    "I25": (frozenset({"app-get", "hand"}), frozenset()),
    "I26": (frozenset({"app-get", "revoke", "forget"}), frozenset()),
    "I27": (frozenset({"app-get", "hand"}), frozenset()),
    "U1": (frozenset(), frozenset({"send"})),
    "U5": (frozenset(), frozenset({"delete"})),
}
"""What each invariant speaks of besides grant, compose, compose via the app and reply: kinds of steps, and the calls
that end its histories. Where there is none, that is the read.
"""


def steps_for(invariant: str) -> tuple[frozenset[Kind], frozenset[Operation]]:
    """The steps that an invariant of this name is tested with, and the calls that end its histories.

    What is claimed of a reading is searched with the steps that readings speak of.
    """
    family, _, rest = invariant.partition(":")
    if family == "I5":
        return MATRIX | _speaking(rest), ALL if "@" in rest else READ
    if family == "I8":
        return MATRIX, ALL
    kinds, operations = SPOKEN.get(family, (frozenset(), READ))
    return BASE | kinds | _speaking(rest), operations


def _speaking(reading: str) -> frozenset[Kind]:
    """The steps that a reading needs besides those of the survey."""
    kinds: set[Kind] = set()
    if "session" in reading:
        kinds |= {"open", "close"}
    if "topical" in reading:
        kinds |= {"about"}
    return frozenset(kinds)
