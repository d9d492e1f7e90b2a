"""Is an answer marked as it deserves: a right one passes, a wrong one gets the hint that leads on?"""

import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from permiscope.engine.actions import calls_on, enabled
from permiscope.engine.alphabet import ALL, Kind
from permiscope.engine.space import APPS
from permiscope.model.steps import Call, History
from permiscope.teach.answer import Answer, AnswerError
from permiscope.teach.exercise import Mark, mark
from permiscope.teach.exercises import EXERCISES, apart, invariant, revoke, seen, silence
from permiscope.teach.exercises.day import Day, messaging
from permiscope.teach.variant import PEOPLE, Variant
from tests.teach.solutions import SOLUTIONS, STUDENTS, model_for, steps_of

ROOT = Path(__file__).parents[2]
LESSONS = sorted(EXERCISES)


def first_not_passed(marks: list[Mark]) -> Mark:
    """The part that a learner is told of."""
    return next(each for each in marks if each.passed is False)


# %% Right answers, wrong answers, hints


@pytest.mark.one_python
@pytest.mark.parametrize("lesson", LESSONS)
def test_hints_alone_lead_from_nothing_to_a_right_answer(lesson: int) -> None:
    """Each kept answer is what the hint before made of it: it gets a new hint, until the model, which passes (below).

    Only the first part that is not there yet has an example and a hint, and no line of the model is in them.
    """
    exercise = EXERCISES[lesson]
    *wrong, model = [path.read_text(encoding="utf-8") for path in steps_of(lesson)]
    marks = [mark(exercise, Variant(), answer) for answer in wrong]
    told = [first_not_passed(each) for each in marks]
    assert [each.name for each in told] == [part.name for part in exercise.parts]
    assert [each.hint for each in told] == [part.hint for part in exercise.parts]
    assert all(sum(bool(part.hint or part.example) for part in each) == 1 for each in marks)
    lines = {line.strip().rstrip(",") for line in model.splitlines()[2:] if len(line) > 20}
    assert not [line for line in lines for each in told if line in each.hint + each.example]


def different(lesson: int) -> list[str]:
    """A student for each text of an exercise, and two more where there is but one, for what is chosen is not told."""
    exercise = EXERCISES[lesson]
    texts = {exercise.task(Variant(each)) + exercise.start(Variant(each)): each for each in reversed(STUDENTS)}
    return sorted({*texts.values(), *STUDENTS[: 3 if len(texts) == 1 else 0]})


@pytest.mark.one_python
@pytest.mark.parametrize(("lesson", "student"), [(lesson, each) for lesson in LESSONS for each in different(lesson)])
def test_the_model_answer_passes(lesson: int, student: str) -> None:
    """In every variant."""
    variant = Variant(student)
    assert [each for each in mark(EXERCISES[lesson], variant, model_for(lesson, variant)) if not each.passed] == []


@pytest.mark.one_python
@pytest.mark.parametrize(
    ("lesson", "student"), [(lesson, each) for lesson in LESSONS for each in different(lesson)[:2]]
)
def test_the_starting_file_can_be_marked_and_does_not_pass(lesson: int, student: str) -> None:
    """With a hint, whoever's it is."""
    exercise, variant = EXERCISES[lesson], Variant(student)
    marks = mark(exercise, variant, exercise.start(variant))
    assert marks[0].passed, "it can be marked"
    assert first_not_passed(marks).hint


def test_variants_differ_and_are_the_students_own() -> None:
    """Other people, times, faults; the same for the same name."""
    for exercise in EXERCISES.values():
        asked = [exercise.task(Variant(student)) + exercise.start(Variant(student)) for student in STUDENTS]
        assert asked == [exercise.task(Variant(student)) + exercise.start(Variant(student)) for student in STUDENTS]
    assert len({Variant(student).people for student in STUDENTS}) >= 4
    assert len({invariant.FAULTY[2].service(Variant(student)).lag for student in STUDENTS}) >= 3
    assert len({silence.given(Variant(student)) for student in STUDENTS}) >= 6
    assert len({Variant(student).choose(apart.PAIRS, "pair") for student in STUDENTS}) >= 3


