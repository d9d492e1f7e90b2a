"""What is asked of a learner, and of which parts is a right answer made?"""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from attrs import frozen

from permiscope.model.progress import Tick, no_tick
from permiscope.teach.answer import Answer, AnswerError
from permiscope.teach.variant import Variant

Read = TypeVar("Read")
RUNS = "the file can be marked"
LOOK = "Mend the line that is named; begin again from the starting file if it is not clear what is wrong there."


class NotYetError(Exception):
    """An answer that cannot be judged: in words why not, and what to do next."""

    def __init__(self, example: str, hint: str) -> None:
        super().__init__(example)
        self.hint = hint


@frozen
class Part(Generic[Read]):
    """One thing that a right answer does, and the next step of who has it not yet.

    `check` gives the smallest example of what is wrong, in words; an empty text if nothing is.
    """

    name: str
    check: Callable[[Variant, Read], str]
    hint: str


@frozen
class Exercise(Generic[Read]):
    """An exercise of a lesson: the task in words, a file to start from, and how an answer is read and judged.

    `read` makes of a learner's file what the parts are checked on. It raises `NotYetError` or `AnswerError`.
    """

    lesson: int
    task: Callable[[Variant], str]
    start: Callable[[Variant], str]
    read: Callable[[Variant, Answer], Read]
    parts: tuple[Part[Read], ...]


@frozen
class Mark:
    """What became of one part: passed or not, or None if it was not looked at, for one before it has to be mended.

    The first part that is not passed has an example and a hint; no other has, for one step is enough at a time.
    """

    name: str
    passed: bool | None
    example: str = ""
    hint: str = ""


def mark(exercise: Exercise[Read], variant: Variant, source: str, tick: Tick = no_tick) -> list[Mark]:
    """What becomes of each part of an answer, a file's text. The same text always gets the same marks."""
    names = [part.name for part in exercise.parts]
    try:
        with Answer(source) as answer:
            return [Mark(RUNS, passed=True), *_judged(exercise, variant, exercise.read(variant, answer), tick)]
    except (AnswerError, NotYetError) as error:
        first = Mark(RUNS, passed=False, example=str(error), hint=getattr(error, "hint", LOOK))
        return [first, *(Mark(name, passed=None) for name in names)]


def _judged(exercise: Exercise[Read], variant: Variant, read: Read, tick: Tick) -> Iterator[Mark]:
    is_first = True
    for number, part in enumerate(exercise.parts):
        tick(number, len(exercise.parts))
        hint = part.hint
        try:
            example = part.check(variant, read)
        except NotYetError as error:
            example, hint = str(error), error.hint
        if example and is_first:
            is_first = False
            yield Mark(part.name, passed=False, example=example, hint=hint)
        else:
            yield Mark(part.name, passed=not example)
