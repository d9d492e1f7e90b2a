"""Watch a policy while it is searched: note what it looks at, and ask it again where that could go unnoticed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import cycle, permutations, repeat
from typing import Protocol

from attrs import Factory, define, field, frozen

from permiscope.engine.space import PEOPLE, foreign_apps
from permiscope.engine.values import Values, reads_of_values
from permiscope.model.access import Decision, Request
from permiscope.model.reads import CLOCK, COUNTED, IDS, NAMES, PLACES, Looked, Read
from permiscope.model.views import Lens, seen_by
from permiscope.service.policies.conditions import Conditions, watch_conditions
from permiscope.service.policies.policy import FunctionPolicy, Parts, Policy, Sayings, permits, said_by

FIRST = 300
"""So many of the first questions are asked again in every way, and of later ones each `SAMPLE`-th."""
SAMPLE = 41
MANY = 20_000
"""After so many questions it is one in ten of those."""


ORDERS: tuple[Callable[[tuple[str, ...]], tuple[str, ...]], ...] = (
    lambda names: names[::-1],
    lambda names: names[1:] + names[:1],
    lambda names: names[1::-1] + names[2:],
)
"""Other orders of people: the other way round, the first one last, and the first two exchanged."""


def _every_second() -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """An order that is the other way round for every second list of people: so two of them are seen to be compared."""
    turned = cycle((False, True))
    return lambda names: names[::-1] if next(turned) else names


@frozen(eq=False)
class Followed:
    """A policy that is no function, asked in a way that notes its conditions."""

    name: str
    text: str
    decide: Callable[[Request], Decision]


@define(eq=False)
class Watched:
    """A policy that is shown its requests through views.

    What it looks at is noted in `looked`. Some questions are put to it again with people exchanged, with other ids and
    at another time; if it answers otherwise, it looked at these, however it did.
    """

    policy: Policy
    looked: Looked
    people: tuple[str, ...]
    asked: int = 0
    conditions: Conditions = field(init=False, factory=Conditions)
    original: Policy = field(init=False)
    plain: Lens = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.original = self.policy
        self.plain = Lens(self.looked)
        name, text, function = self.policy.name, self.policy.text, said_by(self.policy).function
        if function is not None:
            function, self.conditions = watch_conditions(function)
            self.policy = FunctionPolicy(name, text, function)
        else:
            decide, self.conditions = watch_conditions(self.policy.decide)
            self.policy = Followed(name, text, decide)

    @property
    def name(self) -> str:
        """The name of the policy."""
        return self.policy.name

    @property
    def text(self) -> str:
        """The text of the policy."""
        return self.policy.text

    def reset(self) -> None:
        """Forget which values there were of what."""
        self.conditions.reset()

    def unvaried(self, declared: Values) -> tuple[str, ...]:
        """Return what is to be said of all that had one value only, but for what values are declared of."""
        opaque = self.looked.opaque(reads_of_values(declared))
        if COUNTED in self.looked.reads:
            opaque += tuple([f"`{each}`, where there may be more to count" for each in self.conditions.computed])
        return (*self.conditions.unvaried(), *opaque, *_not_there(_absent_apps(foreign_apps(self.looked))))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Ask what no claim is about: what is looked at then matters to nothing, but which branch is taken does."""
        plain, self.plain, self.conditions.aside = self.plain, Lens(Looked()), True
        try:
            yield
        finally:
            self.plain, self.conditions.aside = plain, False

    def decide(self, request: Request) -> Decision:
        """Ask the policy, and note what it looks at."""
        if self.conditions.aside:
            return self.policy.decide(seen_by(self.plain, request))
        self.asked += 1
        if self.asked <= FIRST or self.asked % (SAMPLE if self.asked < MANY else SAMPLE * 10) == 0:
            self._ask_again(request)
        try:
            return self.policy.decide(seen_by(self.plain, request))
        finally:
            shown = self.plain.shown
            for text in shown:
                if not text.touched:  # by nothing that is seen: a regular expression, say
                    self.looked.look_inside(text.read, "something that cannot be watched")
            shown.clear()

    def _ask_again(self, request: Request) -> None:
        with self.conditions.overseen():
            answer = permits(self.policy, seen_by(self.plain, request))
        self.plain.shown.clear()
        self.conditions.watching = False
        if permits(self.original, request) != answer:
            self.looked.look_inside("request", "what tells a view from what it shows")
        for read, lens in self._lenses():
            if permits(self.policy, seen_by(lens, request)) != answer:
                self.looked.note(read)
        self.conditions.watching = True

    def _lenses(self) -> Iterator[tuple[Read, Lens]]:
        """Other ways to show the request, and what was looked at by who answers otherwise."""
        looked, reads = self.looked, self.looked.reads
        if NAMES not in reads:
            for order in ORDERS:
                yield NAMES, Lens(looked, order=order)
            for others in permutations(self.people):
                if others != self.people:
                    yield NAMES, Lens(looked, names=dict(zip(self.people, others, strict=True)))
            yield NAMES, Lens(looked, order=_every_second())
        if PLACES not in reads:
            yield PLACES, Lens(looked, turned=repeat(True))
            yield PLACES, Lens(looked, turned=cycle((False, True)))
        if "facts.messages" not in reads:
            yield "facts.messages", Lens(looked, backwards=True)
        if IDS not in reads:
            yield IDS, Lens(looked, fresh=True)
        if CLOCK not in reads:
            yield CLOCK, Lens(looked, later=1000.0)


