"""What do people do, and when? Open-loop scripts, and traffic that is drawn.

A person is a sequence of acts, with times that are fixed before anything happens: nothing that they read, and
no secret, changes when they act or what they draw. Only the message that an answer is given to is looked up
when the time comes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from heapq import merge
from itertools import takewhile
from random import Random
from typing import NamedTuple

from attrs import field, frozen

from permiscope.model.errors import InputError
from permiscope.model.mail import Message
from permiscope.model.state import State
from permiscope.model.steps import Compose, Consent, Label, Reply, Revoke
from permiscope.model.streams import DAY, Streams, exponential, pick, stream

Deed = Compose | Reply | Label | Consent | Revoke
"""A step that a person takes."""

PRIVATE = (
    "My results came. Keep it quiet.",
    "I handed in my notice today. Nobody knows yet.",
    "The bank said no. Please do not tell Mother.",
    "We are moving apart. I will explain on Sunday.",
    "I saw the doctor again. It is what we feared.",
)
ANSWERS = (
    "Thank you for telling me. Come by tonight.",
    "Between us: I thought so.",
    "I am so sorry. Call me when you can.",
    "I had no idea. Does your brother know?",
)
RECOMMENDATIONS = (
    "I think you would like this film.",
    "This record is for your long drives.",
    "Start with the second season. Trust me.",
    "They made the book into a series after all.",
)


class Act(NamedTuple):
    """What a person does at a time (virtual seconds), in whatever state that finds the mail."""

    at: float
    deed: Callable[[State], Deed]


Person = Callable[[Streams], Iterator[Act]]
"""A person's acts in the order of their times, perhaps without end, from the person's own random streams."""


def idle(streams: Streams) -> Iterator[Act]:
    """Somebody who does nothing, but can be written to."""
    return iter(())


def script(*deeds: Deed) -> Person:
    """Somebody who takes these steps at their times. Raises `InputError` for one that has none."""
    acts = []
    for deed in deeds:
        if deed.at is None:
            raise InputError(f"a step of a script needs a time; give `at` to {deed}")
        acts.append(Act(deed.at, partial(_regardless, deed)))
    acts.sort(key=_time)

    def person(streams: Streams) -> Iterator[Act]:
        return iter(acts)

    return person


def together(*people: Person) -> Person:
    """Somebody who does what each of these does."""
    return lambda streams: merge(*(person(streams) for person in people), key=_time)


@frozen
class Habits:
    """How somebody writes, and what they make of an app.

    `writes` has the messages a day in each conversation. Of these, the shares `via`, `replies` are composed via
    the app (in a new thread or in the last one, as likely) and answer what the other person wrote last; the rest
    open a thread. Of the answers, the share `quotes` carries some message of the mailbox along. `grants` is how
    often a day the person changes their mind about the app: grants it, then revokes, then grants again.
    """

    app: str
    writes: Mapping[str, float] = field(factory=dict)
    via: float = 0.2
    replies: float = 0.4
    quotes: float = 0.1
    grants: float = 0.0


def traffic(person: str, habits: Habits) -> Person:
    """Somebody who writes now and then, as their habits have it."""

    def acts(streams: Streams) -> Iterator[Act]:
        conversations = [_conversation(person, other, habits, streams(f"to {other}")) for other in habits.writes]
        return merge(*conversations, _changes_of_mind(person, habits, streams("grants")), key=_time)

    return acts


def circle(people: Iterable[str], app: str, writes: float = 10.0, **habits: float) -> dict[str, Person]:
    """People who all write to each other, `writes` messages a day in each direction, with the same habits."""
    names = tuple(people)
    return {
        name: traffic(name, Habits(app, {other: writes for other in names if other != name}, **habits))
        for name in names
    }


class Click(NamedTuple):
    """Somebody clicks "recommend" in an app: it is asked to write to `to` for them."""

    at: float
    owner: str
    to: str


def clicks(seed: int, person: str, to: Mapping[str, float], until: float = DAY) -> tuple[Click, ...]:
    """When somebody clicks: a day's rate for each person that something is recommended to, up to a time."""
    made: list[Click] = []
    for other, rate in to.items():
        times = _times(stream(seed, person, f"clicks for {other}"), rate)
        made += [Click(at, person, other) for at in takewhile(lambda at: at < until, times)]
    return tuple(sorted(made))


def _regardless(deed: Deed, state: State) -> Deed:
    return deed


def _time(act: Act) -> float:
    return act.at


def _times(random: Random, rate: float) -> Iterator[float]:
    """The times of events that happen `rate` times a day; without end, but for what never happens."""
    gap = exponential(DAY / rate) if rate else None
    at = 0.0
    while gap:
        at += gap(random)
        yield at


def _conversation(person: str, other: str, habits: Habits, random: Random) -> Iterator[Act]:
    for at in _times(random, habits.writes[other]):
        # Always three draws, needed or not: what is in the mailbox must not move the later ones.
        kind, which, words = random.random(), random.random(), random.random()
        yield Act(at, partial(_write, person, other, habits, kind, which, words))


def _write(person: str, other: str, habits: Habits, kind: float, which: float, words: float, state: State) -> Deed:
    """The next message of a conversation."""
    last = _last_from(other, state, person)
    if kind < habits.via:
        text = pick(RECOMMENDATIONS, words)
        if last and which < 1 / 2:
            return Compose(person, thread=last.thread, via=habits.app, text=text)
        return Compose(person, (other,), via=habits.app, text=text)
    if last and kind < habits.via + habits.replies:
        quote = pick([*_held(state, person)][::-1], which / habits.quotes).id if which < habits.quotes else None
        return Reply(person, last.id, quote, text=pick(ANSWERS, words))
    return Compose(person, (other,), text=pick(PRIVATE, words))


def _last_from(other: str, state: State, person: str) -> Message | None:
    """What somebody last heard of another, as far as they still hold it."""
    return next((message for message in _held(state, person) if message.author == other), None)


def _held(state: State, person: str) -> Iterator[Message]:
    """What somebody has in their mailbox, newest first; in the second run of a pair also what is not there."""
    return (message for message in reversed(state.written()) if state.would_hold(person, message))


def _changes_of_mind(person: str, habits: Habits, random: Random) -> Iterator[Act]:
    for at in _times(random, habits.grants):
        yield Act(at, partial(_change, person, habits.app, at))


def _change(person: str, app: str, at: float, state: State) -> Deed:
    return Revoke(person, app) if state.window(app, person, state.position, at) else Consent(person, app)
