"""How is a day that a learner designed read? As a history that has to be possible, and is played."""

from attrs import frozen

from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import Tally, judge
from permiscope.model.codec import Codec
from permiscope.model.errors import InputError
from permiscope.model.records import Record
from permiscope.model.state import State
from permiscope.model.steps import History
from permiscope.report.story import story
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN
from permiscope.teach.answer import Answer
from permiscope.teach.exercise import NotYetError, Part
from permiscope.teach.variant import APP, PEOPLE, Variant

OTHER = "OtherApp"
"""A second app, for what takes two."""
MOST = 30
"""Steps of a day that is looked at; the longest that is asked for has eight."""
SHAPE = "Let `DAY` be a tuple of steps, as in the starting file: DAY = (Consent(...), Compose(...), ...)"
POSSIBLE = (
    "Messages are called m1, m2, ... and conversations t1, t2, ... in the order in which they come to be; people act "
    "on messages that they hold, and no step comes before the one above it."
)


@frozen
class Day:
    """A day that was played under a rule: what was done, what is remembered of it, and how it is told."""

    rule: str
    history: History
    records: tuple[Record, ...]
    state: State
    told: str

    def tally(self, formula: str) -> Tally:
        """What becomes of an invariant in it."""
        return judge(self.records, [parse_invariant(formula)])[0]


def messaging(rule: str) -> MessagingService:
    """The world of the exercises: three people and two apps, nothing sent yet."""
    return MessagingService(Service(BUILT_IN[rule]), PEOPLE, (APP, OTHER))


def read_day(answer: Answer, rule: str) -> Day:
    """The day that the file calls `DAY`, played. Raises `NotYetError` if it is none, or cannot happen."""
    plain = answer.value("DAY")
    if not isinstance(plain, list):
        raise NotYetError("`DAY` is no tuple of steps.", SHAPE)
    if len(plain) > MOST:
        raise NotYetError(f"`DAY` has {len(plain)} steps; at most {MOST} are looked at.", SHAPE)
    history, codec, world = [], Codec(), messaging(rule)
    for number, step in enumerate(plain, start=1):
        try:
            history.append(codec.read_step(step))
        except InputError as error:
            raise NotYetError(f"Step {number} of `DAY`: {error}.", SHAPE) from None
        try:
            world.do_numbered(number, history[-1])
        except InputError as error:
            raise NotYetError(f"{str(error).capitalize()}.", POSSIBLE) from None
    done = tuple(history)
    told = story(messaging(rule).played(done), BUILT_IN[rule]) if done else "Nothing."
    return Day(rule, done, world.trace().records, world.state, told)


def shortest(steps: int) -> Part[Day]:
    """The part that a day is no longer than it has to be."""

    def check(variant: Variant, day: Day) -> str:
        more = len(day.history) - steps
        return f"Your day has {len(day.history)} steps, and {steps} are enough." if more > 0 else ""

    return Part("it is as short as can be", check, "Which step could you leave out, or let do two things at once?")
