"""What is remembered of each step: the closed union of records in a trace.

A record has the `step` that it came of, without its time, which is the record's; None if it came of no step of its own.
"""

from typing import Literal

from attrs import define, frozen

from permiscope.model import steps
from permiscope.model.access import ABSENT, FOUND, Grade, Grant, Observation, Operation, Reason
from permiscope.model.mail import Message

Outcome = Literal["open", "shown", "done", "refused", "cut off"]
"""How a call ended: data crossed, an effect took place, neither, or the horizon came first.

A call is *open* between its two halves, and never so in a trace.
"""


@frozen
class Wrote:
    """A person wrote a message, or sent a draft of theirs.

    `step` says how; None if nobody knows, as of a message that comes from a mailbox.
    """

    time: float
    message: Message
    step: steps.Sending | None = None


@frozen
class Edited:
    """An author replaced what they wrote; `message` is the version from now on."""

    time: float
    message: Message

    @property
    def step(self) -> steps.Edit:
        """The first segment of a message is what its author wrote in it."""
        return steps.Edit(self.message.author, self.message.id, self.message.segments[0].text)


@frozen
class Moved:
    """A person put their copy of a message into the trash, or took it out."""

    time: float
    person: str
    message: str
    trashed: bool

    @property
    def step(self) -> steps.Trash | steps.Restore:
        """The way that the copy went."""
        return (steps.Trash if self.trashed else steps.Restore)(self.person, self.message)


@frozen
class Membership:
    """A member of a thread let somebody join it, or ended a membership."""

    time: float
    person: str
    thread: str
    member: str
    joined: bool

    @property
    def step(self) -> steps.Add | steps.Remove:
        """To join or to leave."""
        return (steps.Add if self.joined else steps.Remove)(self.person, self.thread, self.member)


@frozen
class Session:
    """A person began or ended to use an app on a message."""

    time: float
    person: str
    app: str
    message: str
    opened: bool

    @property
    def step(self) -> steps.Open | steps.Close:
        """To begin or to end."""
        return (steps.Open if self.opened else steps.Close)(self.person, self.app, self.message)


@frozen
class Labelled:
    """A person put an app's label on a message, or a filter of the service did, which is nobody."""

    time: float
    person: str
    message: str
    app: str

    @property
    def step(self) -> steps.Label | None:
        """None of a filter."""
        return steps.Label(self.person, self.message, self.app) if self.person else None


@frozen
class Granted:
    """A person granted an app something."""

    time: float
    grant: Grant

    @property
    def step(self) -> steps.Consent:
        """The consent, with all that was granted."""
        grant = self.grant
        return steps.Consent(grant.user, grant.app, grant.scope, grant.until, grant.backfill, purposes=grant.purposes)


@frozen
class Revoked:
    """A person took back what they had granted an app."""

    time: float
    person: str
    app: str

    @property
    def step(self) -> steps.Revoke:
        """The revocation."""
        return steps.Revoke(self.person, self.app)


@define
class Called:
    """One call of an app, as it was `asked`, from the decision (t1, `decided_at`) to the end (t2, `time`).

    `opened` and `closed` are the same two moments as positions: the number of records before. `shown` is the data
    itself that crossed the app's boundary, at `grade` (below a body, the messages have no segments, or the beginning
    of one): it is what the door handed over, never copied from the decision. `sent` is what a send made, `holders` are
    those whose copies a delete removed. `told` is what the answer told besides; None stands for the plain one, 200 or
    404, that tells no more. `pending` is what was permitted at t1 and waits for t2; nothing is in a trace. Not frozen:
    the door fills it in between t1 and t2, and one is made at every call.
    """

    asked: steps.Call
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
    pending: tuple[Message, ...] = ()
    error: str | None = None
    told: Observation | None = None

    @property
    def app(self) -> str:
        """The app that asked."""
        return self.asked.app

    @property
    def operation(self) -> Operation:
        """What it asked of the service."""
        return self.asked.operation

    @property
    def owner(self) -> str:
        """Whose mailbox it asked about."""
        return self.asked.owner

    @property
    def target(self) -> str | None:
        """The message, thread, attachment or search term that it asked for."""
        return self.asked.target

    @property
    def step(self) -> steps.Call | None:
        """The call; nobody asks for a push. Of one that took time `Trace.events` makes two steps."""
        return None if self.operation == "push" else self.asked

    @property
    def is_delayed(self) -> bool:
        """Whether it was delivered later than it was decided, or never."""
        return self.opened < self.closed or self.decided_at < self.time or self.outcome == "cut off"

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

    @property
    def step(self) -> steps.Hand:
        """The handing on."""
        return steps.Hand(self.app, self.to, self.owner)


@frozen
class Forgot:
    """An app emptied what it had stored from a mailbox; `obliged` by the service if that is so when a grant ends."""

    time: float
    app: str
    owner: str
    obliged: bool = False

    @property
    def step(self) -> steps.Forget | None:
        """None if it was obliged."""
        return None if self.obliged else steps.Forget(self.app, self.owner)


Change = Wrote | Edited | Moved | Membership | Session | Labelled | Granted | Revoked | Handed | Forgot
"""What changed besides what calls do."""

Record = Change | Called
