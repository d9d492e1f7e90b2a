"""How strong are the checks? Each mutant is told apart from its original, and each check tries to notice it.

A check kills a mutant if within the bound the original does not break it and the mutant does; a utility, if the
original has it and the mutant has not. A mutant that no app can tell from its original, and that does the same to
the mail, is equivalent within the bound, and no check need notice it. All checks that speak of what was touched are
tried, and not only until the first one kills.
"""

from collections.abc import Iterator, Sequence
from functools import cache

from attrs import evolve, frozen

from permiscope.engine.bfs import Node, explore, levels_for, start_of
from permiscope.engine.hunting import hunt_rules
from permiscope.engine.pairs import last_steps
from permiscope.engine.result import Result
from permiscope.engine.space import APPS, Space, reads_of_service
from permiscope.judge.noninterference import Noninterference, observed
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.errors import InputError
from permiscope.model.extents import EVERYTHING
from permiscope.model.mail import Message
from permiscope.model.progress import Tick, no_tick
from permiscope.model.reads import OF_STATE, Reads
from permiscope.model.records import Called, Outcome
from permiscope.model.steps import Deliver, History, Step
from permiscope.questions.checks.keeping import check_of
from permiscope.questions.checks.mutants import Look, Mutant, mutants
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import said_by

(APP,) = APPS
WORKERS = 2
ANSWERS = Noninterference("I20", EVERYTHING)
"""Whose lens shows all of an answer but the time that it took."""

SURVIVORS: dict[str, str] = {
    "everything, down to counterpart": "No utility asks for mail of people with whom the app was never used.",
    "counterpart, down to threaded": "No utility asks for other conversations with somebody that the app wrote to.",
    "via-app, down to authored": "No utility asks for what somebody else sent via the app and is no reply.",
    "addressed, extent false": "No utility asks for what is addressed to the app and was not sent via it.",
    "linked, extent false": "No utility asks for what links to the app and was not sent via it.",
    "self-tagged, extent of label false": "No utility asks that the app can label; people can.",
}
"""Mutants that no check kills, and why not. One that is not here, or that is and was killed, makes `make mutants` fail.
"""


@frozen
class Judged:
    """What became of a mutant: the smallest history that tells it from its original, and those by which it was killed.

    Without a `difference` it is equivalent up to `bound` steps. `tried` are the checks that speak of what was changed.
    Of a survivor it is said which utilities among them its original `has`, and whether all that it does is to refuse
    more (`stricter`).
    """

    mutant: str
    operator: str
    bound: int
    difference: History
    killers: dict[str, History]
    tried: tuple[str, ...]
    has: tuple[str, ...] = ()
    stricter: bool = False

    @property
    def equivalent(self) -> bool:
        """Whether nothing within the bound tells it from its original."""
        return not self.difference

    @property
    def survived(self) -> bool:
        """Whether it is another than its original, and no check noticed."""
        return bool(self.difference) and not self.killers

    def failure(self) -> str | None:
        """What is not as it is said to be, in a sentence."""
        if self.survived and self.mutant not in SURVIVORS:
            return f"No check notices the mutant `{self.mutant}`, and no reason is given."
        if not self.survived and self.mutant in SURVIVORS:
            return f"The mutant `{self.mutant}` is said to survive, and does not."
        return None


def judge_all(names: Sequence[str], tick: Tick = no_tick) -> Iterator[Judged]:
    """What became of each of these mutants, as it comes to be known; two are tried at a time."""
    # Whoever judges one mutant need not wait for what starts processes.
    from joblib import Parallel, delayed

    # By name, for neither extents nor parts of a door can be sent to another process.
    jobs = Parallel(n_jobs=WORKERS, return_as="generator")(delayed(judge_named)(name) for name in names)
    for done, judged in enumerate(jobs, start=1):
        tick(done, len(names))
        yield judged


def judge_named(name: str) -> Judged:
    """What becomes of the mutant of this name."""
    return judge(mutants()[name])


def judge(mutant: Mutant) -> Judged:
    """Look for a difference and for breaks in the first bound, and in the next if there is no break in that."""
    tried = tuple(dict.fromkeys(check for look in mutant.looks for check in look.checks))
    apart: History = ()
    killers: dict[str, History] = {}
    bounded: list[tuple[Look, int]] = []
    for turn in range(max(len(look.bounds) for look in mutant.looks)):
        bounded = [(look, look.bounds[turn]) for look in mutant.looks if turn < len(look.bounds)]
        if not apart:
            histories = (first_difference(mutant, look, bound) for look, bound in bounded)
            apart = min(filter(None, histories), key=len, default=())
        if apart:
            for look, bound in bounded:
                killers |= _killers(mutant, look, bound)
        if killers:
            break
    judged = Judged(mutant.name, mutant.operator, max(bound for _, bound in bounded), apart, killers, tried)
    if not judged.survived:
        return judged
    refusals = [refused for look, bound in bounded for _, refused in differences(mutant, look, bound)]
    before = {
        name: verdict for look, bound in bounded for name, verdict in _of_original(mutant.original, look, bound).items()
    }
    has = tuple(name for name, verdict in before.items() if name.startswith("U") and _stands(name, verdict))
    return evolve(judged, has=has, stricter=all(refusals))


