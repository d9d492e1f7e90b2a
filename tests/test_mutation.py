"""Do the checks notice what a mutant changes, is it told when none does, and is the report up to date?"""

import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
import typer
from attrs import evolve

from permiscope.cli.mutants import mutants as command
from permiscope.cli.mutants import mutants_report
from permiscope.model.progress import Tick
from permiscope.questions.checks.mutants import Mutant, mutants
from permiscope.questions.checks.mutation import SURVIVORS, Judged, judge
from permiscope.service.door.services import SERVICES
from permiscope.service.policies.policy import BUILT_IN

pytestmark = pytest.mark.one_python

MODULE = sys.modules["permiscope.cli.mutants"]
"""The command has the same name."""
REPORT = Path(__file__).parents[1] / "reports" / "mutants.txt"
OPERATORS = {
    "flip an effect",
    "extent true",
    "extent false",
    "a reading up",
    "a reading down",
    "drop a PEP",
    "drop the recheck",
    "stale attribute",
    "drop redaction",
    "swap author and via",
    "all-copies delete",
    "sequential ids",
    "403 for 404",
    "push before filter",
}

QUICK = {
    "deny-all, permit: refused by the policy": (2, {"I1": 2, "I3": 4}),
    "authored, extent true": (3, {"I5": 3, "I9": 3, "I18": 3}),
    "authored, extent false": (3, {"U2": 3, "U5": 3}),
    "reply, up to threaded": (4, {"I5": 4}),
    "reply, down to via-app": (4, {"U3": 4}),
    "reply, count unchecked": (3, {"I21": 3}),
    "reply, author and via swapped": (3, {"I5": 3}),
    "reply, deletes all copies": (3, {"I10": 3}),
    "reply, sequential ids": (3, {"I21": 4}),
    "reply, 403 for 404": (3, {"I24": 3, "I21": 3}),
    "reply, push before filter": (3, {"I5": 3, "I21": 3}),
    "reply, revocation never noticed": (4, {"I1": 4, "I3": 4}),
    "ideal, no recheck": (5, {"I4": 5}),
}
"""A mutant for each operator but the one on redaction: how soon it is told apart, and which checks kill it."""


@cache
def judged_once(name: str) -> Judged:
    """What becomes of a mutant, once for all tests."""
    return judge(mutants()[name])


def lengths(judged: Judged) -> dict[str, int]:
    """The shortest kill of each check, whatever its reading."""
    found: dict[str, int] = {}
    for check, history in judged.killers.items():
        family = check.partition(":")[0]
        found[family] = min(len(history), found.get(family, len(history)))
    return found


@pytest.mark.parametrize("name", QUICK)
def test_a_mutant_is_told_apart_and_killed(name: str) -> None:
    """By the checks that speak of what was changed, and with histories as short as they should be."""
    judged = judged_once(name)
    assert (len(judged.difference), lengths(judged)) == QUICK[name]
    assert judged.failure() is None


def test_a_mutant_that_changes_nothing_is_equivalent() -> None:
    """Of an app's own message in its author's mailbox, author and via say the same."""
    judged = judged_once("authored, author and via swapped")
    assert judged.equivalent
    assert (judged.killers, judged.bound, judged.failure()) == ({}, 4, None)


@pytest.mark.parametrize("name", SURVIVORS)
def test_a_listed_survivor_survives(name: str) -> None:
    """It refuses more than its original, and takes nothing away that a utility asks for; looked for in what is read."""
    mutant = mutants()[name]
    judged = judge(evolve(mutant, looks=mutant.looks[:1]))
    assert judged.survived
    assert judged.stricter
    assert judged.failure() is None


def blind(name: str, check: str) -> Mutant:
    """A mutant on which only this check is tried."""
    mutant = mutants()[name]
    return evolve(mutant, looks=tuple(evolve(look, checks=(check,)) for look in mutant.looks))


PLANTED = blind("reply, up to threaded", "U3")


def planted(*found: Judged | BaseException) -> object:
    """What takes the place of judging all mutants."""

    def judge_all(names: Sequence[str], tick: Tick) -> Iterator[Judged]:
        for each in found:
            if isinstance(each, BaseException):
                raise each
            yield each

    return judge_all


