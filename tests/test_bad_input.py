"""Is wrong input answered in one line, with exit code 2 and no traceback?"""

import sys
from pathlib import Path

import pytest

from permiscope.cli import main

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


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the files above, and the command is run there."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(arguments: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """The exit code of the command."""
    monkeypatch.setattr(sys, "argv", ["permiscope", *arguments.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("test repl", "did you mean `reply`?"),
        ("test gmial", "did you mean `gmail`?"),
        ("test missing.toml", "there is no file `missing.toml`"),
        ("test key.toml", "describes no platform, for it has no scopes"),
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
        ("audit number.py", "Missing option '--owner'; see `permiscope audit --help`"),
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
def test_wrong_input_gets_one_clear_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: str, says: str
) -> None:
    """It names the thing and the next step, and nothing else is written."""
    assert run(arguments, monkeypatch) == 2
    out, err = capsys.readouterr()
    assert says in err
    assert err.startswith("permiscope: ")
    assert err.count("\n") == 1
    assert out == ""
    assert {path.name for path in folder.iterdir()} - {"__pycache__"} == set(FILES)


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
def test_the_exit_code_says_how_it_ended(monkeypatch: pytest.MonkeyPatch, arguments: str, code: int) -> None:
    """Kept, broken, not tested, untested allowed; a survey is fine whatever it finds."""
    assert run(arguments, monkeypatch) == code
