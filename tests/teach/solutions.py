"""The answers that are kept: what a hint leads to after another one, and a model for each variant."""

from pathlib import Path

from permiscope.model.steps import Compose
from permiscope.teach.exercises import EXERCISES, agreement, silence
from permiscope.teach.variant import PEOPLE, Variant

SOLUTIONS = Path(__file__).parents[1] / "solutions"
STUDENTS = ("", "Ada", "Bo", "Chen", "Dia", "Eve", "Fay", "Gus", "Hal", "Ida", "Jo", "Kit", "Lou", "Max", "Nat")
"""Enough of them that every choice is met."""


def steps_of(lesson: int) -> list[Path]:
    """Wrong answers in the order in which hints lead on, and the model at the end."""
    folder = SOLUTIONS / f"lesson{lesson}"
    return [*sorted(folder.glob("[0-9]*.py")), folder / "model.py"]


def model_for(lesson: int, variant: Variant) -> str:
    """The model answer to a variant: other people, and where the exercise is another one the words for it."""
    text = (SOLUTIONS / f"lesson{lesson}" / "model.py").read_text(encoding="utf-8")
    if lesson == agreement.EXERCISE.lesson:
        _, reading = variant.choose(agreement.AGREEMENTS, "agreement")
        return f"READING = {reading!r}\n"
    if lesson == silence.EXERCISE.lesson:
        start = EXERCISES[lesson].start(variant)
        calls = [line for line in text.partition("*MORNING,\n")[2].splitlines(keepends=True) if "Call(" in line]
        text = (
            start.partition("    # Your calls")[0] + "".join(calls).replace('"Ana"', f'"{variant.people[0]}"') + ")\n"
        )
        private = silence.given(variant)[1]
        assert isinstance(private, Compose)
        return text if not private.via else _swapped(text)
    for person, other in zip(PEOPLE, variant.people, strict=True):
        text = text.replace(f'"{person}"', f'"<{other}>"')
    return text.replace('"<', '"').replace('>"', '"')


def _swapped(text: str) -> str:
    """The same calls where the first two messages came in the other order."""
    return text.replace('message="m1"', 'message="M"').replace('message="m2"', 'message="m1"').replace('"M"', '"m2"')