class Watching(Policy, Protocol):
    """A policy that stands before another one, and notes what there was of what that looks at."""

    def reset(self) -> None:
        """Forget which values there were of what."""

    def unvaried(self, declared: Values) -> tuple[str, ...]:
        """Return what is to be said of all that had one value only, but for what values are declared of."""

    def aside(self) -> AbstractContextManager[None]:
        """Ask what no claim is about."""


@define(eq=False)
class Applied:
    """A policy of parts, as a Cedar text is, of which it is noted which were ever applied, and what operands were."""

    policy: Policy
    parts: Parts
    applied: set[str] = Factory(set)
    truths: set[tuple[int, bool]] = Factory(set)

    @property
    def name(self) -> str:
        """The name of the policy."""
        return self.policy.name

    @property
    def text(self) -> str:
        """The text of the policy."""
        return self.policy.text

    @property
    def says(self) -> Sayings:
        """What the policy says of itself."""
        return said_by(self.policy)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Ask what no claim is about."""
        yield

    def decide(self, request: Request) -> Decision:
        """Ask the policy, and note which parts decided."""
        decision = self.policy.decide(request)
        self.applied.update(decision.because)
        self.truths |= self.parts.truths(request)
        return decision

    def reset(self) -> None:
        """Forget which parts decided anything."""
        self.applied.clear()
        self.truths.clear()

    def unvaried(self, declared: Values) -> tuple[str, ...]:
        """Return what is to be said of each part that never decided anything, and of what had one value only."""
        never = [f"`{part}` never applied" for part in self.parts.names if part not in self.applied]
        if self.parts.untold:
            return (*never, *(f"`{each}`, of which no mapping tells it" for each in self.parts.untold))
        for place, operand in enumerate(self.parts.operands):
            match [truth for truth in (True, False) if (place, truth) in self.truths]:
                case []:
                    never.append(f"`{operand}` was never asked")
                case [truth]:
                    never.append(f"`{operand}` was never {str(not truth).lower()}")
                case _:
                    pass
        people = [name for name in self.says.people if name not in PEOPLE][len(PEOPLE) - 1 :]
        if len(self.says.people) > 1 and not people:
            people = ["a second person of another name"]
        return (*dict.fromkeys(never), *_not_there([*people, *_absent_apps(foreign_apps(Looked(), self.policy))]))


def _absent_apps(named: Sequence[str]) -> list[str]:
    """The first that is named is the second app of a search, so that no other is there: none of another name, too."""
    return [*(["an app of another name"] if named else []), *named[1:]]


def _not_there(names: Iterable[str]) -> tuple[str, ...]:
    """What is to be said of those who are named, but are not among the three people and the two apps of a search."""
    return tuple([f"`{name}`, who takes no part in the search" for name in names])


def watched(policy: Policy, looked: Looked) -> Watching | None:
    """Return what stands before a policy that does not say what it looks at, or has parts; None before another."""
    says = said_by(policy)
    if says.reads is None:
        return Watched(policy, looked, PEOPLE)
    return Applied(policy, says.parts) if says.parts is not None and says.parts.names else None
