"""Does a project's pyproject.toml say what is tested, and what is accepted and why?"""

from pathlib import Path

import pytest

from permiscope.model.errors import InputError
from permiscope.sources.config import Accepted, Settings, load_settings

WHOLE = """
[project]
name = "ours"

[tool.permiscope]
policy = "my_policy.py:policy"
readings = ["reply"]
invariants = ["I3", "all"]
max-steps = 3

[[tool.permiscope.accepted]]
claim = "I5:authored"
reason = "Answers are wanted."

[[tool.permiscope.accepted]]
scenario = "known.toml"
reason = "Old threads are few."
"""
HEAD = '[tool.permiscope]\npolicy = "reply"\n'
ENTRY = "[[tool.permiscope.accepted]]\n"


def settings(folder: Path, text: str) -> Settings | None:
    """What a pyproject.toml of this text says."""
    path = folder / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def test_all_that_can_be_said_is_read(tmp_path: Path) -> None:
    """Keys with hyphens, as TOML has them."""
    assert settings(tmp_path, WHOLE) == Settings(
        "my_policy.py:policy",
        ("reply",),
        ("I3", "all"),
        3,
        (
            Accepted("Answers are wanted.", claim="I5:authored"),
            Accepted("Old threads are few.", scenario="known.toml"),
        ),
    )


def test_only_the_policy_must_be_said(tmp_path: Path) -> None:
    """The rest has the defaults of the command line."""
    assert settings(tmp_path, HEAD) == Settings("reply")


def test_a_project_without_the_table_has_no_settings(tmp_path: Path) -> None:
    """No file, no table, or a table of somebody else's."""
    assert load_settings(tmp_path / "pyproject.toml") is None
    assert settings(tmp_path, "") is None
    assert settings(tmp_path, "[tool.ruff]\nline-length = 100\n") is None
    assert settings(tmp_path, "tool = 3\n") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[tool.permiscope", "cannot be read as TOML"),
        ("[tool]\npermiscope = 3\n", "`tool.permiscope` is no table"),
        ("[tool.permiscope]\n", "the key `policy` is missing"),
        (
            HEAD + 'reading = ["reply"]\n',
            "there is no key `reading`; there are policy, readings, invariants, max-steps",
        ),
        (HEAD + "max_steps = 3\n", "there is no key `max_steps`; there are policy, readings, invariants, max-steps"),
        (HEAD + 'max-steps = "3"\n', "`3` is no whole number"),
        (HEAD + 'readings = "reply"\n', "`reply` is no list"),
        (HEAD + "accepted = 3\n", "`accepted` is no list"),
        (HEAD + "accepted = [3]\n", "accepted 1 is no table"),
        (HEAD + ENTRY + 'claim = "I3"\n', "accepted 1: the key `reason` is missing"),
        (HEAD + ENTRY + 'claim = "I3"\nreason = " "\n', "accepted 1: say why it is accepted"),
        (HEAD + ENTRY + 'reason = "x"\n', "accepted 1: name what is accepted by `claim` or by `scenario`"),
        (HEAD + ENTRY + 'reason = "x"\nclaim = "I3"\nscenario = "y.toml"\n', "one of the two"),
        (HEAD + ENTRY + 'reason = "x"\nclam = "I3"\n', "there is no key `clam`; there are reason, claim, scenario"),
    ],
)
def test_a_bad_table_is_answered_with_the_key_and_those_that_there_are(tmp_path: Path, text: str, says: str) -> None:
    """In one line that names the file."""
    with pytest.raises(InputError) as wrong:
        settings(tmp_path, text)
    assert says in str(wrong.value)
    assert "pyproject.toml" in str(wrong.value)
    assert "\n" not in str(wrong.value)
