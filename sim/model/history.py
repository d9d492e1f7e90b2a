"""Which history did a trace come from? Played again, its steps leave the same records.

A trace has what a call showed and not all that was asked: to whom a send that was refused or cut off was
addressed is not in it, and somebody stands in for them.
"""

from collections.abc import Iterator
from operator import attrgetter
from typing import assert_never

from attrs import evolve

from sim.model.mail import Message
from sim.model.records import Called, Granted, Labelled, Revoked, Wrote
from sim.model.steps import Begin, Call, Compose, Consent, Deliver, History, Label, Reply, Revoke, Step
from sim.model.trace import Trace


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
    for position, record in enumerate(trace.records):
        for call in sorted(begun.get(position, ()), key=attrgetter("decided_at")):
            numbers[call.closed] = len(numbers) + 1
            yield Begin(_call(call, trace.header.people, opens), at=call.decided_at)
        if not isinstance(record, Called):
            yield _deed(record, opens)
        elif position not in numbers:
            yield evolve(_call(record, trace.header.people, opens), at=record.time)
        elif record.outcome != "cut off":
            yield Deliver(numbers[position], at=record.time)


def _was_in_flight(call: Called) -> bool:
    return call.opened < call.closed or call.decided_at < call.time or call.outcome == "cut off"


def _call(record: Called, people: tuple[str, ...], opens: set[str]) -> Call:
    """What was asked, without its time."""
    app, operation, owner, target = record.app, record.operation, record.owner, record.target
    match operation:
        case "get" | "delete" | "label":
            return Call(app, operation, owner, message=target, everyone=record.everyone)
        case "thread":
            return Call(app, operation, owner, thread=target)
        case "search":
            return Call(app, operation, owner, text=target or "")
        case "list":
            return Call(app, operation, owner)
        case "send":
            if (sent := record.sent) is None:
                return Call(app, operation, owner, to=tuple([person for person in people if person != owner][:1]))
            to, thread = _where(sent, opens)
            return Call(app, operation, owner, to=to, thread=thread, text=sent.segments[0].text)
        case _:
            assert_never(operation)


def _deed(record: Wrote | Labelled | Granted | Revoked, opens: set[str]) -> Step:
    match record:
        case Wrote(time, message):
            return _writing(time, message, opens)
        case Labelled(time, person, name, app):
            return Label(person, name, app, at=time)
        case Granted(time, grant):
            return Consent(grant.user, grant.app, grant.scope, grant.until, grant.backfill, at=time)
        case Revoked(time, person, app):
            return Revoke(person, app, at=time)
        case _:
            assert_never(record)


def _writing(time: float, message: Message, opens: set[str]) -> Compose | Reply:
    own, *quoted = message.segments
    if message.in_reply_to is not None:
        # What is quoted is a whole message, and the first segment of a message was written in it.
        quote = quoted[0].source if quoted else None
        return Reply(message.author, message.in_reply_to, quote, text=own.text, at=time)
    to, thread = _where(message, opens)
    return Compose(message.author, to, thread, message.via, message.links, message.mentions, own.text, at=time)


def _where(message: Message, opens: set[str]) -> tuple[tuple[str, ...], str | None]:
    """To whom, for a message that opens a thread; or in which thread."""
    return (message.recipients, None) if message.id in opens else ((), message.thread)
