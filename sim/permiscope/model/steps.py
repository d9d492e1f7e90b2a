"""What can happen: the alphabet of histories.

A history is a tuple of steps by people and apps, and the one value that everything runs on. Messages are
named by order of creation (`m1`, `m2`, ...), threads likewise (`t1`, ...). `at` is in virtual seconds; None
means one second after the step before.
"""

from typing import TypeVar

from attrs import define, evolve, field, frozen

from permiscope.model.access import FULL, NAMED_BY, Grant, Operation, Scope


@frozen
class Compose:
    """A person writes a message of their own, natively or via an app, in a new thread or to all of an old one.

    `quote` is a message of theirs that is pasted into it, `about` the apps that it is about, `attachments` the
    names of files. A draft waits to be sent.
    """

    person: str
    to: tuple[str, ...] = ()
    thread: str | None = None
    via: str | None = None
    links: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    text: str = ""
    at: float | None = None
    about: tuple[str, ...] = ()
    subject: str = ""
    quote: str | None = None
    attachments: tuple[str, ...] = ()
    draft: bool = False


@frozen
class SendDraft:
    """A person sends a draft of theirs, to those of whom it was written to who are members of its thread still."""

    person: str
    message: str
    at: float | None = None


@frozen
class Forward:
    """A person passes a message on, natively or via an app, in a new thread: its text and its attachments."""

    person: str
    message: str
    to: tuple[str, ...] = ()
    via: str | None = None
    text: str = ""
    at: float | None = None


@frozen
class Edit:
    """An author replaces what they wrote themselves in a message; who holds it has the new version."""

    person: str
    message: str
    text: str = ""
    at: float | None = None


@frozen
class Trash:
    """A person puts their copy of a message into the trash."""

    person: str
    message: str
    at: float | None = None


@frozen
class Restore:
    """A person takes their copy of a message out of the trash."""

    person: str
    message: str
    at: float | None = None


@frozen
class Add:
    """A member of a thread lets somebody join it; the newcomer gets what is written from now on."""

    person: str
    thread: str
    member: str
    at: float | None = None


@frozen
class Remove:
    """A member of a thread ends a membership, another's or their own."""

    person: str
    thread: str
    member: str
    at: float | None = None


@frozen
class Open:
    """A person begins to use an app on a message."""

    person: str
    app: str
    message: str
    at: float | None = None


@frozen
class Close:
    """A person ends to use an app on a message."""

    person: str
    app: str
    message: str
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
    purposes: tuple[str, ...] = ()

    @property
    def grant(self) -> Grant:
        """What is granted."""
        return Grant(self.app, self.person, self.scope, self.until, self.backfill, tuple(dict.fromkeys(self.purposes)))


@frozen
class Revoke:
    """A person takes a grant back."""

    person: str
    app: str
    at: float | None = None


@define(unsafe_hash=True)
class Call:
    """An app asks something of the service, and the answer comes at once.

    `message` is for what is about one message, `attachment` for the attachment, `thread` for the thread, `text` for
    search and send, `to` for send and forward (there it may be the app itself). A delete removes the owner's copy,
    or with `everyone` each member's. `purpose` is what the app says that it is for. Not frozen, for one is made at
    every call of a run, and a frozen one takes four times as long; nothing changes it.
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
    attachment: str | None = None
    purpose: str | None = None

    @property
    def target(self) -> str | None:
        """What the call is about: a message, a thread, an attachment or a search term."""
        name = NAMED_BY[self.operation]
        return getattr(self, name) if name else None


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


@frozen
class Hand:
    """An app hands all that it has from a mailbox to another app."""

    app: str
    to: str
    owner: str
    at: float | None = None


@frozen
class Forget:
    """An app empties what it stored from a mailbox."""

    app: str
    owner: str
    at: float | None = None


Sending = Compose | SendDraft | Forward | Reply
Writing = Sending | Edit
Deed = Writing | Label | Trash | Restore | Add | Remove | Open | Close | Consent | Revoke
"""What a person does."""

Step = Deed | Call | Begin | Deliver | Hand | Forget
History = tuple[Step, ...]


Timed = TypeVar("Timed", bound=Step)


def untimed(step: Timed) -> Timed:
    """The step alone, where its time is known otherwise."""
    return step if step.at is None else evolve(step, at=None)


def actor(step: Step) -> str | None:
    """The person or app who takes the step; None for a delivery, which only ends what an app began."""
    match step:
        case Call() | Hand() | Forget():
            return step.app
        case Begin():
            return step.call.app
        case Deliver():
            return None
        case _:
            return step.person
