"""Is each lesson what a lesson is, does it run, and are answers marked at the terminal?"""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from permiscope.teach.exercises import EXERCISES
from permiscope.teach.lessons import PARTS, Lesson, lessons
from tests.helpers import Command
from tests.teach.solutions import SOLUTIONS

ROOT = Path(__file__).parents[2]
LESSONS = lessons()
MINUTES = {0: 5, 1: 15, 2: 15, 3: 20, 4: 20, 5: 20, 6: 40, 7: 25}
"""As teachers were promised."""
COMMAND = [
    sys.executable,
    "-c",
    f"import sys; sys.path.append({str(ROOT / 'sim')!r}); from permiscope.cli import main; main()",
]


def test_every_lesson_is_there_and_as_long_as_promised() -> None:
    """And comes after one of a lower number."""
    assert {lesson.number: lesson.minutes for lesson in LESSONS} == MINUTES
    for lesson in LESSONS[1:]:
        assert int(lesson.after.removeprefix("lesson ")) < lesson.number
    assert LESSONS[0].after == "nothing"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: str(lesson.number))
def test_a_lesson_says_what_a_lesson_says(lesson: Lesson) -> None:
    """In this order, each once; and neither what to expect nor what the exercise wants."""
    text = lesson.script.read_text(encoding="utf-8")
    places = [text.index(f"**{part}.**") for part in PARTS]
    assert places == sorted(places)
    assert [text.count(f"**{part}.**") for part in PARTS] == [1] * len(PARTS)
    assert all(len(lesson.parts[part]) > 30 for part in PARTS)
    assert "**Expect" not in text
    assert lesson.parts["Predict"].endswith("?")
    assert lesson.parts["Objectives"].startswith("You can ")
    if lesson.number in EXERCISES:
        assert f"`permiscope learn {lesson.number} --start my_answer.py`" in lesson.parts["Exercise"]
    assert bool(lesson.traces) is (lesson.number <= 5), "the days that the page shows"
    assert all((ROOT / trace).is_file() for trace in lesson.traces)


def test_the_list_shows_minutes_and_what_comes_before(command: Command, tmp_path: Path) -> None:
    """In 80 columns, and the same without a number."""
    done = command("list", "lessons", folder=tmp_path)
    assert done.returncode == 0
    for lesson in LESSONS:
        assert re.search(
            rf"^{lesson.number} +{lesson.title} +{lesson.minutes} min +{lesson.after} ", done.stdout, re.MULTILINE
        )
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert command("learn", folder=tmp_path).stdout == done.stdout


def test_a_lesson_runs_without_prompts(command: Command, tmp_path: Path) -> None:
    """The question before what is so, what to notice and the exercise after it."""
    done = command("learn", "0", "--plain", folder=tmp_path)
    assert done.returncode == 0
    said = [done.stdout.index(f"\n{part}. ") for part in ("Question", "Objectives", "Predict")]
    said += [done.stdout.index("FIVE MESSAGES"), *(done.stdout.index(f"\n{part}. ") for part in ("Notice", "Exercise"))]
    assert said == sorted(said)
    assert "Your prediction" not in done.stdout
    assert "*" not in done.stdout.partition("FIVE MESSAGES")[0]


