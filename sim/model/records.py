"""What is remembered of each step: the closed union of records in a trace."""

from typing import Literal

from attrs import define, frozen

from sim.model.access import Grade, Grant, Operation, Reason
from sim.model.mail import Message

Outcome = Literal["open", "shown", "done", "refused", "cut off"]
"""How a call ended: data crossed, an effect took place, neither, or the horizon came first.

A call is *open* between its two halves, and never so in a trace.
"""


@frozen
class Wrote:
    """A person sent a message."""

    time: float
    message: Message


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

    `opened` and `closed` are the same two moments as positions: the number of records before. `shown` is the
    data itself that crossed the app's boundary, at `grade` (below a body, the messages have no segments): it
    is what the door handed over, never copied from the decision. `target` is the message, thread or search
    term asked for. `sent` is what a send made, `holders` are those whose copies a delete removed (`everyone`
    asks for all copies). `pending` is what was permitted at t1 and waits for t2; nothing is in a trace. Not
    frozen: the door fills it in between t1 and t2, and one is made at every call.
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


Record = Wrote | Labelled | Granted | Revoked | Called
