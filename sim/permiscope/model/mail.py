"""What is a message, and of whose words is it made?

`via` (the app that a message was composed with) differs from `author` (the person who sent it), and each
segment of a body carries the message that it was first written in: the unit of secrecy is the segment.
"""

from functools import cached_property

from attrs import evolve, frozen


@frozen
class Segment:
    """A run of text and the id of the message in which it was first written."""

    text: str
    source: str


@frozen
class Message:
    """A message as its author sent it.

    What changes afterwards, who still holds a copy and which labels it bears, is in the `State`.
    `position` is the number of records in the trace before the one that made it, and `time` is in virtual
    seconds since the start. `about` names the apps whose content it is about: what a perfect classifier would say.
    `attachments` are references: whoever forwards the message passes them on, and not the files. A draft is held by
    its author alone; once sent it keeps its id. One that is `absent` holds the place, in the second run of a pair, of a
    message that was never sent there, so that names stay as they were: nobody has a copy, and no fact tells of it.
    """

    id: str
    author: str
    recipients: tuple[str, ...]
    thread: str
    segments: tuple[Segment, ...]
    position: int
    time: float
    via: str | None = None
    in_reply_to: str | None = None
    links: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    subject: str = ""
    attachments: tuple[str, ...] = ()
    forwarded_from: str | None = None
    draft: bool = False
    absent: bool = False

    @property
    def body(self) -> str:
        """The whole text, quoted segments included."""
        return "\n".join(segment.text for segment in self.segments)

    @cached_property
    def headers(self) -> "Message":
        """The message without its text: who and when."""
        return evolve(self, segments=())

    @property
    def people(self) -> tuple[str, ...]:
        """The author and the recipients: everybody who got a copy."""
        return (self.author, *self.recipients)


@frozen
class Thread:
    """A conversation so far: its members, its messages and the apps it was written with, oldest first.

    `past` are those who were members once and are no more.
    """

    members: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    past: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        """The id of the first message."""
        return self.messages[0]