def test_a_mutant_that_no_check_notices_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The report has it, with what is known of it; one that was killed alone is fine."""
    unnoticed, killed = judge(PLANTED), judged_once("reply, extent true")
    assert not unnoticed.stricter
    monkeypatch.setattr(MODULE, "judge_all", planted(unnoticed, killed))
    with pytest.raises(typer.Exit) as ended:
        command(tmp_path / "mutants.txt")
    assert ended.value.exit_code == 1
    out, err = capsys.readouterr()
    assert (tmp_path / "mutants.txt").read_text(encoding="utf-8") == out
    assert "2 mutants: 0 equivalent within the bound, 1 killed, 1 survived." in out
    assert "reply, up to threaded: It differs in 4 steps. No reason is given." in out
    assert err == "permiscope: No check notices the mutant `reply, up to threaded`, and no reason is given.\n"
    monkeypatch.setattr(MODULE, "judge_all", planted(killed))
    command(None)
    assert "1 mutants: 0 equivalent within the bound, 1 killed, 0 survived." in capsys.readouterr().out


def test_a_listed_survivor_that_is_killed_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the list cannot go stale."""
    killed = judged_once("reply, extent true")
    monkeypatch.setitem(SURVIVORS, killed.mutant, "It is said that nothing notices it.")
    monkeypatch.setattr(MODULE, "judge_all", planted(killed))
    assert killed.failure() == "The mutant `reply, extent true` is said to survive, and does not."
    with pytest.raises(typer.Exit) as ended:
        command(None)
    assert ended.value.exit_code == 1


def test_an_interrupted_command_prints_what_it_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """And leaves the report of a whole run alone."""
    killed = judged_once("reply, extent true")
    monkeypatch.setattr(MODULE, "judge_all", planted(killed, KeyboardInterrupt()))
    with pytest.raises(typer.Exit) as ended:
        command(tmp_path / "mutants.txt")
    assert ended.value.exit_code == 130
    out, err = capsys.readouterr()
    assert "reply, extent true: apart 3 of 4; I5 3 - I9, I10, I18, U2, U3, U4, U5\n" in out
    assert err == f"permiscope: this is of the first 1 of {len(mutants())} mutants\n"
    assert list(tmp_path.iterdir()) == []


def test_every_operator_is_applied_and_every_policy_and_service_changed() -> None:
    """Names tell mutants apart, and none is its own original."""
    found = mutants().values()
    assert {mutant.operator for mutant in found} == OPERATORS
    assert {mutant.original.name for mutant in found} == {*SERVICES, *BUILT_IN}
    assert [mutant.name for mutant in found if mutant.service == mutant.original] == []
    assert set(SURVIVORS) <= set(mutants())


def test_the_report_lists_exactly_the_mutants_that_are_made() -> None:
    """It is made by `make mutants`, which takes minutes; what it lists as survivors is what is listed in the code."""
    text = REPORT.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^(Mutants|Survivors|Equivalent)[^\n]*:\n(.*?)\n\n", text, re.MULTILINE | re.DOTALL))
    equivalent = re.findall(r"^(.*) \(\d\)$", sections["Equivalent"], re.MULTILINE)
    listed = [line.partition(": apart ")[0] for line in unwrapped(sections["Mutants"])]
    survivors = unwrapped(sections["Survivors"])
    assert sorted([*listed, *equivalent]) == sorted(mutants())
    assert [line for line in survivors if not line.startswith(tuple(f"{name}: " for name in SURVIVORS))] == []
    assert len(survivors) == len(SURVIVORS)
    assert f"{len(mutants())} mutants: {len(equivalent)} equivalent" in text


def unwrapped(section: str) -> list[str]:
    """The lines of a section, each with what was wrapped."""
    return re.sub(r"\n +", " ", section).splitlines()


def test_a_report_is_of_what_was_found() -> None:
    """Rates are of the mutants that are not equivalent, and of those on which a check was tried."""
    names = ("reply, extent true", "reply, extent false", "authored, author and via swapped")
    report = mutants_report([judged_once(name) for name in names])
    assert "3 mutants: 1 equivalent within the bound, 2 killed, 0 survived." in report
    assert re.search(r"^I5 +1 +2 +50% +50.0%$", report, re.MULTILINE)
    assert re.search(r"^U2 +1 +2 +50% +50.0%$", report, re.MULTILINE)
    assert re.search(r"^I9 +0 +2 +0% +0.0%$", report, re.MULTILINE)
