"""Does a platform, one of the catalogue or of somebody's own, work in every command, with its marks?"""

import json
import re
from pathlib import Path

import pytest

from permiscope.service.platforms.vendor import load_vendor, vendor_names
from tests.helpers import Command

ROOT = Path(__file__).parents[1]


@pytest.fixture
def pigeon(tmp_path: Path) -> Path:
    """The folder of the invented platform that CONTRIBUTING shows."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (tmp_path / "pigeon.toml").write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    return tmp_path


def test_a_platform_of_ones_own_is_told_and_what_it_opens_beyond_its_words_is_found(
    command: Command, pigeon: Path
) -> None:
    """By one data file, with no change of code."""
    told = command("explain", "pigeon.toml", folder=pigeon).stdout
    assert "Pigeon Post, as of 2026-11-27. A loft of messages" in told
    assert re.search(r"post.carry +send; forward of any message", told)
    found = command("test", "pigeon.toml", "--json", "found.json", "--out", "found", folder=pigeon)
    assert found.returncode == 1
    assert "1. An app with inbox.own" in found.stdout
    assert "2. An app with post.carry" in found.stdout
    written = json.loads((pigeon / "found.json").read_text(encoding="utf-8"))
    assert [(each["scopes"], each["by"], each["steps"]) for each in written["found"]] == [
        (["inbox.own"], "get", 3),
        (["post.carry"], "forward", 3),
    ]
    for file in sorted((pigeon / "found").glob("*.toml")):
        again = command("run", file, folder=pigeon)
        assert again.returncode == 1
        assert "broken" in again.stdout


@pytest.mark.one_python
def test_scopes_of_ones_own_are_tested_diffed_and_trimmed(command: Command, pigeon: Path) -> None:
    """As those of the catalogue."""
    tested = command("test", "pigeon.toml:inbox.own", "--reading", "threaded", "--max-steps", 4, folder=pigeon)
    assert (tested.returncode, "kept" in tested.stdout) == (0, True)
    assert (
        command("test", "pigeon.toml:inbox.own", "--reading", "authored", "--max-steps", 4, folder=pigeon).returncode
        == 1
    )
    assert sorted(path.name for path in pigeon.iterdir()) == ["pigeon.toml"]
    apart = command("diff", "pigeon.toml:inbox.read", "pigeon.toml:inbox.own", "--max-steps", 3, folder=pigeon)
    assert (apart.returncode, "A permits more" in apart.stdout) == (1, True)
    trimmed = command("trim", "pigeon.toml", "--keep", "readback", folder=pigeon)
    assert trimmed.returncode == 0
    assert "inbox.own [V]" in trimmed.stdout
    assert "inbox.read [V]" not in trimmed.stdout


def test_a_day_on_a_platform_is_a_page(command: Command, pigeon: Path) -> None:
    """A saved trace of it replays there, too."""
    command("test", "pigeon.toml", "--out", "found", folder=pigeon)
    (file,) = (pigeon / "found").glob("*inbox.own*.toml")
    command("run", file, "--out", "day.jsonl", folder=pigeon)
    shown = command("show", "day.jsonl", "-o", "day.html", folder=pigeon)
    assert shown.returncode == 0
    assert "pigeon.toml:inbox.own" in (pigeon / "day.html").read_text(encoding="utf-8")


def test_every_platform_is_listed_and_told_with_a_mark_at_each_fact(command: Command, tmp_path: Path) -> None:
    """No sentence about a company without its mark."""
    listed = command("list", "platforms", folder=tmp_path).stdout
    for name in vendor_names():
        assert name in listed
        vendor = load_vendor(name)
        told = command("explain", name, folder=tmp_path).stdout
        plain = " ".join(told.split())
        for fact in vendor.facts:
            assert f"{fact.text} [{fact.mark}]" in plain
        for source in vendor.sources.values():
            assert f"[{source.mark}] {source.title}" in plain
        assert max(map(len, told.splitlines())) <= 120
        for scope in vendor.scopes:
            told = " ".join(command("explain", f"{name}:{scope}", folder=tmp_path).stdout.split())
            assert f"{scope} [{vendor.mark(vendor.scopes[scope])}]" in told
            for fact in vendor.scopes[scope].facts:
                assert f"{fact.text} [{fact.mark}]" in told


@pytest.mark.one_python
def test_a_real_grant_is_put_to_the_claims_under_this_model(command: Command, tmp_path: Path) -> None:
    """Nothing is written beside it, and what is not shown is not tested."""
    done = command("test", "gmail:gmail.metadata+gmail.send", "--max-steps", 3, folder=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("Under this model of Gmail API, as of 2026-10-05, an app with gmail.metadata and")
    assert re.search(r"everything +not tested", done.stdout)
    assert re.search(r"I7:reply +broken in 3", done.stdout)
    assert list(tmp_path.iterdir()) == []


def test_a_claim_that_is_not_searched_for_is_said_to_be_open(command: Command, tmp_path: Path) -> None:
    """What did happen, and what all mail is: neither is left out of the answer."""
    claims = [("did", "I5:reply", "did"), ("all", "RA2", "could"), ("only replies", "I5:reply", "could")]
    text = "".join(f'[[claim]]\nname = "{a}"\nsentence = "."\nformula = "{b}"\nmode = "{c}"\n' for a, b, c in claims)
    (tmp_path / "claims.toml").write_text(text, encoding="utf-8")
    done = command(
        "test",
        "gmail:gmail.readonly",
        "--claims",
        "claims.toml",
        "--max-steps",
        "3",
        "--json",
        "f.json",
        folder=tmp_path,
    )
    cells = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))["cells"]
    assert [cell["verdict"] for cell in cells] == ["NOT TESTABLE HERE", "NOT TESTABLE HERE", "REFUTED"]
    assert done.returncode == 1


def test_two_scopes_are_told_apart_by_operation(command: Command, tmp_path: Path) -> None:
    """Not by action, for to read and to search are two things there."""
    done = command("diff", "gmail:gmail.readonly", "gmail:gmail.metadata", "--json", "apart.json", folder=tmp_path)
    assert done.returncode == 1
    apart = json.loads((tmp_path / "apart.json").read_text(encoding="utf-8"))
    assert apart["verdict"] == "A permits more"
    verdicts = {name: each["verdict"] for name, each in apart["actions"].items()}
    assert verdicts["get"] == verdicts["search"] == verdicts["thread"] == "A permits more"
    assert verdicts["metadata"] == verdicts["list"] == "equivalent within the bound"


def test_a_claim_of_a_whole_platform_is_refused_in_a_line(command: Command, tmp_path: Path) -> None:
    """What is to be tested is a grant."""
    done = command("test", "gmail", "--reading", "reply", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "permiscope: `gmail` is a platform; to test a claim, name scopes of it, as PLATFORM:SCOPE+SCOPE\n"
    )


def test_what_the_readme_shows_of_platforms_is_what_is_printed(command: Command, tmp_path: Path) -> None:
    """The table and the story."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("## Real platforms")[1].split("\n## ")[0]
    _, story, table = section.split("```\n")[1::2]
    assert story.strip() in command("test", "graph", folder=tmp_path).stdout
    assert table.strip() in command("list", "platforms", folder=tmp_path).stdout
