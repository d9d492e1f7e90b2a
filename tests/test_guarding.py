"""Is a policy that cannot be searched named before anybody waits for it, in one line?"""

import time
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permiscope.engine.alphabet import PEOPLES
from permiscope.engine.steadiness import check_in_process
from permiscope.model.access import ACTIONS, PERMIT, Decision, Request
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS
from permiscope.model.steps import Compose, Consent
from permiscope.service.policies.guarding import DAY, asked, examine, load_guarded, questions, watched
from permiscope.service.policies.policy import BUILT_IN, ExtentPolicy, FunctionPolicy, Policy
from tests.helpers import ANA, APP, BEN, get, kinds_of, trace_of

LIMIT = 0.5
LOOP = "def policy(request):\n    while True:\n        pass\n"
REGEX = "import re\ndef policy(request):\n    return bool(re.match('(a+)+$', 'a' * 40 + 'b'))\n"
IMPORT = "while True:\n    pass\n"
DICE = "import random\ndef policy(request):\n    return random.random() < 0.5\n"
MEMORY = "asked = []\ndef policy(request):\n    asked.append(1)\n    return len(asked) < 9\n"
PROCESS = "import os\nSEED = os.environ.get('PYTHONHASHSEED')\ndef policy(request):\n    return SEED == '1'\n"
GRANTS = "def policy(request):\n    request.grant = None\n    return True\n"
LABELS = "def policy(request):\n    request.facts.labels['m1'] = ('x',)\n    return True\n"
WORDS = "def policy(request):\n    return 'yes'\n"
LEAVES = "import os\ndef policy(request):\n    os._exit(0)\n"
LACKS = "import nothing_of_that_name\n"
GOOD = "def policy(request):\n    print('thinking')\n    return request.grant is not None\n"


def written(folder: Path, text: str) -> str:
    """The POLICY that a text in a file is."""
    (folder / "mine.py").write_text(text, encoding="utf-8")
    return f"{folder / 'mine.py'}:policy"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(LOOP, "did not answer within 0.5 seconds; it was at line", id="loop"),
        pytest.param(REGEX, "did not answer within 0.5 seconds; it was at line 3", id="regex"),
        pytest.param(IMPORT, "did not answer within 0.5 seconds; it was at line", id="import"),
        pytest.param(DICE, "is not deterministic: asked whether", id="dice"),
        pytest.param(MEMORY, "it answered first yes, then no", id="memory"),
        pytest.param(PROCESS, "when it was loaded again", id="process"),
        pytest.param(GRANTS, "it changed `request.grant`", id="grants"),
        pytest.param(LABELS, "it changed `request.facts`", id="labels"),
        pytest.param(WORDS, "returned `'yes'`; let it return True, False or a Decision", id="words"),
        pytest.param(LEAVES, "ended the process that asked it", id="leaves"),
        pytest.param(LACKS, "cannot be imported: ModuleNotFoundError", id="lacks"),
    ],
)
def test_a_policy_that_cannot_be_searched_is_named_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    """It loops, throws dice, remembers, writes where it may only read, or does worse."""
    with pytest.raises(InputError) as wrong:
        load_guarded(written(tmp_path, text), LIMIT)
    assert says in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_good_policy_passes_and_is_rehearsed_silently(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing that it says in the child process is heard; here each question is asked twice."""
    name = written(tmp_path, GOOD)
    policy = load_guarded(name)
    assert policy.name == name
    asked_here = 2 * sum(1 for _ in questions())
    assert capfd.readouterr().out.count("thinking") == asked_here


def test_a_policy_that_is_no_file_of_python_needs_no_rehearsal() -> None:
    """What is built in is known to answer."""
    assert load_guarded("reply") is BUILT_IN["reply"]
    assert load_guarded("reply | tagged").name == "(reply | tagged)"


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_policy_that_is_built_in_passes(name: str) -> None:
    """Its answers are those of its extent, so the rehearsal asks what it seems to."""
    policy = BUILT_IN[name]
    answers = examine(policy)
    assert answers == ["yes" if policy.decide(request).permit else "no" for request in questions()]


def test_the_day_has_a_message_of_every_kind() -> None:
    """Each kind of step that people take; each action, with and without a grant."""
    assert {kind for step in DAY for kind in kinds_of(step)} == PEOPLES
    assert {(each.action, each.grant is not None) for each in questions()} == {
        (action, granted) for action in ACTIONS for granted in (True, False)
    }


def test_the_day_tells_all_readings_apart() -> None:
    """No two of them answer every question alike, so a policy that mixes them up is at least run."""
    answers = [tuple(examine(ExtentPolicy(extent))) for extent in READINGS.values()]
    assert len(set(answers)) == len(READINGS)


@settings(max_examples=20)
@given(st.integers(1, 2 * sum(1 for _ in questions())))
def test_one_answer_that_is_another_is_found_wherever_it_is(odd: int) -> None:
    """However rarely a policy answers otherwise."""
    asked_so_far = count(1)
    with pytest.raises(InputError, match="is not deterministic"):
        examine(FunctionPolicy("once", "", lambda _: next(asked_so_far) == odd))


def test_a_question_is_told_in_words() -> None:
    """Who may do what with which message, and whether there is a grant."""
    request = next(request for request in questions() if request.grant is not None)
    assert asked(request) == f"whether {APP} may read m1 in {ANA}'s mailbox, with a grant"


def test_what_decides_must_decide() -> None:
    """A policy object of one's own may answer nonsense as well."""

    class Vague:
        name, text = "vague", ""

        def decide(self, request: Request) -> Decision:
            return "perhaps"  # type: ignore[return-value]  # the fault

    with pytest.raises(InputError, match="the policy `vague` answered `'perhaps'`; let `decide` return a Decision"):
        examine(Vague())


def stuck_later() -> Policy:
    """A function that answers all questions of its rehearsal, and loops on another."""

    def policy(request: Request) -> bool:
        while request.message.body == "Open sesame.":
            pass
        return True

    return FunctionPolicy("sesame", "", policy)


def test_a_function_that_is_stuck_later_is_stopped() -> None:
    """By a look at what runs, now and then."""
    policy = stuck_later()
    examine(policy)
    told = r"the policy `sesame` did not answer within 0.05 seconds whether .* with a grant; it was at line"
    with pytest.raises(InputError, match=told), watched(0.05):
        trace_of((Consent(ANA, APP), Compose(BEN, (ANA,), text="Open sesame."), get("m1")), policy)


def test_a_search_that_takes_long_is_not_stopped() -> None:
    """Only one question that is not answered, however many are asked."""
    answered = FunctionPolicy("quick", "", lambda _: PERMIT)
    end = time.perf_counter() + 0.2
    with watched(0.02):
        while time.perf_counter() < end:
            answered.decide(next(questions()))


ELSEWHERE = """
import os
SEED = os.environ.get("PYTHONHASHSEED")
def policy(request):
    return request.operation is not None and SEED == "1"
"""


def test_a_policy_is_asked_by_the_search_in_a_process_of_its_own(tmp_path: Path) -> None:
    """What it answers to the rehearsal says nothing of questions that only a search has."""
    with pytest.raises(InputError, match="is not deterministic: in another process the same histories went otherwise"):
        check_in_process(load_guarded(written(tmp_path, ELSEWHERE)), [])
    check_in_process(load_guarded(written(tmp_path, GOOD)), [(Consent(ANA, APP), Compose(BEN, (ANA,)), get("m1"))])
