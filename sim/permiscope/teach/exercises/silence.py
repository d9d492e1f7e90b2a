"""Lesson 2: the calls without which a claim was never put to the test."""

from permiscope.judge.invariants import parse_invariant
from permiscope.model.steps import Call, Compose, Consent, History, Reply
from permiscope.model.streams import HOUR
from permiscope.service.policies.policy import BUILT_IN
from permiscope.teach.answer import Answer
from permiscope.teach.exercise import Exercise, NotYetError, Part
from permiscope.teach.exercises.day import Day, read_day, shortest
from permiscope.teach.variant import APP, Variant

RULE = "reply"
CLAIMS = ("I5:reply", "I9", "I24")


def given(variant: Variant) -> History:
    """A morning on which the app asks for nothing."""
    owner, other, third = variant.people
    hour = variant.choose((8, 7, 9, 10), "hour") * HOUR
    private = Compose(third, (owner,), text="My results came. Keep it quiet.")
    return variant.choose(
        (
            (
                Consent(owner, APP, at=hour),
                private,
                Compose(owner, (other,), via=APP, text="I think you would like this film."),
                Reply(other, "m2", text="Thanks. Come by tonight?"),
            ),
            (
                Consent(owner, APP, at=hour),
                Compose(owner, (other,), via=APP, text="I think you would like this film."),
                private,
                Reply(other, "m1", text="Thanks. Come by tonight?"),
            ),
        ),
        "morning",
    )


def task(variant: Variant) -> str:
    """Three claims that nothing has tested, in words."""
    claims = " ".join(f"({number}) {parse_invariant(each).sentence}" for number, each in enumerate(CLAIMS, start=1))
    return (
        f'The rule in force is "{RULE}": {BUILT_IN[RULE].text} In the starting file is a morning on which {APP} asks '
        f"for nothing, so that none of these claims is tested: {claims} Add the fewest calls of {APP} after which each "
        "of them is tested, and none is broken. Leave the morning as it is."
    )


def start(variant: Variant) -> str:
    """The morning, and nothing after it."""
    owner, _, _ = variant.people
    steps = "\n".join(
        f"    {_as_python(step)},  # {name}" for step, name in zip(given(variant), _names(variant), strict=True)
    )
    return f"""\
from permiscope.model.steps import Call, Compose, Consent, Reply

MORNING = (
{steps}
)
DAY = (
    *MORNING,
    # Your calls, such as Call("{APP}", "get", "{owner}", message="m9"); others are "delete" and "list".
)
"""


def _names(variant: Variant) -> list[str]:
    numbers = iter(range(1, 9))
    return ["a grant" if isinstance(step, Consent) else f"m{next(numbers)}" for step in given(variant)]


def _as_python(step: object) -> str:
    match step:
        case Consent():
            return f'Consent("{step.person}", "{step.app}", at={step.at:.1f})'
        case Compose():
            via = f', via="{step.via}"' if step.via else ""
            return f'Compose("{step.person}", ("{step.to[0]}",){via}, text="{step.text}")'
        case Reply():
            return f'Reply("{step.person}", "{step.message}", text="{step.text}")'
        case _:
            raise TypeError(step)


def read(variant: Variant, answer: Answer) -> Day:
    """The day. Raises `NotYetError` if the morning is another one, or people do more in it."""
    day, morning = read_day(answer, RULE), given(variant)
    if day.history[: len(morning)] != morning:
        raise NotYetError("The morning of your day is another one.", "Take MORNING from the starting file as it is.")
    if not all(isinstance(step, Call) for step in day.history[len(morning) :]):
        raise NotYetError(f"Something is added to your day that is no call of {APP}.", "Add calls, `Call(...)`, only.")
    return day


def _tested(formula: str, hint: str) -> Part[Day]:
    sentence = parse_invariant(formula).sentence

    def check(variant: Variant, day: Day) -> str:
        return "" if day.tally(formula).fired else f"{day.told}\nNothing on this day tests it: {sentence}"

    return Part(f"tested: {sentence.rstrip('.')}", check, hint)


def _kept(variant: Variant, day: Day) -> str:
    broken = [each.invariant.sentence for each in map(day.tally, CLAIMS) if each.broken]
    return f"{day.told}\nIt breaks: {broken[0]}" if broken else ""


EXERCISE = Exercise(
    2,
    task,
    start,
    read,
    (
        _tested("I5:reply", "What is never shown cannot lie outside. Let the app be shown something."),
        _tested("I9", "A claim about deleting is tested by a delete that is done."),
        _tested("I24", "How a refusal looks is seen when there is one, of a message that exists."),
        Part(
            "none of the three is broken",
            _kept,
            "The rule lets the app delete more than the claim does. Which message did the owner send via the app?",
        ),
        shortest(7),
    ),
)
