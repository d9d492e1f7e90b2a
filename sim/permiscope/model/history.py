"""Which history did a trace come from? Played again, its steps leave the same records."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import assert_never

from attrs import evolve

from permiscope.model.mail import Message
from permiscope.model.records import (
    Called,
    Edited,
    Forgot,
    Granted,
    Handed,
    Labelled,
    Membership,
    Moved,
    Record,
    Revoked,
    Session,
    Wrote,
)
from permiscope.model.steps import (
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
    History,
    Label,
    Open,
    Remove,
    Reply,
    Restore,
    Revoke,
    SendDraft,
    Step,
    Trash,
    Writing,
)
from permiscope.model.trace import Trace


def history_of(trace: Trace) -> History:
    """The steps that lead to the records of a trace, each with its time.

    A call that took no time is one step; one that did begins before the records that were closed on its way. What
    the horizon cut off begins and is never delivered: after playing, let the platform `end` when the trace does.
    """
    return tuple(_steps(trace))


def _steps(trace: Trace) -> Iterator[Step]:
    begun: dict[int, list[Called]] = {}
    openers: dict[str, str] = {}
    for record in trace.records:
        if isinstance(record, Called) and _was_in_flight(record):
            begun.setdefault(record.opened, []).append(record)
        match record:
            case Wrote(message=message) | Called(sent=Message() as message):
                openers.setdefault(message.thread, message.id)
            case _:
                pass
    opens = set(openers.values())
    numbers: dict[int, int] = {}
    written: set[str] = set()
    for position, record in enumerate(trace.records):
        for call in sorted(begun.get(position, ()), key=attrgetter("decided_at")):
            numbers[call.closed] = len(numbers) + 1
            yield Begin(_call(call, opens), at=call.decided_at)
        match record:
            case Called(operation="push"):
                pass  # it came of another step
            case Called() if position not in numbers:
                yield evolve(_call(record, opens), at=record.time)
            case Called():
                if record.outcome != "cut off":
                    yield Deliver(numbers[position], at=record.time)
            case Forgot() if _was_made_to(record, trace.records[position + 1 :]):
                pass
            case Labelled(person=""):
                pass  # a filter of the service did it
            case Wrote(time, message) if message.id in written:
                yield SendDraft(message.author, message.id, at=time)
            case _:
                yield _deed(record, opens)
        if isinstance(record, Wrote):
            written.add(record.message.id)


def _was_in_flight(call: Called) -> bool:
    return call.opened < call.closed or call.decided_at < call.time or call.outcome == "cut off"


def _was_made_to(forgot: Forgot, after: Sequence[Record]) -> bool:
    """Whether an app forgot because a grant is ending, where the service sees to it."""
    return after[:1] == (Revoked(forgot.time, forgot.owner, forgot.app),)


def _call(record: Called, opens: set[str]) -> Call:
    """What was asked, without its time."""
    operation, target = record.operation, record.target
    asked = Call(record.app, operation, record.owner, to=record.to, purpose=record.purpose, everyone=record.everyone)
    match operation:
        case "thread":
            return evolve(asked, thread=target)
        case "search":
            return evolve(asked, text=target or "")
        case "attachment":
            return evolve(asked, attachment=target)
        case "send":
            if (sent := record.sent) is None:
                return evolve(asked, thread=target)
            to, thread = _where(sent, opens)
            return evolve(asked, to=to, thread=thread, text=sent.segments[0].text)
        case _:
            return evolve(asked, message=target)


Other = Wrote | Edited | Moved | Membership | Session | Labelled | Granted | Revoked | Handed | Forgot


def _deed(record: Other, opens: set[str]) -> Step:
    match record:
        case Wrote(time, message):
            return _writing(time, message, opens)
        case Edited(time, message):
            return Edit(message.author, message.id, message.segments[0].text, at=time)
        case Moved(time, person, name, trashed):
            return (Trash if trashed else Restore)(person, name, at=time)
        case Membership(time, person, thread, member, joined):
            return (Add if joined else Remove)(person, thread, member, at=time)
        case Session(time, person, app, name, opened):
            return (Open if opened else Close)(person, app, name, at=time)
        case Labelled(time, person, name, app):
            return Label(person, name, app, at=time)
        case Granted(time, grant):
            return Consent(
                grant.user, grant.app, grant.scope, grant.until, grant.backfill, at=time, purposes=grant.purposes
            )
        case Revoked(time, person, app):
            return Revoke(person, app, at=time)
        case Handed(time, app, to, owner):
            return Hand(app, to, owner, at=time)
        case Forgot(time, app, owner):
            return Forget(app, owner, at=time)
        case _:
            assert_never(record)


def _writing(time: float, message: Message, opens: set[str]) -> Writing:
    own, *quoted = message.segments
    # What is quoted is a whole message, and the first segment of a message was written in it.
    quote = quoted[0].source if quoted else None
    if message.in_reply_to is not None:
        return Reply(message.author, message.in_reply_to, quote, text=own.text, at=time)
    to, thread = _where(message, opens)
    if message.forwarded_from is not None:
        return Forward(message.author, message.forwarded_from, to, message.via, own.text, at=time)
    return Compose(
        message.author,
        to,
        thread,
        message.via,
        message.links,
        message.mentions,
        own.text,
        at=time,
        about=message.about,
        subject=message.subject,
        quote=quote,
        attachments=message.attachments,
        draft=message.draft,
    )


def _where(message: Message, opens: set[str]) -> tuple[tuple[str, ...], str | None]:
    """To whom, for a message that opens a thread; or in which thread."""
    return (message.recipients, None) if message.id in opens else ((), message.thread)
