"""What of a history that breaks a rule is needed for it? Delta debugging, on names that stay.

Left to itself `m3` means the third message, whichever that is once an earlier one was dropped. So a message, a thread
or a call in flight is known here by the step that made it: a step that is dropped takes those with it that speak of
what it made, and what is left speaks of what it always did. Names are given anew when a candidate is played.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from attrs import NOTHING, define, evolve, field, frozen

from permiscope.engine.actions import enumerate_moves
from permiscope.engine.moves import Moves
from permiscope.engine.space import APPS, PEOPLE
from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import Monitor, Tally
from permiscope.model.errors import InputError
from permiscope.model.steps import Begin, Call, Compose, Consent, Deliver, History, Step, Writing
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService

Name = str | int
SPOKEN_OF = {"message": 0, "quote": 0, "thread": 1, "begun": 2, "attachment": 3}
"""The attributes of steps that hold a name, and of which of the things that steps make (`_things`)."""

CAST = ("person", "owner", "member", "to", "app", "via", "links", "mentions", "about")
"""The attributes of steps that hold people and apps."""


@frozen
class Deed:
    """A step as it was first taken, when, and for each kind of thing the names of those that it made then.

    What is `unmade` it spoke of although nobody had made it, as an app may that asks for a message that is none.
    """

    step: Step
    clock: float
    made: tuple[tuple[Name, ...], ...]
    unmade: tuple[Name, ...] = ()


Plan = tuple[Deed, ...]
NONE = (0,) * len(set(SPOKEN_OF.values()))


@frozen
class Trial:
    """What a history is tried for: whether it breaks an invariant of a service."""

    service: Service
    invariant: Invariant
    apps: tuple[str, ...] = APPS
    people: tuple[str, ...] = PEOPLE

    def start(self) -> tuple[MessagingService, Tally]:
        """A new messaging service, and the count of what it did to the invariant."""
        monitor = Monitor([self.invariant])
        return MessagingService(self.service, self.people, self.apps, (monitor.observe,)), monitor.tallies[0]

    def plan(self, history: Iterable[Step]) -> Plan:
        """The steps of a history up to the one that breaks, each with what it made; none if nothing does."""
        messaging, tally = self.start()
        deeds = []
        known: set[Name] = set()
        for step in history:
            before, clock = _counts(messaging), messaging.clock
            messaging.do(step)
            unmade = [name for _, name in _values(step, SPOKEN_OF) if name is not None and name not in known]
            deeds.append(Deed(step, clock, _made(messaging, before), tuple(unmade)))
            known.update(*deeds[-1].made)
            if tally.broken:
                return tuple(deeds)
        return ()

    def play(self, plan: Iterable[Deed]) -> "Performance":
        """Play what can be played of a plan, up to the break."""
        performance = Performance(*self.start())
        for deed in plan:
            if performance.take(deed) and performance.tally.broken:
                break
        return performance


@define
class Performance:
    """A plan that is being played: the deeds that took place, the same as a history, and what names mean now."""

    messaging: MessagingService
    tally: Tally
    deeds: list[Deed] = field(factory=list)
    steps: list[Step] = field(factory=list)
    names: dict[Name, Name] = field(factory=dict)
    counts: tuple[int, ...] = NONE

    def take(self, deed: Deed) -> bool:
        """Take a step if it can be taken: it speaks only of what was made, and is possible."""
        messaging, names, before = self.messaging, self.names, self.counts
        try:
            step = _timed(_renamed(deed.step, names, deed.unmade), messaging, deed.clock)
            messaging.do(step)
        except (KeyError, InputError):
            return False
        self.deeds.append(deed)
        self.steps.append(step)
        self.counts = _counts(messaging)
        if self.counts != before:
            for old, new in zip(deed.made, _made(messaging, before), strict=True):
                names.update(zip(old, new, strict=False))
        return True

    @property
    def broken(self) -> Plan:
        """What was played, if that broke the invariant; else nothing."""
        return tuple(self.deeds) if self.tally.broken else ()


def shrink(trial: Trial, history: Iterable[Step], moves: Moves) -> History:
    """A history that breaks the same invariant and of which no step can be left out; empty if `history` breaks nothing.

    It is made plainer too, and shorter where one step of `moves` does for two. That is as short as any break, nearly
    always: only the exhaustive search is sure.
    """
    plan = _drop(trial, trial.plan(history))
    candidates = _simpler(trial, plan, moves)
    while candidate := next(candidates, None):
        if (played := trial.play(candidate).broken) and _size(trial, played) < _size(trial, plan):
            plan = _drop(trial, played)
            candidates = _simpler(trial, plan, moves)
    return tuple(trial.play(plan).steps)


def _drop(trial: Trial, plan: Plan) -> Plan:
    """Leave out deeds, many at once where that does, until each one that is left is needed."""
    # What an app asked before rarely matters, and is the most of it.
    plan = trial.play([deed for deed in plan[:-1] if not isinstance(deed.step, Call)] + [*plan[-1:]]).broken or plan
    width = len(plan) // 2
    while width:
        before = len(plan)
        end = len(plan)
        while end > 0:
            plan = trial.play(plan[: max(end - width, 0)] + plan[end:]).broken or plan
            end = min(end - width, len(plan))
        if width > 1:
            width //= 2
        elif len(plan) == before:
            break
    return plan


def _simpler(trial: Trial, plan: Plan, moves: Moves) -> Iterator[list[Deed]]:
    """Plans that say less, some of which may still break: fewer people and apps, plainer steps, two steps in one."""
    cast = {name for deed in plan for name in _cast(deed.step)}
    for names in (trial.people, trial.apps):
        for place, name in reversed([*enumerate(names)]):
            for other in names[:place] if name in cast else ():
                yield [evolve(deed, step=_recast(deed.step, name, other)) for deed in plan]
                # Perhaps it is enough if the app keeps to one mailbox, though both write.
                yield [
                    deed if isinstance(deed.step, Writing) else evolve(deed, step=_recast(deed.step, name, other))
                    for deed in plan
                ]
    for place, deed in enumerate(plan):
        before, after = plan[:place], plan[place + 1 :]
        for step in _plainer(deed.step):
            yield [*before, evolve(deed, step=step), *after]
        if isinstance(deed.step, Begin):
            # What was in flight is asked when it would have been delivered.
            for number in deed.made[SPOKEN_OF["begun"]]:
                asked = evolve(deed, step=deed.step.call)
                yield [*before, *[asked if late.step == Deliver(int(number)) else late for late in after]]
    for place in range(len(plan)):
        yield from _two_in_one(trial, plan, place, moves)


def _two_in_one(trial: Trial, plan: Plan, place: int, moves: Moves) -> Iterator[list[Deed]]:
    """Plans without a deed, in which another step does for it and for the first one that spoke of what it made.

    If none did, it does for another deed of the same kind: of two messages that each did half, one may do all.
    """
    gone, rest = plan[place], plan[:place] + plan[place + 1 :]
    cast = {name for deed in plan for name in _cast(deed.step)}
    performance = trial.play(plan[:place])
    lost = [each for each in range(place, len(rest)) if not performance.take(rest[each])][:1]
    for each in lost or [each for each, deed in enumerate(rest) if type(deed.step) is type(gone.step)]:
        before, other, after = rest[:each], rest[each], rest[each + 1 :]
        performance = trial.play(before)
        olds = {new: old for old, new in performance.names.items()}
        made = tuple([own or others for own, others in zip(other.made, gone.made, strict=True)])
        for step in enumerate_moves(performance.messaging, moves):
            if isinstance(step, Call) is isinstance(other.step, Call) and cast.issuperset(_cast(step)):
                # What was made by the way and never spoken of has no name that stays.
                with suppress(KeyError):
                    yield [*before, Deed(_renamed(step, olds), performance.messaging.clock, made), *after]


def _size(trial: Trial, plan: Plan) -> tuple[int, int, int]:
    """How long and how far from plain a plan is: its steps, its cast (later ones weigh more), what its steps set."""
    cast = {name for deed in plan for name in _cast(deed.step)}
    weights = [1 << names.index(name) for names in (trial.people, trial.apps) for name in names if name in cast]
    return len(plan), sum(weights), sum(len(_set(deed.step)) for deed in plan)


def _plainer(step: Step) -> Iterator[Step]:
    """The step with one attribute less."""
    for name, default in _set(step):
        yield _with(step, {name: default})


def _cast(step: Step) -> Iterator[str]:
    """The people and apps in a step."""
    for _, value in _values(step, CAST):
        yield from (value,) if isinstance(value, str) else value or ()


def _recast(step: Step, name: str, other: str) -> Step:
    """The step with another person or app in one's place."""
    changes: dict[str, object] = {}
    for attribute, value in _values(step, CAST):
        if value == name:
            changes[attribute] = other
        elif value and not isinstance(value, str):
            changes[attribute] = tuple(dict.fromkeys(other if each == name else each for each in value))
    return _with(step, changes)


