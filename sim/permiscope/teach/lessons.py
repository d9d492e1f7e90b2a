"""Which lessons are there? Each is a scenario script whose header says what a lesson is."""

import ast
import re
from pathlib import Path

from attrs import frozen

from permiscope.model.errors import InputError
from permiscope.report.files import kept

PARTS = ("Question", "Objectives", "Predict", "Notice", "Exercise", "Key points")
"""What the header of a lesson says, in this order, after its number, its minutes and what comes before it."""
LESSON = re.compile(r"\*\*Lesson (\d+)\.\*\* (\d+) minutes, after (lesson \d+|nothing)(?:; (.+))?\.")


@frozen
class Lesson:
    """A lesson: its number and title, how many minutes it takes, what comes before it, and its script.

    `parts` are the paragraphs of its header by their names (`PARTS`).
    """

    number: int
    title: str
    minutes: int
    after: str
    script: Path
    parts: dict[str, str]

    @property
    def traces(self) -> list[Path]:
        """The traces that the page shows of it, in the order of the rules there, below the folder that one is in."""
        names = re.findall(r"`(\w+)`", self.parts.get("On the page", ""))
        return [Path("reports") / self.script.stem / f"{name}.jsonl" for name in names]


def lessons() -> list[Lesson]:
    """All lessons, in the order of their numbers. Raises `InputError` if their scripts are not there."""
    scripts = sorted(kept("scenarios").glob("[0-9]*.py"))
    found = [lesson for script in scripts if (lesson := read_lesson(script))]
    if not found:
        raise InputError("the lessons are not installed here; use a clone of the repository, which has `scenarios/`")
    return sorted(found, key=lambda lesson: lesson.number)


def find_lesson(number: int) -> Lesson:
    """The lesson of this number. Raises `InputError` if there is none."""
    known = {lesson.number: lesson for lesson in lessons()}
    if number not in known:
        raise InputError(f"there is no lesson {number}; `permiscope list lessons` shows {min(known)} to {max(known)}")
    return known[number]


def read_lesson(script: Path) -> Lesson | None:
    """The lesson that a script is, by its header; None if it is another scenario."""
    header = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
    said = LESSON.search(header)
    if said is None:
        return None
    number, minutes, after, _ = said.groups()
    title = re.split(r"  |[:.]", header.partition("\n")[0])[1]
    # A part ends where the next one begins.
    paragraphs = re.findall(r"\*\*([A-Z][a-z ]+)\.\*\* (.*?)(?=\n\n\*\*|\Z)", header, flags=re.DOTALL)
    parts = {name: re.sub(r"\*([^*]+)\*", r'"\1"', " ".join(text.split())) for name, text in paragraphs}
    return Lesson(int(number), title, int(minutes), after, script, parts)
