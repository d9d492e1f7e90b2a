"""Lesson 7: the shortest day that tells two claims apart, and what it does not show."""

from attrs import frozen

from permiscope.judge.invariants import Invariant, parse_invariant
from permiscope.service.policies.policy import BUILT_IN
from permiscope.teach.answer import Answer
from permiscope.teach.exercise import Exercise, NotYetError, Part
from permiscope.teach.exercises.day import Day, read_day, shortest
from permiscope.teach.variant import APP, Variant

RULE = "everything"
PAIRS = (
    ("I5:reply", "I5:threaded"),
    ("I5:rooted", "I5:threaded"),
    ("I5:reply", "I5:counterpart"),
    ("I5:rooted", "I5:counterpart"),
)
"""Claims of which a day breaks the first and keeps the second; the shortest has four steps for each pair."""

SENTENCES = {
    "a": ("Under this model, the rule allows such a day.", True, "A day that was played is a day that can happen."),
    "b": ("Some company did this.", False, "Who played this day? Look at what the lesson says a model is."),
    "c": ("The two claims do not mean the same.", True, "Can two sentences mean the same if a day breaks only one?"),
    "d": (
        "On every day on which the first claim is broken, the second one is not.",
        False,
        "One day is an example. Can you think of a day that breaks both?",
    ),
}
"""What may be said after one day: the sentence, whether it follows, and a hint."""


@frozen
class Told:
    """A day, and what its author says that it shows."""

    day: Day
    says: dict[str, object]


def _pair(variant: Variant) -> tuple[Invariant, Invariant]:
    broken, kept = variant.choose(PAIRS, "pair")
    return parse_invariant(broken), parse_invariant(kept)


def task(variant: Variant) -> str:
    """Two claims in words, a rule, and four sentences."""
    broken, kept = _pair(variant)
    sentences = " ".join(f"({letter}) {sentence}" for letter, (sentence, _, _) in SENTENCES.items())
    return (
        f'The rule in force is "{RULE}": {BUILT_IN[RULE].text} Design the shortest day that breaks the first of two '
        "claims and keeps the second one. First: "
        f"{broken.sentence} Second: {kept.sentence} Then say of each of these "
        f"sentences whether it follows from that day: {sentences}"
    )


def start(variant: Variant) -> str:
    """A day that tests nothing, and no opinion."""
    owner, other, _ = variant.people
    sentences = "\n".join(f'    "{letter}": None,  # {sentence}' for letter, (sentence, _, _) in SENTENCES.items())
    return f"""\
from permiscope.model.steps import Call, Compose, Consent, Reply

DAY = (
    Consent("{owner}", "{APP}"),
    Compose("{other}", ("{owner}",), text="My results came. Keep it quiet."),  # this is m1, in conversation t1
)
FOLLOWS = {{  # True or False
{sentences}
}}
"""


def read(variant: Variant, answer: Answer) -> Told:
    """The day and the sentences. Raises `NotYetError` if either is no such thing."""
    day, says = read_day(answer, RULE), answer.value("FOLLOWS")
    if not isinstance(says, dict) or says.keys() != SENTENCES.keys():
        raise NotYetError("`FOLLOWS` does not say something of each sentence.", 'Write FOLLOWS = {"a": True, ...}.')
    return Told(day, says)


def _first_is_broken(variant: Variant, told: Told) -> str:
    broken, _ = _pair(variant)
    tally = told.day.tally(broken.name)
    if tally.broken:
        return ""
    return f"{told.day.told}\nOn this day it is {'not broken' if tally.fired else 'not tested'}: {broken.sentence}"


def _second_is_kept(variant: Variant, told: Told) -> str:
    _, kept = _pair(variant)
    return f"{told.day.told}\nThis day breaks it, too: {kept.sentence}" if told.day.tally(kept.name).broken else ""


def _follows(letter: str) -> Part[Told]:
    sentence, follows, hint = SENTENCES[letter]

    def check(variant: Variant, told: Told) -> str:
        said = told.says[letter]
        return "" if said is follows else f"You say {said} of: {sentence}"

    return Part(f"whether it follows: ({letter})", check, hint)


SHORTEST = shortest(4)
EXERCISE = Exercise(
    7,
    task,
    start,
    read,
    (
        Part(
            "the first claim is broken",
            _first_is_broken,
            "Which message belongs under the second claim and not under the first? Let the app read that one.",
        ),
        Part(
            "the second claim is not broken",
            _second_is_kept,
            "What the app reads has to belong under the second claim. What makes a message belong there?",
        ),
        Part(SHORTEST.name, lambda variant, told: SHORTEST.check(variant, told.day), SHORTEST.hint),
        *map(_follows, SENTENCES),
    ),
)