def first_difference(mutant: Mutant, look: Look, bound: int) -> History:
    """The shortest history after which an app is told, or the mail is changed, otherwise than by the original."""
    return next((history for history, _ in differences(mutant, look, bound)), ())


def differences(mutant: Mutant, look: Look, bound: int) -> Iterator[tuple[History, bool]]:
    """The histories that tell a mutant from its original, shortest first, and whether the mutant refused there."""
    space = Space(look.kinds, look.operations, frozenset().union(*map(_reads_of, (mutant.original, mutant.service))))
    apart = _Apart(mutant, space)
    for _ in explore(apart, levels_for(mutant.service, space), bound, start=start_of(mutant.service, space)):
        yield from apart.told
        apart.told.clear()


class _Apart:
    """The question after which histories a mutant does otherwise than its original, and whether it refuses there."""

    def __init__(self, mutant: Mutant, space: Space) -> None:
        self.found = Result(space=space)
        self.told: list[tuple[History, bool]] = []
        self._original, self._space = start_of(mutant.original, space), space

    def look(self, right: MessagingService, node: Node) -> list[tuple[History, bool]]:
        """Play the original, too, and try every last step on both."""
        left = self._original.copy()
        try:
            left.play(node.history)
        except InputError:
            # What began here the original refused, and a shorter history has told the two apart.
            return [(node.history, False)]
        found = []
        for step in _ends(right, self._space):
            told = _told(right, step)
            if _told(left, step) != told:
                found.append(((*node.history, step), all(effect.outcome == "refused" for effect in told)))
        return found

    def count(self, node: Node, seen: list[tuple[History, bool]]) -> int:
        """Keep them in order."""
        self.told += seen
        return len(seen)


def _reads_of(service: Service) -> Reads:
    """What is looked at by a service, and by what it tells an app: which message was written when, and by whom."""
    own = said_by(service.policy).reads
    of_policy = OF_STATE if own is None else own
    return of_policy | reads_of_service(service) | {"message.age", "message.setters", "thread.order", "grant.ever"}


def _ends(messaging: MessagingService, space: Space) -> Iterator[Step]:
    yield from last_steps(messaging, space)
    for number, _ in messaging.in_flight():
        yield Deliver(number)


@frozen
class Effect:
    """What the app is told by a record, and what became of the mail."""

    told: object
    latency: float
    outcome: Outcome
    holders: tuple[str, ...]
    sent: Message | None


def _told(messaging: MessagingService, step: Step) -> list[Effect]:
    """What comes of a step, if it is enabled; of what people do nothing is told."""
    try:
        records = messaging.attempt(step)
    except InputError:
        return []
    return [_effect(record) for record in records if isinstance(record, Called)]


def _effect(call: Called) -> Effect:
    sent = call.sent and evolve(call.sent, position=0)
    return Effect(observed(call, ANSWERS), call.observation.latency, call.outcome, call.holders, sent)


def _killers(mutant: Mutant, look: Look, bound: int) -> dict[str, History]:
    """The checks of a look that notice the mutant, each with the smallest history in which it does."""
    found = _verdicts(mutant.service, mutant.original, look, bound)
    before = _of_original(mutant.original, look, bound)
    return {
        check: verdict.witness
        for check, verdict in found.items()
        if verdict.kind is Kind.REFUTED and _stands(check, before[check])
    }


def _stands(check: str, verdict: Verdict) -> bool:
    """Whether a check can kill: the original has the utility, or does not break the invariant."""
    return verdict.kind is Kind.EXHAUSTED if check.startswith("U") else verdict.kind is not Kind.REFUTED


@cache
def _of_original(original: Service, look: Look, bound: int) -> dict[str, Verdict]:
    """What the checks say of the original, once for all its mutants that are looked at alike."""
    return _verdicts(original, original, look, bound)


def _verdicts(service: Service, original: Service, look: Look, bound: int) -> dict[str, Verdict]:
    # Whether a utility waits for a label goes by what the service was built to be.
    rules = [check_of(name, original) for name in look.checks]
    found = hunt_rules(service, rules, bound, look.kinds, look.operations)
    return {name: hunted.verdict for name, hunted in found.items()}
