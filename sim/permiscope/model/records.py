"""What is remembered of each step: the closed union of records in a trace."""

from typing import Literal

from attrs import define, frozen

from permiscope.model.access import ABSENT, FOUND, Grade, Grant, Observation, Operation, Reason
from permiscope.model.mail import Message

Outcome = Literal["open", "shown", "done", "refused", "cut off"]
"""How a call ended: data crossed, an effect took place, neither, or the horizon came first.

A call is *open* between its two halves, and never so in a trace.
"""


@frozen
class Wrote:
    """A person wrote a message, or sent a draft of theirs."""

    time: float
    message: Message


@frozen
class Edited:
    """An author replaced what they wrote; `message` is the version from now on."""

    time: float
    message: Message


@frozen
class Moved:
    """A person put their copy of a message into the trash, or took it out."""

    time: float
    person: str
    message: str
    trashed: bool


@frozen
class Membership:
    """A member of a thread let somebody join it, or ended a membership."""

    time: float
    person: str
    thread: str
    member: str
    joined: bool


@frozen
class Session:
    """A person began or ended to use an app on a message."""

    time: float
    person: str
    app: str
    message: str
    opened: bool


@frozen
class Labelled:
    """A person put an app's label on a message."""

    time: float
    person: str
    message: str
    app: str


@frozen
class Granted:
    """A person granted an app something."""

    time: float
    grant: Grant


@frozen
class Revoked:
    """A person took back what they had granted an app."""

    time: float
    person: str
    app: str


@define
class Called:
    """One call of an app, from the decision (t1, `decided_at`) to the end (t2, `time`).

    `opened` and `closed` are the same two moments as positions: the number of records before. `shown` is the data
    itself that crossed the app's boundary, at `grade` (below a body, the messages have no segments, or the beginning
    of one): it is what the door handed over, never copied from the decision. `target` is the message, thread,
    attachment or search term asked for. `to` says whom a send or forward was for, `sent` is what a send made,
    `holders` are those whose copies a delete removed (`everyone` asks for all copies). `told` is what the answer told
    besides; None stands for the plain one, 200 or 404, that tells no more. `pending` is what was permitted at t1 and
    waits for t2; nothing is in a trace. Not frozen: the door fills it in between t1 and t2, and one is made at every
    call.
    """

    app: str
    operation: Operation
    owner: str
    target: str | None
    opened: int
    decided_at: float
    closed: int = -1
    time: float = 0.0
    outcome: Outcome = "open"
    reason: Reason = "permitted"
    shown: tuple[Message, ...] = ()
    grade: Grade = Grade.BODY
    sent: Message | None = None
    holders: tuple[str, ...] = ()
    everyone: bool = False
    pending: tuple[Message, ...] = ()
    error: str | None = None
    told: Observation | None = None
    to: tuple[str, ...] = ()
    purpose: str | None = None

    @property
    def observation(self) -> Observation:
        """What the answer told besides the messages that it showed."""
        return self.told or (ABSENT if self.outcome == "refused" else FOUND)


@frozen
class Handed:
    """An app handed messages that it had from a mailbox to another app."""

    time: float
    app: str
    to: str
    owner: str
    messages: tuple[Message, ...]


@frozen
class Forgot:
    """An app emptied what it had stored from a mailbox."""

    time: float
    app: str
    owner: str


Record = Wrote | Edited | Moved | Membership | Session | Labelled | Granted | Revoked | Called | Handed | Forgot
