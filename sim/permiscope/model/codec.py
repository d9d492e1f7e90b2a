"""How are steps and records written as plain data, and read again?

Plain data means what JSON and TOML have in common. Each step and record carries its kind; what has its default
value is left out; a key that does not belong is an error. Apart from the values, for cattrs takes a while to
load and most of Permiscope never writes a file.
"""

import json
import tomllib
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any, Literal, get_args

from attrs import evolve, fields_dict
from cattrs import Converter
from cattrs.errors import AttributeValidationNote, ForbiddenExtraKeysError, IterableValidationNote
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from permiscope.model import records, steps
from permiscope.model.access import NAMED_BY, Grade
from permiscope.model.errors import InputError
from permiscope.model.extents import Extent, parse_extent
from permiscope.model.mail import Message, Segment
from permiscope.model.records import Called, Record
from permiscope.model.steps import Call, Sending, Step

SMALL = 400
"""Letters of a table that can be told in an error, such as a step's."""
Plain = dict[str, Any]  # what JSON and TOML can hold: a narrower type would help nobody

STEPS: Mapping[type, str] = {
    steps.Compose: "compose",
    steps.SendDraft: "send-draft",
    steps.Forward: "forward",
    steps.Reply: "reply",
    steps.Edit: "edit",
    steps.Label: "label",
    steps.Trash: "trash",
    steps.Restore: "restore",
    steps.Add: "add",
    steps.Remove: "remove",
    steps.Open: "open",
    steps.Close: "close",
    steps.Consent: "grant",
    steps.Revoke: "revoke",
    Call: "call",
    steps.Begin: "begin",
    steps.Deliver: "deliver",
    steps.Hand: "hand",
    steps.Forget: "forget",
}
RECORDS: Mapping[type, str] = {
    records.Wrote: "wrote",
    records.Edited: "edited",
    records.Moved: "moved",
    records.Membership: "membership",
    records.Session: "session",
    records.Labelled: "labelled",
    records.Granted: "granted",
    records.Revoked: "revoked",
    Called: "called",
    records.Handed: "handed",
    records.Forgot: "forgot",
}
OF_CALL = frozenset(fields_dict(Call)) - {"at"}
"""The keys of a call's record that are the call's; its time is the record's."""