def _timed(step: Step, messaging: MessagingService, clock: float) -> Step:
    """The step, taken now and not at a clock that was: what runs out does so as much later, files have new names."""
    if isinstance(step, Consent) and step.until is not None and messaging.clock != clock:
        return evolve(step, until=step.until + messaging.clock - clock)
    if isinstance(step, Compose) and step.attachments:
        number = len(messaging.state.messages) + 1
        further = [f"a{number}-{place}" for place in range(2, len(step.attachments) + 1)]
        return evolve(step, attachments=(f"a{number}", *further))
    return step


def _renamed(step: Step, names: Mapping[Name, Name], unmade: Collection[Name] = ()) -> Step:
    """The step with the names that things have now. Raises `KeyError` if it speaks of one that is gone."""
    changes = {
        attribute: names[name]
        for attribute, name in _values(step, SPOKEN_OF)
        if name is not None and name not in unmade and names[name] != name
    }
    return _with(step, changes) if changes else step


def _set(step: Step) -> list[tuple[str, object]]:
    """The attributes that a step could do without, with what they would be then; its text is in nobody's way."""
    core = _core(step)
    options = [each for each in core.__attrs_attrs__ if each.default is not NOTHING and each.name != "text"]
    return [(each.name, each.default) for each in options if getattr(core, each.name) != each.default]


