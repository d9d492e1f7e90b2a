"""Test that a sample is told as a sample, and a trace as a trace: nothing but a search says *kept*."""

from pathlib import Path

import pytest

from permiscope.claims import Cell, assess_trace, content_scoped, keeps
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import Monitor, judge
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.extents import READINGS
from permiscope.model.steps import Call, Compose, Consent, Reply
from permiscope.report.text import cell_lines, policy_lines, sentence, tally_lines
from permiscope.service.policies.policy import BUILT_IN
from permiscope.sources.scenario import Scenario, dump_scenario
from tests.helpers import ANA, APP, BEN, Command, get, trace_of

DAY = (
    Consent(ANA, APP),
    Compose(BEN, (ANA,), text="My results came."),
    Compose(ANA, (BEN,), via=APP, text="See this film."),
    get("m1"),
    get("m2"),
    Call(APP, "list", ANA),
    Call(APP, "send", ANA, to=(BEN,), text="And this one."),
    Reply(BEN, "m2", text="Thanks."),
)
"""Of its calls, one is refused and two show something."""

VERDICTS = {
    Kind.HELD: Verdict(Kind.HELD, 165, draws=200, upper=0.01799, generator="days"),
    Kind.SEARCHED: Verdict(Kind.SEARCHED, 1500, draws=2000),
    Kind.NOT_BROKEN: Verdict(Kind.NOT_BROKEN, 1, shown=12, refused=3),
    Kind.REFUTED: Verdict(Kind.REFUTED, 165, draws=200, generator="days"),
}


def cell_of(verdict: Verdict) -> Cell:
    """A cell with a verdict in it."""
    return Cell("mine", "I5:reply", "I5:reply", "Only replies.", None, None, verdict, 1, 1)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.HELD, "200 drawn, 165 shown, none broken, at most 0.0180"),
        (Kind.SEARCHED, "none found in 2,000 examples"),
        (Kind.NOT_BROKEN, "not broken in this trace (12 shown, 3 refused)"),
        (Kind.REFUTED, "broken"),
    ],
)
def test_a_verdict_says_how_it_is_known(kind: Kind, words: str) -> None:
    """In its words, and in every sentence and table about it."""
    verdict = VERDICTS[kind]
    assert verdict.words == words
    told = [sentence(cell_of(verdict)), cell_lines([cell_of(verdict)]), policy_lines([cell_of(verdict)])]
    assert not any("kept" in text or "held" in text for text in told)
    if kind is not Kind.REFUTED:
        assert words in " ".join(told[0].split())


def test_a_trace_counts_what_was_shown_and_what_was_refused() -> None:
    """Once for the trace, whatever the rule; a monitor at the door has not seen the end of it and says no numbers."""
    records = trace_of(DAY, BUILT_IN["reply"]).records
    names = [parse_invariant(name) for name in ("I5:reply", "I3", "I1")]
    broken, silent, kept = (tally.verdict() for tally in judge(records, names))
    assert kept.words == broken.words == "not broken in this trace (2 shown, 1 refused)"
    assert silent.words == "not tested"
    assert Monitor(names).tallies[0].verdict().words == "not tested"
    refused = judge(trace_of(DAY, BUILT_IN["deny-all"]).records, names)
    assert [tally.verdict().words for tally in refused] == ["not tested"] * 3


def test_a_table_of_one_trace_says_so_below() -> None:
    """In short in each row, and in full once."""
    trace = trace_of(DAY, BUILT_IN["reply"])
    told = tally_lines(judge(trace.records, [parse_invariant("I5:reply"), parse_invariant("I1")]))
    assert told.count("not broken") == 2
    said = "Not broken in this trace (2 shown, 1 refused): it says nothing of others."
    assert told.endswith(said)
    claims = [content_scoped(READINGS["reply"]), keeps("I1")]
    assert policy_lines(assess_trace(trace, claims)).endswith(said)
    assert said not in tally_lines(judge((), [parse_invariant("I1")]))


def test_a_run_on_the_screen_says_what_was_shown_and_refused(command: Command, tmp_path: Path) -> None:
    """Of a scenario file, as of a saved trace."""
    (tmp_path / "day.toml").write_text(dump_scenario(Scenario("reply", ("I5:reply",), history=DAY)), encoding="utf-8")
    done = command("run", "day.toml", "--out", "day.jsonl", folder=tmp_path)
    again = command("run", "day.jsonl", "--invariant", "I5:reply", folder=tmp_path)
    assert (done.returncode, again.returncode) == (0, 0)
    for each in (done, again):
        assert "Not broken in this trace (2 shown, 1 refused)" in each.stdout


def test_a_sample_on_the_screen_is_told_as_one(command: Command, tmp_path: Path) -> None:
    """How many were drawn, on how many something was shown, and the bound; and not that anything is kept."""
    done = command("test", "reply", "--reading", "reply", "--invariant", "I3", "--draws", "20", folder=tmp_path)
    assert "20 drawn, 20 shown, none broken, at most 0.140" in done.stdout
    assert "kept" not in done.stdout
    assert "not tested: shown on none of 20 days" in " ".join(done.stdout.split())