class Codec:
    """Writes and reads steps and records.

    A record names the messages that it showed; to read it, the codec remembers the messages that it has read,
    so a trace is read from its beginning by one codec.
    """

    def __init__(self) -> None:
        self._messages: dict[str, Message] = {}
        self._converter = converter = Converter(forbid_extra_keys=True, omit_if_default=True)
        for node in get_args(Extent):
            converter.register_unstructure_hook(node, lambda extent: extent.name)
        for kind in (Extent, Extent | None):
            converter.register_structure_hook(kind, lambda name, _: parse_extent(name))
        converter.register_unstructure_hook(Grade, lambda grade: grade.name.lower())
        converter.register_structure_hook(Grade, _grade)
        converter.register_structure_hook(str, _text)
        converter.register_structure_hook(bool, _truth)
        converter.register_structure_hook(int, _whole)
        converter.register_structure_hook(float, _number)
        converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], _texts)
        converter.register_structure_hook_func(lambda kind: getattr(kind, "__origin__", None) is Literal, _one_of)
        called: Any = make_dict_unstructure_fn(
            Called,
            converter,
            _cattrs_omit_if_default=True,
            shown=override(unstruct_hook=self._write_shown),
            pending=override(omit=True),
        )
        converter.register_unstructure_hook(Called, lambda record: _with_call_spread(called(record)))
        read_called: Any = make_dict_structure_fn(
            Called,
            converter,
            _cattrs_forbid_extra_keys=True,
            shown=override(struct_hook=self._read_shown),
            pending=override(omit=True),
        )
        converter.register_structure_hook(Called, lambda plain, kind: read_called(_with_call_apart(plain), kind))
        step = override(unstruct_hook=self.write_step, struct_hook=self._read_sending)
        converter.register_unstructure_hook(
            records.Wrote, make_dict_unstructure_fn(records.Wrote, converter, _cattrs_omit_if_default=True, step=step)
        )
        converter.register_structure_hook(
            records.Wrote, make_dict_structure_fn(records.Wrote, converter, _cattrs_forbid_extra_keys=True, step=step)
        )

    def write_step(self, step: Step) -> Plain:
        """A step as plain data."""
        return {"do": STEPS[type(step)], **_plain(self._converter.unstructure(step))}

    def write_record(self, record: Record) -> Plain:
        """A record as plain data."""
        self._remember(record)
        return {"kind": RECORDS[type(record)], **_plain(self._converter.unstructure(record))}

    def write(self, value: object) -> Plain:
        """Any other value that is made of the model's, as plain data."""
        return {**_plain(self._converter.unstructure(value))}

    def read_step(self, plain: object) -> Step:
        """The step that the data stands for. Raises `InputError`, in one line, if it is none."""
        step: Step = self._read_one_of(STEPS, "do", plain)
        return step

    def _read_sending(self, plain: object, _: object) -> Sending:
        step = self.read_step(plain)
        if not isinstance(step, Sending):
            raise InputError(f"`{STEPS[type(step)]}` writes no message")
        return step

    def read_record(self, plain: object) -> Record:
        """The next record of a trace. Raises `InputError`, in one line, if the data is none."""
        if isinstance(plain, dict) and "sent" in plain:
            # What an app forwards to itself is sent and shown at once.
            sent: Message = self.read(plain["sent"], Message)
            self._messages[sent.id] = sent
        record: Record = self._read_one_of(RECORDS, "kind", plain)
        self._remember(record)
        return record

    def _remember(self, record: Record) -> None:
        match record:
            case records.Wrote(message=message) | records.Edited(message=message) | Called(sent=Message() as message):
                self._messages[message.id] = message
            case _:
                pass

    def read(self, plain: object, kind: Any) -> Any:
        """A value of any kind that cattrs knows. Raises `InputError`, in one line, if the data is none."""
        if not isinstance(plain, dict):
            raise InputError(f"`{plain}` is no table of keys and values")
        try:
            return self._converter.structure(plain, kind)
        except InputError:
            raise
        except Exception as error:
            cause, path = _innermost(error)
            reason, whole = _reason(cause), json.dumps(plain, default=str)
            # A small table is told whole; in a large one, where to look.
            if len(whole) <= SMALL:
                raise InputError(f"{reason} in `{whole}`") from None
            raise InputError(f"`{''.join(path)[1:]}`: {reason}" if path else reason) from None

    def _read_one_of(self, kinds: Mapping[type, str], tag: str, plain: object) -> Any:
        """A value of a union: the tag says of which kind."""
        if not isinstance(plain, dict) or tag not in plain:
            raise InputError(f"`{plain}` has no `{tag}`; use one of {', '.join(kinds.values())}")
        for kind, name in kinds.items():
            if name == plain[tag]:
                return self.read({key: value for key, value in plain.items() if key != tag}, kind)
        raise InputError(f"there is no `{tag}` that is `{plain[tag]}`; use one of {', '.join(kinds.values())}")

    def _write_shown(self, shown: tuple[Message, ...]) -> list[list[Any]]:
        """Which messages left, and the segments of them that did: by source, or in full if the text is another."""
        plain = []
        for message in shown:
            texts = self._texts(message.id)
            segments = [
                each.source if texts.get(each.source) == each.text else [each.source, each.text]
                for each in message.segments
            ]
            plain.append([message.id, segments])
        return plain

    def _read_shown(self, plain: list[tuple[str, list[str | list[str]]]], _: object) -> tuple[Message, ...]:
        shown = []
        for name, written in plain:
            if name not in self._messages:
                raise InputError(f"it shows `{name}`, which nobody wrote before")
            message, texts = self._messages[name], self._texts(name)
            segments = tuple(
                [
                    Segment(texts.get(each, ""), each) if isinstance(each, str) else Segment(each[1], each[0])
                    for each in written
                ]
            )
            shown.append(message if segments == message.segments else evolve(message, segments=segments))
        return tuple(shown)

    def _texts(self, name: str) -> dict[str, str]:
        """The segments of a message as it is now, by source; of two from one source the later is told in full."""
        message = self._messages.get(name)
        return {segment.source: segment.text for segment in reversed(message.segments)} if message else {}


