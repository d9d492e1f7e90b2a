"""Can the app tell two days apart that differ only in what it may not know? A relation between two runs.

No monitor of one run can express it. What lies outside a reading in the whole of one run is *high*; a variation
changes that and nothing else, and whatever the app then observes otherwise, it knows of what it may not. *Strict*
counts all of it; *up to release* leaves out what a person passed on themself, by quoting, pasting or forwarding.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import takewhile, zip_longest
from typing import Literal, get_args

from attrs import evolve, fields_dict, frozen

from permiscope.judge.invariants import Invariant, parse_invariant
from permiscope.model.access import Grade, Observation
from permiscope.model.errors import InputError
from permiscope.model.extents import EVERYTHING, Extent, parse_extent
from permiscope.model.mail import Message, Segment
from permiscope.model.records import Called, Handed, Record
from permiscope.model.state import State, apply

Lens = Literal["I20", "I21", "I22", "I23"]
"""What is varied and looked at: bodies; whether there is a message; its subject and time; presence again, for the time
that answers take. Who wrote a message and to whom is not varied: they could not go on as they did.
"""

LENSES: tuple[Lens, ...] = get_args(Lens)
VARIED: dict[Lens, str] = {"I20": "body", "I21": "presence", "I22": "metadata", "I23": "presence"}
SENTENCES: dict[Lens, str] = {
    "I20": 'Nothing that the app observes depends on the text of a message outside "{}".',
    "I21": 'Nothing that the app observes depends on whether there is a message outside "{}".',
    "I22": 'Nothing that the app observes depends on subject or time of a message outside "{}".',
    "I23": 'No time that the app can take depends on a message outside "{}".',
}

Timing = Literal["order", "quantised", "exact"]
"""How finely the app can take times: not at all, in steps of `QUANTUM`, or exactly (virtual time)."""

QUANTUM = 0.01
"""Virtual seconds."""
TAKEN: dict[Timing, str] = {
    "order": " It takes no times, only what comes first.",
    "quantised": f" It takes times in steps of {QUANTUM:g} s.",
    "exact": "",
}

OTHER_TEXT = "Nobody told me yet."
OTHER_SUBJECT = "My results came."
LATER = 0.5
"""What a high message says, and is called, in the second run, and how much later it is from (virtual seconds)."""


@frozen
class Noninterference:
    """A rule that needs two runs: nothing observed at this lens depends on what lies outside a reading."""

    lens: Lens
    reading: Extent
    released: bool = False
    timing: Timing = "exact"

    @property
    def name(self) -> str:
        """As a formula writes it."""
        timing = "" if self.timing == "exact" else f"/{self.timing}"
        return f"{self.lens}:{self.reading.name}{'/released' if self.released else ''}{timing}"

    @property
    def sentence(self) -> str:
        """The rule in words."""
        but = " But for what people passed on." if self.released else ""
        return f"{SENTENCES[self.lens].format(self.reading.name)}{but}{TAKEN[self.timing]}"


def parse_noninterference(text: str) -> Noninterference | None:
    """The rule that `I20:reply`, `I20:reply/released` or `I23:reply/quantised` stands for; None for another one.

    Raises `InputError` if its reading is none.
    """
    family, _, rest = text.partition(":")
    for lens in LENSES:
        if family != lens:
            continue
        reading, *options = rest.split("/")
        extent = parse_extent(reading) if reading else EVERYTHING
        rule = Noninterference(lens, extent, "released" in options, _timing(options))
        if not reading or rule.name != "/".join([f"{lens}:{extent.name}", *options]):
            also = " or `I23:reply/quantised` or `I23:reply/order`" if lens == "I23" else ""
            raise InputError(f"`{text}` is no rule of two runs; write `{lens}:reply` or `{lens}:reply/released`{also}")
        return rule
    return None


def _timing(options: Collection[str]) -> Timing:
    return next((timing for timing in TAKEN if timing in options), "exact")


def high(records: Iterable[Record], app: str, rule: Noninterference) -> frozenset[str]:
    """What is high in a run, from its records alone."""
    state, outside = State(), Outside(app, rule)
    for record in records:
        apply(state, record)
        outside.observe(state, record)
    return outside.high()


class Outside:
    """Finds the messages that are outside the reading at all times, for everybody who ever grants the app something.

    A message that a growing reading takes in later is not among them, nor one that an app sent: nobody else writes it,
    so that it cannot be varied. `observe` is the observer of all records.
    """

    def __init__(self, app: str, rule: Noninterference) -> None:
        self._app = app
        self._rule = rule
        self._low: set[str] = set()
        self._of_apps: set[str] = set()
        self._state = State()

    def observe(self, state: State, record: Record) -> None:
        """Note which messages are inside now."""
        self._state = state
        if isinstance(record, Called):
            if record.outcome != "done":
                return  # nothing is otherwise than before
            if record.sent is not None:
                self._of_apps.add(record.sent.id)
        app, holds, low = self._app, self._rule.reading.holds, self._low
        owners = [user for granted, user in state.windows if granted == app]
        for owner in owners:
            for name, message in state.messages.items():
                if name not in low and holds(message, app, owner, state):
                    low.add(name)

    def high(self) -> frozenset[str]:
        """The messages that never were."""
        messages = self._state.messages
        found = messages.keys() - self._low - self._of_apps
        if self._rule.released:
            for name in self._low - self._of_apps:
                found -= {segment.source for segment in messages[name].segments if segment.source != name}
        return frozenset(found)


def variation(rule: Noninterference, names: Collection[str]) -> Callable[[Message], Message]:
    """What becomes of the named messages in the second run; all others stay as they were written."""
    match VARIED[rule.lens]:
        case "body":
            return lambda message: _reworded(message, names)
        case "metadata":
            return lambda message: _relabelled(message, names)
        case _:
            return lambda message: _absent(message, names)


def _reworded(message: Message, names: Collection[str]) -> Message:
    """The message, with other words for what was first written in one of the messages, wherever it is."""
    if not any(segment.source in names for segment in message.segments):
        return message
    segments = [Segment(OTHER_TEXT, each.source) if each.source in names else each for each in message.segments]
    return evolve(message, segments=tuple(segments))


def _relabelled(message: Message, names: Collection[str]) -> Message:
    """The message, under another subject and from another time, if it is one of them."""
    return evolve(message, subject=OTHER_SUBJECT, time=message.time + LATER) if message.id in names else message


def _absent(message: Message, names: Collection[str]) -> Message:
    """The message, without what it has of messages that were never sent; itself one of them as a placeholder."""
    if not any(segment.source in names for segment in message.segments):
        return message
    kept = tuple(
        [segment for segment in message.segments if segment.source not in names or segment.source == message.id]
    )
    message = evolve(message, segments=kept)
    if message.id not in names:
        return message
    nothing = (Segment("", message.id),)
    return evolve(message, segments=nothing, via=None, links=(), mentions=(), about=(), attachments=(), absent=True)


Rule = Invariant | Noninterference
"""What one run is judged by, or two."""


def parse_rule(text: str) -> Rule:
    """The rule that `I5:reply` or `I20:reply` stands for. Raises `InputError` when there is none."""
    return parse_noninterference(text) or parse_invariant(text)


Seen = tuple[object, ...]


def observed(record: Called | Handed, rule: Noninterference) -> Seen:
    """What the app observes of a record that crosses its boundary. Positions do not."""
    if isinstance(record, Handed) and rule.lens == "I23":
        return "handed", record.owner, _taken(record.time, rule.timing)
    if isinstance(record, Handed):
        return "handed", record.owner, Observation(), Grade.BODY, tuple(map(_visible, record.messages))
    if rule.lens == "I23":
        times = record.decided_at, record.time, record.observation.latency
        return record.operation, record.owner, *(_taken(time, rule.timing) for time in times)
    told = evolve(record.observation, latency=0.0)
    return record.operation, record.owner, told, record.grade, tuple(map(_visible, record.shown))


def _taken(time: float, timing: Timing) -> float:
    match timing:
        case "exact":
            return time
        case "quantised":
            return round(time / QUANTUM) * QUANTUM
        case "order":
            return 0.0


def _visible(message: Message) -> Message:
    return evolve(message, position=0)


WIDTH = 40
"""So much of a value is told."""
BEFORE = 10
"""So much of it comes before what differs, where all of it is too long."""


@frozen
class Divergence:
    """The first thing that the app observes in one run and not in the other.

    `call` counts the app's observations from 0, `field` says what of it differs, and `one` and `other` are its values.
    `culprit` is the high message that suffices to vary.
    """

    call: int
    field: str
    one: object
    other: object
    culprit: str = ""

    def infers(self, rule: Noninterference) -> str:
        """What the app can conclude, in a sentence."""
        what = {
            "body": f"what {self.culprit} says",
            "metadata": f"the subject or the time of {self.culprit}",
            "presence": f"whether there is {self.culprit}",
        }[VARIED[rule.lens]]
        one, other = _shortened(_plain(self.one), _plain(self.other))
        return f"From the {self.field} ({one} against {other}) the app can tell {what}."


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _shortened(one: str, other: str) -> tuple[str, str]:
    """Two texts that differ, as far as there is room for them, from shortly before the place where they do."""
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    start = max(alike - BEFORE, 0) if max(len(one), len(other)) > WIDTH else 0

    def cut(text: str) -> str:
        rest = f"...{text[start:]}" if start else text
        return rest if len(rest) <= WIDTH else f"{rest[: WIDTH - 3]}..."

    return cut(one) or "nothing", cut(other) or "nothing"


def compare(one: Iterable[Record], other: Iterable[Record], app: str, rule: Noninterference) -> Divergence | None:
    """The first observation that differs between two runs; None if the app cannot tell them apart."""
    for number, (left, right) in enumerate(zip_longest(crossing(one, app), crossing(other, app))):
        # Mostly the two are equal in all that is recorded, and so in what of it crosses the boundary.
        if left == right:
            continue
        seen = None if left is None else observed(left, rule)
        instead = None if right is None else observed(right, rule)
        if seen != instead:
            return Divergence(number, *_difference(seen, instead))
    return None


def crossing(records: Iterable[Record], app: str) -> Iterator[Called | Handed]:
    """The records of which something crosses the app's boundary."""
    for record in records:
        if (isinstance(record, Called) and record.app == app) or (isinstance(record, Handed) and record.to == app):
            yield record


