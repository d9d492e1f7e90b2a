"""What can happen: the alphabet of histories.

A history is a tuple of steps by people and apps, and the one value that everything runs on. Messages are
named by order of creation (`m1`, `m2`, ...), threads likewise (`t1`, ...). `at` is in virtual seconds; None
means one second after the step before.
"""

from typing import assert_never

from attrs import field, frozen

from sim.model.access import FULL, Operation, Scope


@frozen
class Compose:
    """A person writes a message of their own, natively or via an app, in a new thread or to all of an old one."""

    person: str
    to: tuple[str, ...] = ()
    thread: str | None = None
    via: str | None = None
    links: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    text: str = ""
    at: float | None = None


@frozen
class Reply:
    """A person answers a message, natively, to all other members of its thread; perhaps quoting another one."""

    person: str
    message: str
    quote: str | None = None
    text: str = ""
    at: float | None = None


@frozen
class Label:
    """A person puts an app's label on a message that they hold."""

    person: str
    message: str
    app: str
    at: float | None = None


@frozen
class Consent:
    """A person grants an app a scope on their mailbox."""

    person: str
    app: str
    scope: Scope = FULL
    until: float | None = None
    backfill: bool = False
    at: float | None = None


@frozen
class Revoke:
    """A person takes a grant back."""

    person: str
    app: str
    at: float | None = None


@frozen
class Call:
    """An app asks something of the service, and the answer comes at once.

    `message` is for get, delete and label, `thread` for thread, `text` for search and send, `to` for send.
    A delete removes the owner's copy, or with `everyone` each member's.
    """

    app: str
    operation: Operation
    owner: str
    message: str | None = None
    thread: str | None = None
    to: tuple[str, ...] = ()
    text: str = ""
    everyone: bool = False
    at: float | None = None


@frozen
class Begin:
    """The first half of a call: it is decided now and delivered later."""

    call: Call
    at: float | None = None


@frozen
class Deliver:
    """The second half of a call: the n-th begun one of the history (from 1)."""

    begun: int = field()
    at: float | None = None


Step = Compose | Reply | Label | Consent | Revoke | Call | Begin | Deliver
History = tuple[Step, ...]


def actor(step: Step) -> str | None:
    """The person or app who takes the step; None for a delivery, which only ends what an app began."""
    match step:
        case Compose() | Reply() | Label() | Consent() | Revoke():
            return step.person
        case Call():
            return step.app
        case Begin():
            return step.call.app
        case Deliver():
            return None
        case _:
            assert_never(step)