def test_at_a_terminal_a_lesson_asks_for_a_prediction_before_it_tells(tmp_path: Path) -> None:
    """And says it again when all is told."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*COMMAND, "learn", "0"], cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = b""
    while b"Your prediction" not in said:
        said += os.read(ours, 1000)
    assert b"FIVE MESSAGES" not in said
    os.write(ours, b"only m1\n")
    while b"Exercise." not in said:
        said += os.read(ours, 1000)
    process.wait()
    os.close(ours)
    assert b"You predicted: only m1" in said.partition(b"FIVE MESSAGES")[2]


def test_an_answer_is_marked_with_exit_code_0_or_1(command: Command, tmp_path: Path) -> None:
    """With a result for each part, one example and one hint; and all of it as JSON."""
    start = command("learn", 6, "--start", "mine.py", folder=tmp_path)
    assert start.stdout == "mine.py is yours to change. Mark it with:  permiscope learn 6 mine.py\n"
    assert "Mark it with: permiscope learn 6 mine.py" in (tmp_path / "mine.py").read_text(encoding="utf-8")
    wrong = command("learn", 6, "mine.py", "--json", "marks.json", folder=tmp_path)
    assert wrong.returncode == 1
    assert wrong.stdout.startswith("Lesson 6: 4 of 9\n\nyes      the file can be marked\nnot yet  it notices:")
    assert wrong.stdout.count("Next step: ") == 1
    assert "  4 StreamCo  reads m1 in Ana's mailbox -> SHOWN: m1 (whole text)\n" in wrong.stdout
    marks = json.loads((tmp_path / "marks.json").read_text(encoding="utf-8"))
    assert marks["lesson"] == 6
    assert marks["passed"] is False
    assert [part["passed"] for part in marks["parts"]].count(True) == 4
    right = command("learn", 6, SOLUTIONS / "lesson6" / "model.py", folder=tmp_path)
    assert right.returncode == 0
    assert right.stdout.endswith("All of it is right.\n")


def test_a_student_has_an_exercise_of_their_own(command: Command, tmp_path: Path) -> None:
    """The starting file says how it is marked; the model of nobody is not theirs where people matter."""
    command("learn", 5, "--student", "Zoe Q.", "--start", "mine.py", folder=tmp_path)
    assert 'permiscope learn 5 mine.py --student "Zoe Q."' in (tmp_path / "mine.py").read_text(encoding="utf-8")
    model = SOLUTIONS / "lesson5" / "model.py"
    assert command("learn", 5, model, folder=tmp_path).returncode == 0
    assert command("learn", 5, model, "--student", "Zoe Q.", folder=tmp_path).returncode == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("9",), "there is no lesson 9; `permiscope list lessons` shows 0 to 7"),
        (("6", "none.py"), "there is no file `none.py`; `permiscope learn 6 --start none.py` writes one to start from"),
        (("6", "."), "`.` cannot be read: Is a directory"),
        (("0", "mine.py"), "the exercise of lesson 0 is on the page; open `reports/replay.html`"),
        (("6", "--start", "kept.py"), "`kept.py` is there already and is left as it is; move it away, or name another"),
        (("6", "kept.py", "--start", "new.py"), "`--start` writes a file, and an answer is read from one"),
        (("6", "--json", "marks.json"), "`--json` is for the marks of an answer; name the file that holds it"),
        (("--student", "Ada"), "name the lesson, as in `permiscope learn 3`; `permiscope list lessons` shows them"),
        (("3", "--page", "all.html"), "`--page` is for all lessons; leave the number out"),
        (("--page", "all.txt"), "`all.txt` is no page; name a file that ends in .html"),
        (("--page", "all.html"), "there is no trace `reports/00_first_look/threaded.jsonl` here; `permiscope learn 0`"),
    ],
)
def test_a_wrong_request_is_told_so_in_one_line(
    command: Command, words: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    """With exit code 2, and nothing written."""
    (tmp_path / "kept.py").write_text("DAY = ()\n", encoding="utf-8")
    done = command("learn", *words, folder=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["kept.py"]


def test_the_page_of_the_lessons_is_the_one_that_is_kept(command: Command, tmp_path: Path) -> None:
    """To the byte, and small."""
    (tmp_path / "reports").symlink_to(ROOT / "reports")
    done = command("learn", "--page", "all.html", folder=tmp_path)
    assert done.stdout == "Open  all.html\n"
    kept = (ROOT / "reports" / "replay.html").read_bytes()
    assert (tmp_path / "all.html").read_bytes() == kept
    assert len(kept) < 150_000