def _with_call_spread(plain: Plain) -> Plain:
    """A call's record with what was asked beside what came of it."""
    return {**plain.pop("asked"), **plain}


def _with_call_apart(plain: Plain) -> Plain:
    """Put what was asked under `asked` again. Version 1 had one `target` for all calls."""
    rest = {key: value for key, value in plain.items() if key not in OF_CALL}
    call = {key: value for key, value in plain.items() if key in OF_CALL}
    if (target := rest.pop("target", None)) is not None:
        call[next((named for each, named in NAMED_BY.items() if named and each == call.get("operation")), "")] = target
    return {"asked": call, **rest}


def _text(value: object, _: object) -> str:
    """Text and nothing else: cattrs alone would take a number for its digits."""
    if not isinstance(value, str):
        raise TypeError(f"`{value}` is no text")
    return value


def _one_of(value: object, literal: object) -> object:
    """One of some words, which are named if it is another."""
    if value not in get_args(literal):
        raise ValueError(f"`{value}` is none of {', '.join(get_args(literal))}")
    return value


def _grade(value: object, _: object) -> Grade:
    """How much of a message; the words are named if it is another."""
    names = {grade.name.lower(): grade for grade in Grade}
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"`{value}` is none of {', '.join(names)}")
    return names[value]


def _truth(value: object, _: object) -> bool:
    """Yes or no and nothing else: cattrs alone would take any text for yes."""
    if not isinstance(value, bool):
        raise TypeError(f"`{value}` is neither true nor false")
    return value


def _whole(value: object, _: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"`{value}` is no whole number")
    return value


def _number(value: object, _: object) -> float:
    """A number that is one: neither infinite nor undefined."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
        raise TypeError(f"`{value}` is no number")
    return float(value)


def _texts(value: object, _: object) -> tuple[str, ...]:
    """A list of texts; cattrs alone would take one text for the list of its letters."""
    if not isinstance(value, list):
        raise TypeError(f"`{value}` is no list")
    return tuple(_text(each, str) for each in value)


def _plain(value: Any) -> Any:
    """Tuples as lists, as whoever reads JSON or TOML gets them."""
    match value:
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def _innermost(error: BaseException) -> tuple[BaseException, list[str]]:
    """The first thing that is wrong, and where it stands, from the outside in."""
    path: list[str] = []
    while True:
        for note in getattr(error, "__notes__", ()):
            match note:
                case AttributeValidationNote(name=name):
                    path.append(f".{name}")
                case IterableValidationNote(index=int(number)):
                    path.append(f"[{number}]")
                case IterableValidationNote(index=str(key)):
                    path.append(f'."{key}"' if "." in key else f".{key}")
                case _:
                    pass
        if not isinstance(error, BaseExceptionGroup):
            return error, path
        first, *_ = error.exceptions
        # A misspelt key is missing too, under its right name; what was typed is the better thing to say.
        error = next((each for each in error.exceptions if isinstance(each, ForbiddenExtraKeysError)), first)


def _reason(error: BaseException) -> str:
    """What is wrong, in a few words."""
    match error:
        case ForbiddenExtraKeysError(extra_fields=keys):
            return f"`{min(keys)}` is no key"
        case KeyError(args=(key, *_)):
            return f"the key `{key}` is missing"
        case _:
            return str(error)


def dump_line(plain: Plain) -> str:
    """One line of JSON, the same bytes each time."""
    return json.dumps(plain, separators=(",", ":"))


def read_toml(path: Path) -> Plain:
    """The tables of a TOML file. Raises `InputError` if it cannot be read or is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"there is no file `{path}`") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"`{path}` cannot be read as TOML: {error}") from None