def _difference(one: Seen | None, other: Seen | None) -> tuple[str, object, object]:
    """Which field differs, and its two values."""
    if one is None or other is None:
        return "arrival", "something" if one else "nothing", "something" if other else "nothing"
    for left, right in zip(one, other, strict=True):
        if left == right:
            continue
        if isinstance(left, Observation) and isinstance(right, Observation):
            for name in fields_dict(Observation):
                if getattr(left, name) != getattr(right, name):
                    return name, getattr(left, name), getattr(right, name)
        if isinstance(left, tuple) and isinstance(right, tuple):
            return _message_difference(left, right)
        return "time" if isinstance(left, float) else "answer", left, right
    raise AssertionError("two observations that differ differ in something")


def _message_difference(one: tuple[Message, ...], other: tuple[Message, ...]) -> tuple[str, object, object]:
    names = [message.id for message in one], [message.id for message in other]
    if names[0] != names[1]:
        return "messages", ", ".join(names[0]) or "none", ", ".join(names[1]) or "none"
    for left, right in zip(one, other, strict=True):
        for name in fields_dict(Message):
            if getattr(left, name) != getattr(right, name):
                if name == "segments":
                    return "text", left.body, right.body
                return name, getattr(left, name), getattr(right, name)
    raise AssertionError("two answers that differ differ in a message")
