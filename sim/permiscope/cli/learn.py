"""`permiscope learn`: the lessons. Runs one with its prompts, or marks the answer to its exercise."""

import runpy
import sys
from pathlib import Path
from typing import Annotated

import typer
from attrs import asdict

from permiscope.cli.progress import progress
from permiscope.model.errors import InputError
from permiscope.report.files import check_file, write_json, write_text
from permiscope.report.text import table, wrap
from permiscope.teach.exercise import Exercise, Mark, mark
from permiscope.teach.exercises import EXERCISES
from permiscope.teach.lessons import Lesson, find_lesson, lessons
from permiscope.teach.variant import Variant

WORDS = {True: "yes", False: "not yet", None: "-"}


def learn(
    number: Annotated[int | None, typer.Argument(metavar="[N", help="The number of a lesson.")] = None,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]]", help="Your answer to its exercise (.py).")] = None,
    student: Annotated[str, typer.Option(help="Your name, for an exercise that is yours alone.")] = "",
    start: Annotated[Path | None, typer.Option(help="Write a file to start the answer from.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the marks to this file.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Ask nothing: no prediction, all at once.")] = False,
    page: Annotated[Path | None, typer.Option(help="Write the page with the days of the lessons (.html).")] = None,
) -> None:
    """Run a lesson: predict, then see. With a FILE, mark the answer to its exercise, with one hint at a time.

    Without a number, list the lessons. Exit code 0: the answer is right; 1: not yet.

    Example: permiscope learn 3
    """
    if number is None:
        if file or student or start or json or plain:
            raise InputError("name the lesson, as in `permiscope learn 3`; `permiscope list lessons` shows them")
        if page:
            _write_page(page)
        else:
            print(lesson_table())
        return
    if page:
        raise InputError("`--page` is for all lessons; leave the number out")
    lesson, variant = find_lesson(number), Variant(student)
    if file is None and start is None:
        if json:
            raise InputError("`--json` is for the marks of an answer; name the file that holds it")
        _run(lesson, variant, plain=plain or not (sys.stdin.isatty() and sys.stdout.isatty()))
    elif number not in EXERCISES:
        raise InputError(f"the exercise of lesson {number} is on the page; open `reports/replay.html`")
    elif start is not None:
        if file:
            raise InputError("`--start` writes a file, and an answer is read from one; say one of the two")
        _begin(EXERCISES[number], variant, start)
    elif file is not None:
        _mark(lesson, EXERCISES[number], variant, file, json)


def lesson_table() -> str:
    """A line a lesson: what it is called, how long it takes, what comes before, and what one can do after it."""
    rows = [
        (str(lesson.number), lesson.title, f"{lesson.minutes} min", lesson.after, lesson.parts["Objectives"])
        for lesson in lessons()
    ]
    return table(["", "LESSON", "TAKES", "AFTER", "OBJECTIVES"], rows)


def _run(lesson: Lesson, variant: Variant, *, plain: bool) -> None:
    """The lesson: what it is about, a prediction, what is so, and what to do with it."""
    print(wrap(f"Lesson {lesson.number}. {lesson.title} ({lesson.minutes} minutes, after {lesson.after})"))
    for part in ("Question", "Objectives", "Predict"):
        print(f"\n{wrap(f'{part}. {lesson.parts[part]}')}")
    guess = "" if plain else typer.prompt("\nYour prediction", default="", show_default=False)
    print()
    runpy.run_path(str(lesson.script), run_name="__main__")
    if guess:
        print(f"\n{wrap(f'You predicted: {guess}')}")
    for part in ("Notice", "Key points", "Exercise"):
        print(f"\n{wrap(f'{part}. {lesson.parts[part]}')}")
    if exercise := EXERCISES.get(lesson.number):
        print(f"\n{wrap(exercise.task(variant))}")


def _begin(exercise: Exercise[object], variant: Variant, path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise InputError(f"`{path}` is there already and is left as it is; move it away, or name another file")
    check_file(path)
    named = f' --student "{variant.student}"' if variant.student else ""
    task = wrap(f"{exercise.task(variant)}").replace("\\", "\\\\")
    command = f"permiscope learn {exercise.lesson} {path}{named}"
    write_text(
        path, f'"""Lesson {exercise.lesson}.\n\n{task}\n\nMark it with: {command}\n"""\n\n{exercise.start(variant)}'
    )
    print(f"{path} is yours to change. Mark it with:  {command}")


def _mark(lesson: Lesson, exercise: Exercise[object], variant: Variant, path: Path, json: Path | None) -> None:
    try:
        source = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        start = f"permiscope learn {lesson.number} --start {path}"
        raise InputError(f"there is no file `{path}`; `{start}` writes one to start from") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"`{path}` cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}") from None
    if json:
        check_file(json)
    with progress("marking", "parts") as tick:
        marks = mark(exercise, variant, source, tick)
    passed = all(each.passed for each in marks)
    print(_told(lesson, variant, marks, passed=passed))
    if json:
        plain = {"lesson": lesson.number, "student": variant.student, "passed": passed, "parts": [*map(asdict, marks)]}
        write_json(json, plain)
    raise typer.Exit(0 if passed else 1)


def _told(lesson: Lesson, variant: Variant, marks: list[Mark], *, passed: bool) -> str:
    """What became of each part; of the first that is not there yet, the smallest example and one hint."""
    whose = f" for {variant.student}" if variant.student else ""
    done = f"{sum(each.passed is True for each in marks)} of {len(marks)}"
    lines = [
        f"Lesson {lesson.number}{whose}: {done}",
        table(["", ""], [(WORDS[each.passed], each.name) for each in marks]),
    ]
    if passed:
        return "\n\n".join([*lines, "All of it is right."])
    first = next(each for each in marks if each.passed is False)
    *day, why = first.example.split("\n")
    lines += [
        f"Not yet: {first.name}.",
        *(["\n".join(day)] if day else []),
        wrap(why),
        wrap(f"Next step: {first.hint}"),
    ]
    return "\n\n".join(lines)


def _write_page(path: Path) -> None:
    from permiscope.model.trace import load
    from permiscope.report.page import a_day, page  # a template engine, which nothing else needs

    if path.suffix != ".html":
        raise InputError(f"`{path}` is no page; name a file that ends in .html")
    shown = []
    for lesson in lessons():
        if missing := [trace for trace in lesson.traces if not trace.is_file()]:
            raise InputError(f"there is no trace `{missing[0]}` here; `permiscope learn {lesson.number}` writes it")
        if lesson.traces:
            named = [(trace.stem.replace("_", " "), load(trace)[0]) for trace in lesson.traces]
            shown.append(a_day(f"Lesson {lesson.number}: {lesson.title}", named))
    check_file(path)
    write_text(path, page(shown))
    print(f"Open  {path}")
