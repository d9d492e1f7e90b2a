"""What becomes of words when somebody sends them: which message, in which thread, to whom?"""

from collections.abc import Iterable

from attrs import evolve

from permiscope.model.mail import Message, Segment
from permiscope.model.state import State


def write(
    state: State,
    time: float,
    author: str,
    text: str,
    *,
    to: Iterable[str] = (),
    thread: str | None = None,
    via: str | None = None,
    in_reply_to: str | None = None,
    quoted: Iterable[Segment] = (),
    links: tuple[str, ...] = (),
    mentions: tuple[str, ...] = (),
    about: tuple[str, ...] = (),
) -> Message:
    """The message that the service makes next: to each of `to` in a new thread, or to all other members of `thread`.

    Ids count messages and threads from 1 in the order in which they are made, those that are absent too. Raises
    `KeyError` for a thread that there is not.
    """
    known = None if thread is None else state.thread_of(thread)
    if thread is None:
        thread = f"t{len(state.threads) + len(state.absent_threads) + 1}"
        recipients = tuple(dict.fromkeys(to))
    elif known is None:
        raise KeyError(thread)
    else:
        recipients = tuple(member for member in known.members if member != author)
    name = f"m{len(state.messages) + len(state.absent) + 1}"
    return Message(
        id=name,
        author=author,
        recipients=recipients,
        thread=thread,
        segments=(Segment(text, name), *quoted),
        position=state.position,
        time=time,
        via=via,
        in_reply_to=in_reply_to,
        links=links,
        mentions=mentions,
        about=about,
    )


def forward(
    state: State, time: float, author: str, original: Message, *, to: tuple[str, ...], via: str | None, text: str = ""
) -> Message:
    """The message that passes another one on, in a new thread: its text as it is now, and its attachments."""
    message = write(state, time, author, text, to=to, via=via, quoted=original.segments)
    return evolve(message, forwarded_from=original.id, attachments=original.attachments)