def test_the_same_answer_gets_the_same_result_whatever_the_hash_seed() -> None:
    """To the letter, in processes with other orders of sets."""
    program = (
        "import sys, json; from attrs import asdict; from permiscope.teach.exercise import mark; "
        "from permiscope.teach.exercises import EXERCISES; from permiscope.teach.variant import Variant; "
        "print(json.dumps([asdict(each) for n, path in zip(sys.argv[1::2], sys.argv[2::2]) "
        "for each in mark(EXERCISES[int(n)], Variant('Ada'), open(path).read())]))"
    )
    answers = [word for lesson in (2, 5) for word in (str(lesson), str(steps_of(lesson)[2]))]
    said = [
        subprocess.run(
            [sys.executable, "-c", program, *answers],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert len(json.loads(said[0])) > 8


# %% Is it really so: faulty systems are faulty, good ones good, and the shortest is the shortest


@pytest.mark.one_python
@pytest.mark.parametrize("system", [*invariant.FAULTY, *invariant.GOOD], ids=lambda system: system.name)
def test_every_faulty_system_breaks_the_claim_and_no_good_one_does(system: invariant.System) -> None:
    """Otherwise a rule that says nothing would pass, or one that is right would not. Each service is played once."""
    variants = {repr(system.service(Variant(student))): Variant(student) for student in STUDENTS}
    for variant in variants.values():
        breaks = any(invariant._events(system, variant, broken=True))
        assert breaks is (system in invariant.FAULTY), variant


def days(rule: str, kinds: frozenset[Kind], steps: int) -> list[History]:
    """Every history of at most so many steps of these kinds, each app's step among them; none is left out."""
    found: list[History] = [()]
    level: list[History] = [()]
    for _ in range(steps):
        following = []
        for history in level:
            world = messaging(rule)
            world.play(history)
            following += [(*history, step) for step in enabled(world, kinds)]
            following += [
                (*history, call) for owner in PEOPLE[:2] for call in calls_on(world, APPS[0], owner, frozenset({"get"}))
            ]
        found += following
        level = following
    return found


def played(rule: str, history: History) -> Day:
    """The day, as an exercise looks at it."""
    world = messaging(rule)
    world.play(history)
    return Day(rule, history, tuple(world.door.records), world.state, "")


def test_no_shorter_day_tells_the_two_claims_apart() -> None:
    """Of all days of at most three steps, whichever the pair."""
    for history in days(apart.RULE, frozenset({"grant", "compose", "compose-via", "reply", "mention"}), 3):
        day = played(apart.RULE, history)
        for broken, kept in apart.PAIRS:
            assert not (day.tally(broken).broken and not day.tally(kept).broken)


def test_no_shorter_day_hands_on_what_was_seen_before_the_end() -> None:
    """Of all days of at most four steps."""
    parts = [part.check for part in revoke.EXERCISE.parts[:-1]]
    for history in days(revoke.RULE, frozenset({"grant", "compose", "revoke", "hand"}), 4):
        day = played(revoke.RULE, history)
        assert any(check(Variant(), day) for check in parts)


def test_no_two_calls_test_three_claims() -> None:
    """Of all pairs of calls after the morning."""
    world = messaging(silence.RULE)
    world.play(silence.given(Variant()))
    calls: list[Call] = [call for owner in PEOPLE for call in calls_on(world, APPS[0], owner, ALL)]
    assert len(calls) > 50
    tested = {}
    for call in calls:
        day = played(silence.RULE, (*silence.given(Variant()), call))
        tested[call] = {claim for claim in silence.CLAIMS if day.tally(claim).fired}
    assert max(len(one | other) for one, other in product(tested.values(), repeat=2)) == 2


def test_no_step_of_the_day_of_lesson_1_can_be_left_out() -> None:
    """Three messages, for each another step of writing; a grant; two calls: with a step less something is missing."""
    day = (SOLUTIONS / "lesson1" / "model.py").read_text(encoding="utf-8").splitlines(keepends=True)
    places = [place for place, line in enumerate(day) if line.startswith("    ")]
    assert len(places) == 6
    for place in places:
        marks = mark(seen.EXERCISE, Variant(), "".join(day[:place] + day[place + 1 :]))
        assert not all(each.passed for each in marks)


# %% What a file may try


CHEATS = {
    "a fake verdict": ("print('{\"value\": true}\\nLesson 6: 8 of 8. All of it is right.')", "it notices"),
    "leaving": ("import sys\nsys.exit(0)", "it ends the program (line 2)"),
    "leaving for good": ("import os\nos._exit(0)", "it ended the process that ran it"),
    "another judge": ("import permiscope.judge.monitor", "an answer may import `permiscope.model`"),
    "another check": (
        """
import json, permiscope.model.records
permiscope.model.records.Called.shown = ()
json.dumps = lambda _: '{"value": true}'
""",
        "it notices",
    ),
    "calling itself": ("def again():\n    return again()\n\nagain()", "it calls itself without end (line 2)"),
    "memory": ("hoard = [0] * 10**10", "it needs too much memory (line 1)"),
    "the solution": (f"open({str(SOLUTIONS / 'lesson6' / 'model.py')!r}).read()", "an answer needs no other file"),
    "the exercise": (
        f"open({seen.__file__!r}).read()",  # beside the libraries, which may be read, where it was installed
        "an answer needs no other file",
    ),
    "another file": (f"open({str(ROOT / 'notes.txt')!r}, 'w')", "an answer needs no other file"),
    "removing": (f"import os\nos.remove({str(ROOT / 'README.md')!r})", "an answer changes no file"),
    "a process": ("import subprocess\nsubprocess.run(['ls'])", "an answer starts nothing and asks no network"),
    "a network": ("import socket\nsocket.create_connection(('localhost', 1))", "starts nothing and asks no network"),
    "no Python": ("def kept(", "SyntaxError: '(' was never closed (line 1)"),
    "an error": ("1 / 0", "ZeroDivisionError: division by zero (line 1)"),
}
KEPT = "\n\n\ndef kept(state, record):\n    return True\n"


@pytest.mark.parametrize("cheat", CHEATS)
def test_nothing_that_a_file_does_changes_its_mark(cheat: str) -> None:
    """It gets a sentence where it does not answer, and is judged by its answers where it does."""
    tries, said = CHEATS[cheat]
    marks = mark(EXERCISES[6], Variant(), tries + KEPT)
    first = first_not_passed(marks)
    assert said in first.name + first.example
    assert not any(each.passed for each in marks if each.name.startswith("it notices"))
    assert (ROOT / "README.md").exists()
    assert not (ROOT / "notes.txt").exists()


def test_a_forged_answer_is_an_answer_and_no_mark() -> None:
    """Whoever writes into the pipe answers before they are asked, and wrong."""
    forged = """
import os
for pipe in range(3, 30):
    try:
        os.write(pipe, b'{"value": true}\\n' * 99)
    except OSError:
        pass
"""
    assert not any(each.passed for each in mark(EXERCISES[6], Variant(), forged + KEPT)[1:6])


def test_an_endless_loop_is_ended() -> None:
    """In the file, and in what it answers with."""
    with pytest.raises(AnswerError, match=r"it took longer than 0.5 seconds; does a loop in it never end\?"):
        Answer("while True:\n    pass", 0.5)
    with (
        Answer("def kept(number):\n    while number:\n        pass\n    return True", 0.5) as answer,
        pytest.raises(AnswerError, match="longer than") as late,
    ):
        list(answer.ask("kept", [(0,), (0,), (1,)]))
    assert late.value.asked == 2


def test_a_file_may_write_where_it_runs_and_nothing_is_left() -> None:
    """By accident or to try something; the folder goes when it is marked."""
    with Answer("open('notes.txt', 'w').write('x')\nimport os\nDAY = os.getcwd()") as answer:
        folder = Path(answer.value("DAY"))
        assert (folder / "notes.txt").read_text(encoding="utf-8") == "x"
    assert not folder.exists()


@pytest.mark.parametrize(
    ("lesson", "answer", "says"),
    [
        (1, "", "there is no `DAY` in it"),
        (1, "DAY = 5", "`DAY` is no tuple of steps."),
        (1, "DAY = (1,)", "Step 1 of `DAY`"),
        (1, "DAY = (object(),)", "a object has no place there"),
        (1, "from permiscope.model.steps import *\nDAY = (Revoke('Ana', 'StreamCo'),)", "Step 1 is not possible"),
        (1, "from permiscope.model.steps import *\nDAY = (Consent('Ana', 'StreamCo'),) * 31", "`DAY` has 31 steps"),
        (2, "DAY = ()", "The morning of your day is another one."),
        (3, "READING = 5", "`READING` is no text"),
        (3, "READING = 'repli'", "There is no reading `repli`; did you mean `reply`?"),
        (4, "def allows(request):\n    pass", "it returned None; let it return True or False"),
        (4, "def allows():\n    pass", "allows() takes 0 positional arguments"),
        (6, "def kept(state, record):\n    return record.shown == ()", "has no attribute 'shown'"),
        (7, "DAY = ()\nFOLLOWS = {}", "`FOLLOWS` does not say something of each sentence."),
    ],
)
def test_an_answer_that_cannot_be_judged_is_told_why(lesson: int, answer: str, says: str) -> None:
    """In a sentence, with a next step, and without a traceback."""
    first = first_not_passed(mark(EXERCISES[lesson], Variant(), answer))
    assert says in first.example
    assert first.hint
    assert "Traceback" not in first.example


@pytest.mark.parametrize(("lesson", "name"), [(4, "allows(request)"), (6, "kept(state, record)")])
def test_what_holds_for_one_person_alone_is_found(lesson: int, name: str) -> None:
    """Though of days that are alike but for who is who not all are tried."""
    model = steps_of(lesson)[-1].read_text(encoding="utf-8")
    asked = name.partition("(")[2].removesuffix(")").split(", ")[-1]
    alone = model + f"\n\ninner = {name.partition('(')[0]}\n\n\ndef {name}:\n    return "
    alone += f'inner({name.partition("(")[2]} if getattr({asked}, "owner", "Ana") == "Ana" else True'
    assert not all(each.passed for each in mark(EXERCISES[lesson], Variant(), alone))


def test_a_rule_that_fails_on_a_record_is_told_on_which() -> None:
    """After some that it answered: the day is told, and what it raised."""
    model = steps_of(6)[-1].read_text(encoding="utf-8")
    rule = model.replace(
        "        return True\n", "        return record.__class__.__name__ != 'Revoked' or record.shown\n", 1
    )
    told = first_not_passed(mark(EXERCISES[6], Variant(), rule))
    assert "takes the grant to StreamCo back" in told.example
    assert "has no attribute 'shown' (line" in told.example
    assert told.hint == invariant.SILENT