def _values(step: Step, attributes: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Those of the attributes that the step has, with their values."""
    core = _core(step)
    for each in core.__attrs_attrs__:
        if each.name in attributes:
            yield each.name, getattr(core, each.name)


def _core(step: Step) -> Any:  # noqa: ANN401  # whichever step it is: what follows goes by names of attributes
    """What a step does: of a call that begins, the call."""
    return step.call if isinstance(step, Begin) else step


def _with(step: Step, changes: Mapping[str, object]) -> Step:
    """The step, doing something a little different."""
    changed: Any = evolve(_core(step), **changes)
    return evolve(step, call=changed) if isinstance(step, Begin) else changed


def _things(messaging: MessagingService) -> tuple[Collection[Name], ...]:
    """The names of messages (drafts are such), threads, calls in flight and attachments, oldest first."""
    state = messaging.state
    return state.messages, state.threads, range(1, len(messaging.begun) + 1), state.attachments


def _counts(messaging: MessagingService) -> tuple[int, ...]:
    """How many there are of each thing that has a name."""
    state = messaging.state
    return len(state.messages), len(state.threads), len(messaging.begun), len(state.attachments)


def _made(messaging: MessagingService, before: Sequence[int]) -> tuple[tuple[Name, ...], ...]:
    """The names of what was made since."""
    return tuple([tuple(names)[count:] for names, count in zip(_things(messaging), before, strict=True)])
