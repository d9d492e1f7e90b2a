"""Is wrong input answered in one line, with exit code 2 and no traceback?"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = {
    "broken.py": "import nothing_of_that_name\n",
    "number.py": "def policy(request):\n    return 7\n",
    "nullary.py": "def policy():\n    return True\n",
    "noisy.toml": "this is no toml",
    "word.toml": 'policy = "reply"\nstep = [{ do = "call", app = "StreamCo", operation = "gte", owner = "Ana" }]\n',
    "key.toml": 'policy = "reply"\nstep = [{ do = "grant", persn = "Ana", app = "StreamCo" }]\n',
    "nobody.toml": 'policy = "reply"\nstep = [{ do = "grant", person = "Dan", app = "StreamCo" }]\n',
    "order.toml": 'policy = "reply"\nstep = [{ do = "reply", person = "Ana", message = "m1" }]\n',
    "claims.toml": '[[claim]]\nname = "x"\nsentence = "x"\nformula = "I5:repl"\n',
    "leaves.py": "import sys\nsys.exit(0)\n",
    "late.py": "import sys\ndef policy(request):\n    sys.exit(0)\n",
    "truth.toml": 'policy = "reply"\nrecheck = "no"\nstep = [{ do = "grant", person = "Ana", app = "StreamCo" }]\n',
    "never.toml": 'policy = "reply"\nstep = [{ do = "grant", person = "Ana", app = "StreamCo", at = nan }]\n',
    "empty.toml": 'policy = "reply"\npeople = []\nstep = [{ do = "grant", person = "Ana", app = "StreamCo" }]\n',
    "alone.toml": '[[claim]]\nname = "RA2"\nsentence = "x"\nformula = "RA2"\n',
    "old.jsonl": '{"trace":99}\n',
}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder that holds the files above."""
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", f"import sys; sys.path.append({str(ROOT)!r}); from sim.cli import main; main()"]
    return subprocess.run([*command, *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("test repl", "did you mean `reply`?"),
        ("test reply --reading threded", "did you mean `threaded`?"),
        ("test missing.py:policy", "there is no file `missing.py`"),
        ("test broken.py:policy", "cannot be imported"),
        ("test broken.py", "names a file but no function"),
        ("test nullary.py:policy", "must take exactly one argument"),
        ("test number.py:policy --max-steps 3", "returned `7`"),
        ("test reply --claims claims.toml", "claim 1"),
        ("test --max-steps -1", "use 1 or more"),
        ("test --max-steps 9", "--force"),
        ("test --max-steps 3 --json noisy.toml/x.json", "nothing can be written"),
        ("test --max-steps 3 --json .", "is a folder"),
        ("test --max-steps three", "Invalid value for '--max-steps'"),
        ("tset", "No such command 'tset'"),
        ("test leaves.py:policy", "cannot be imported: SystemExit: 0"),
        ("test --max-steps 300", "--force"),
        ("test reply --claims alone.toml --reading reply", "leave out `--reading`"),
        ("run truth.toml", "`no` is neither true nor false"),
        ("run never.toml", "`nan` is no number"),
        ("run empty.toml", "people and apps need names"),
        ("audit number.py --owner", "--owner"),
        ("audit broken.py --owner ana@x.example --app-domain https://", "is no domain"),
        ("audit number.py", "Missing"),
        ("audit number.py --owner ana@x.example --granted-on 2020-02-30", "'2020-02-30'"),
        ("explain reply", "is no POLICY/READING"),
        ("run missing.toml", "there is no file"),
        ("run noisy.toml", "cannot be read as TOML"),
        ("run key.toml", "`persn` is no key"),
        ("run word.toml", "`gte` is none of get, metadata,"),
        ("list features", "what: 'features' is not one of 'policies', 'readings'"),
        ("run nobody.toml", "step 1 is not possible: there is no person `Dan`"),
        ("run order.toml", "step 1 is not possible: `Ana` holds no message `m1`"),
        ("run old.jsonl", "trace version `99`"),
    ],
)
def test_wrong_input_gets_one_clear_line(tmp_path: Path, arguments: str, says: str) -> None:
    """It names the thing and the next step, and nothing else is written."""
    done = run(tmp_path, *arguments.split())
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.startswith("permiscope: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert {path.name for path in tmp_path.iterdir()} - {"__pycache__"} == set(FILES)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("test reply --reading threaded --max-steps 4", 0),
        ("test threaded --reading reply --max-steps 4", 1),
        ("test deny-all --reading reply --max-steps 3", 1),
        ("test deny-all --reading reply --max-steps 3 --allow-untested", 0),
        ("test --max-steps 3", 0),
        ("test late.py:policy --reading reply --max-steps 3", 1),
        ("test --claims alone.toml --max-steps 3", 0),
        ("test reply threaded --claims alone.toml --max-steps 3", 0),
        ("run order.toml", 2),
        ("explain threaded/reply --max-steps 4", 0),
    ],
)
def test_the_exit_code_says_how_it_ended(tmp_path: Path, arguments: str, code: int) -> None:
    """Kept, broken, not tested, untested allowed; a survey is fine whatever it finds."""
    assert run(tmp_path, *arguments.split()).returncode == code
