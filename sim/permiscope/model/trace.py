"""What is remembered of a run: a versioned header, then a record a line (JSON Lines)."""

import json
from collections.abc import Iterator
from hashlib import sha256
from operator import attrgetter
from pathlib import Path

from attrs import asdict, evolve, frozen

from permiscope.model.access import NAMED_BY
from permiscope.model.codec import Codec, Plain, dump_line
from permiscope.model.errors import InputError
from permiscope.model.mail import Message
from permiscope.model.records import Called, Edited, Labelled, Moved, Record, Session, Wrote
from permiscope.model.state import State, apply
from permiscope.model.steps import Begin, Deliver, History, Step

FORMAT = 2
"""A trace of version 1 does not say how messages were written; it can be judged, and not be run again."""


@frozen
class Header:
    """What a verdict on the trace attaches to: the policy's text and its hash, and how the run was made."""

    policy: str
    text: str
    hash: str
    people: tuple[str, ...]
    apps: tuple[str, ...]
    seed: int | None = None
    recheck: bool = False
    lag: float = 0.0
    permiscope: str = ""
    faults: tuple[str, ...] = ()
    version: int = FORMAT


@frozen
class Trace:
    """A header and the records in the order in which they were closed."""

    header: Header
    records: tuple[Record, ...]

    def final_state(self) -> State:
        """The state that the records lead to."""
        state = State()
        for record in self.records:
            apply(state, record)
        return state

    @property
    def history(self) -> History:
        """The steps that lead to the records, each with its time. Raises `InputError` if the trace does not say.

        Begun calls are counted as they are here: one that was refused at once took no time, and is a plain call.
        """
        if self.header.version < FORMAT:
            raise InputError("a trace of version 1 does not say which steps led to it")
        return tuple([step for step, _ in self.events() if step is not None])

    def events(self) -> Iterator[tuple[Step | None, Record | None]]:
        """Each step with the record that it left: none if it only begins a call. What came by itself has no step.

        A call that took time began before the records that were closed on its way. What the horizon cut off began and
        was never delivered: after playing the history, let the service `end` when the trace does.
        """
        begun: dict[int, list[Called]] = {}
        for record in self.records:
            if isinstance(record, Called) and record.is_delayed:
                begun.setdefault(record.opened, []).append(record)
        numbers: dict[int, int] = {}
        for position, record in enumerate(self.records):
            for call in sorted(begun.get(position, ()), key=attrgetter("decided_at")):
                numbers[call.closed] = len(numbers) + 1
                yield Begin(call.asked, at=call.decided_at), None
            if isinstance(record, Called) and record.is_delayed:
                is_over = record.outcome == "cut off"
                yield None if is_over else Deliver(numbers[position], at=record.time), record
            elif isinstance(record, Wrote) and record.step is None:
                raise InputError(f"the trace does not say how `{record.message.id}` was written")
            else:
                yield record.step and evolve(record.step, at=record.time), record


def dump(trace: Trace) -> str:
    """The trace as JSON Lines: the same bytes for the same trace."""
    codec = Codec()
    head = asdict(trace.header)
    head = {"trace": head.pop("version"), **head}
    return "".join(dump_line(line) + "\n" for line in (head, *(codec.write_record(each) for each in trace.records)))


def load(path: Path) -> tuple[Trace, str | None]:
    """A saved trace, and what is wrong with its end if something is.

    A line that cannot be read ends the trace, for what follows rests on it: what is whole before it is kept,
    and the complaint names the line. Raises `InputError` if the header cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"`{path}` cannot be read: {error}") from None
    header = _read_header(path, lines[0])
    codec = Codec()
    state = State()
    records: list[Record] = []
    for number, line in enumerate(lines[1:], start=2):
        if not line and number == len(lines):
            break
        try:
            record = codec.read_record(_table(line))
            _follow(state, record)
            records.append(record)
        except InputError as error:
            kept = f"line {number} of `{path}` is not whole ({error}); the {len(records)} records before it are kept"
            return Trace(header, tuple(records)), kept
    return Trace(header, tuple(records)), None


def _read_header(path: Path, line: str) -> Header:
    try:
        plain = _table(line)
    except InputError as error:
        raise InputError(f"line 1 of `{path}` is no header of a trace: {error}") from None
    if (version := plain.pop("trace", None)) not in (1, FORMAT):
        raise InputError(f"line 1 of `{path}` says trace version `{version}`; this Permiscope reads 1 and {FORMAT}")
    try:
        header: Header = Codec().read({**plain, "version": version}, Header)
    except InputError as error:
        raise InputError(f"line 1 of `{path}` is no header of a trace: {error}") from None
    if sha256(header.text.encode("utf-8", "surrogatepass")).hexdigest() != header.hash:
        raise InputError(f"line 1 of `{path}`: the policy's text does not have the hash that is given with it")
    return header


def _follow(state: State, record: Record) -> None:
    """Apply a record that was read. Raises `InputError` if it cannot follow those before it."""
    if isinstance(record, Called) and not record.opened <= record.closed == state.position:
        raise InputError(f"it is the record {state.position}, and says that it is {record.closed}")
    if isinstance(record, Wrote) and record.step is not None and record.step.person != record.message.author:
        raise InputError(f"`{record.step.person}` took its step, and `{record.message.author}` wrote its message")
    match record:
        case Wrote(message=message) | Called(sent=Message() as message):
            named = {segment.source for segment in message.segments} | {message.in_reply_to or message.id}
            if unknown := sorted(named - state.messages.keys() - {message.id}):
                raise InputError(f"it names `{unknown[0]}`, which nobody wrote before")
        case Called(operation=operation, outcome="shown" | "done", target=target) if NAMED_BY[operation] == "message":
            if target not in state.messages:
                raise InputError(f"it is about `{target}`, which nobody wrote before")
        case Labelled(message=name) | Moved(message=name) | Session(message=name):
            if name not in state.messages:
                raise InputError(f"it is about `{name}`, which nobody wrote before")
        case Edited(message=message):
            if message.id not in state.messages:
                raise InputError(f"it edits `{message.id}`, which nobody wrote before")
        case _:
            pass
    try:
        apply(state, record)
    except (KeyError, ValueError):
        raise InputError("it takes away what is not there") from None


def _table(line: str) -> Plain:
    try:
        plain = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError("it is no JSON") from None
    if not isinstance(plain, dict):
        raise InputError("it is no JSON object")
    return plain
