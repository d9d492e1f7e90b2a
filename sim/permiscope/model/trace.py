"""What is remembered of a run: a versioned header, then a record a line (JSON Lines)."""

import json
from hashlib import sha256
from pathlib import Path

from attrs import asdict, frozen

from permiscope.model.codec import Codec, Plain, dump_line
from permiscope.model.errors import InputError
from permiscope.model.mail import Message
from permiscope.model.records import Called, Edited, Labelled, Moved, Record, Session, Wrote
from permiscope.model.state import State, apply

FORMAT = 1

OF_A_MESSAGE = frozenset({"get", "metadata", "forward", "delete", "trash", "undelete", "label", "push"})
"""The operations whose target is a message."""


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


def dump(trace: Trace) -> str:
    """The trace as JSON Lines: the same bytes for the same trace."""
    codec = Codec()
    head = {"trace": FORMAT, **asdict(trace.header)}
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
    if (version := plain.pop("trace", None)) != FORMAT:
        raise InputError(f"line 1 of `{path}` says trace version `{version}`; this Permiscope reads version {FORMAT}")
    try:
        header: Header = Codec().read(plain, Header)
    except InputError as error:
        raise InputError(f"line 1 of `{path}` is no header of a trace: {error}") from None
    if sha256(header.text.encode("utf-8", "surrogatepass")).hexdigest() != header.hash:
        raise InputError(f"line 1 of `{path}`: the policy's text does not have the hash that is given with it")
    return header


def _follow(state: State, record: Record) -> None:
    """Apply a record that was read. Raises `InputError` if it cannot follow those before it."""
    match record:
        case Wrote(message=message) | Called(sent=Message() as message):
            named = {segment.source for segment in message.segments} | {message.in_reply_to or message.id}
            if unknown := sorted(named - state.messages.keys() - {message.id}):
                raise InputError(f"it names `{unknown[0]}`, which nobody wrote before")
        case Called(operation=operation, outcome="shown" | "done", target=target) if operation in OF_A_MESSAGE:
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
