"""Which steps can be taken from here? The alphabet of searched histories, in a fixed order."""

from collections.abc import Iterator
from typing import Literal, get_args

from sim.model.access import OPERATIONS, Operation
from sim.model.errors import InputError
from sim.model.steps import Begin, Call, Compose, Consent, Deliver, Label, Reply, Revoke, Step
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
]
"""A kind of step before the last one; `link` and `mention` are composing with a link to, a mention of the app."""

KINDS: tuple[Kind, ...] = get_args(Kind)
MATRIX: frozenset[Kind] = frozenset({"grant", "compose", "link", "mention", "compose-via", "reply", "label"})
"""The steps of the survey policy × reading, before the read that ends each history."""

PRIVATE = "My results came. Keep it quiet."
PUBLIC = "I think you would like this film."
ANSWER = "Thanks. Between us: I am leaving my job."


def enabled(platform: Platform, alphabet: frozenset[Kind]) -> Iterator[Step]:
    """Every step of the alphabet that is possible now."""
    for app in platform.apps:
        for person in platform.people:
            yield from _of_person(platform, alphabet, app, person)
        if "begin" in alphabet:
            for call in reads(platform, app):
                yield Begin(call)
    if "deliver" in alphabet:
        for number, _ in platform.in_flight():
            yield Deliver(number)


def _of_person(platform: Platform, alphabet: frozenset[Kind], app: str, person: str) -> Iterator[Step]:
    state = platform.state
    granted = state.granted(app, person) is not None
    if "grant" in alphabet and not granted:
        yield Consent(person, app)
    if "revoke" in alphabet and granted:
        yield Revoke(person, app)
    # Mail to a person before mail by them: of equally short stories, that is told in which others' words are shown.
    for other in platform.people:
        if other != person:
            if "compose" in alphabet:
                yield Compose(other, (person,), text=PRIVATE)
            if "link" in alphabet:
                yield Compose(other, (person,), links=(app,), text=PRIVATE)
            if "mention" in alphabet:
                yield Compose(other, (person,), mentions=(app,), text=PRIVATE)
            if "compose-via" in alphabet:
                yield Compose(other, (person,), via=app, text=PUBLIC)
    if "compose-via" in alphabet:
        for name, thread in state.threads.items():
            if person in thread.members:
                yield Compose(person, thread=name, via=app, text=PUBLIC)
    for message in state.mailbox(person):
        if "reply" in alphabet:
            yield Reply(person, message, text=ANSWER)
        if "quote" in alphabet:
            for quoted in state.mailbox(person):
                yield Reply(person, message, quote=quoted, text=ANSWER)
        if "label" in alphabet and not state.labelled(message, app):
            yield Label(person, message, app)


def reads(platform: Platform, app: str) -> Iterator[Call]:
    """Getting the body of any existing message in the mailbox of any person who ever granted."""
    return calls(platform, app, frozenset({"get"}))


def calls(platform: Platform, app: str, operations: frozenset[Operation]) -> Iterator[Call]:
    """Every call of these operations in the mailbox of any person who ever granted; a delete in both its forms."""
    state = platform.state
    for owner in platform.people:
        if (app, owner) not in state.windows:
            continue
        for message in state.messages:
            for operation in ("get", "label", "delete"):
                if operation in operations:
                    yield Call(app, operation, owner, message=message)
            if "delete" in operations:
                yield Call(app, "delete", owner, message=message, everyone=True)
        if "thread" in operations:
            for thread in state.threads:
                yield Call(app, "thread", owner, thread=thread)
        if "list" in operations:
            yield Call(app, "list", owner)
        if "search" in operations:
            yield Call(app, "search", owner, text="a")
        if "send" in operations:
            for other in platform.people:
                if other != owner:
                    yield Call(app, "send", owner, to=(other,), text=PUBLIC)


def parse_kinds(names: list[str]) -> frozenset[Kind]:
    """The alphabet of these names. Raises `InputError` for one that is no kind of step."""
    for name in names:
        if name not in KINDS:
            raise InputError(f"there is no kind of step `{name}`; use {', '.join(KINDS)}")
    return frozenset(kind for kind in KINDS if kind in names)


BASE: frozenset[Kind] = frozenset({"grant", "compose", "compose-via", "reply"})
READ: frozenset[Operation] = frozenset({"get"})


def steps_for(invariant: str) -> tuple[frozenset[Kind], frozenset[Operation]]:
    """The steps that an invariant of this name is tested with, and the calls that end its histories.

    These are the steps that it speaks of, added to grant, compose, compose via the app, reply and the read.
    """
    family, _, rest = invariant.partition(":")
    match family:
        case "I3":
            return BASE | {"revoke"}, READ
        case "I1" | "I4":
            return BASE | {"revoke", "begin", "deliver"}, READ
        case "I5" | "I8":
            return MATRIX, READ if family == "I5" and "@" not in rest else frozenset(OPERATIONS)
        case "I6":
            return BASE | {"quote"}, READ
        case "I9" | "I10":
            return BASE, frozenset({"delete"})
        case "I18":
            return BASE | {"mention"}, READ
        case "U1":
            return BASE, frozenset({"send"})
        case _:
            return BASE, READ
