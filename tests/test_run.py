"""Does `permiscope run` judge a history by what takes one run and by what takes two, and say what the service does?"""

from pathlib import Path

import pytest
from attrs import evolve

from permiscope.cli import app
from permiscope.model.errors import InputError
from permiscope.model.extents import parse_extent
from permiscope.model.records import Wrote
from permiscope.model.steps import Begin, Call, Compose, Consent
from permiscope.report.page import days
from permiscope.report.story import story
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.policies.policy import BUILT_IN
from permiscope.sources.scenario import Scenario, dump_scenario, load_scenario
from tests.helpers import ANA, APP, BEN


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with nothing in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    """The exit code of the command."""
    return app([*arguments], standalone_mode=False) or 0


def test_what_takes_two_runs_is_hunted_and_replayed_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The story ends with what the app can tell, and the file that is saved shows it again."""
    arguments = ("everything", "--invariant", "I20:reply", "--max-steps", "3", "--out", str(folder / "found"))
    assert run("test", *arguments) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "everything/I20:reply: broken in 3" in told
    assert "the app can tell what m1 says" in told
    (file,) = (folder / "found" / "counterexamples").iterdir()
    assert run("run", str(file)) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "I20:reply broken tested 1 first at answer 1" in told
    assert "the app can tell what m1 says" in told
    assert run("test", "authored", "--invariant", "I20:reply", "--max-steps", "3") == 0
    assert "I20:reply: kept" in " ".join(capsys.readouterr().out.split())


def test_a_scenario_names_its_faults_and_a_trace_keeps_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two faults at once are both named, each check sees its own, and what was saved runs the same way again."""
    history = (Consent(ANA, APP), Compose(BEN, (ANA,)), Call(APP, "count", ANA), Call(APP, "get", ANA, message="m1"))
    scenario = Scenario("L8", ("I21:reply", "I24"), faults=("L11",), history=history)
    file, trace, again = (folder / name for name in ("both.toml", "both.jsonl", "again.toml"))
    file.write_text(dump_scenario(scenario), encoding="utf-8")
    assert run("run", str(file), "--out", str(trace)) == 1
    told = capsys.readouterr().out
    assert "L8: " in told
    assert "L11: " in told
    assert [line.split()[:2] for line in told.splitlines() if line.startswith("I2")][:2] == [
        ["I24", "broken"],
        ["I21:reply", "broken"],
    ]
    assert run("run", str(trace), "--invariant", "I24", "--out", str(again)) == 1
    assert load_scenario(again).faults == ("L11",)
    assert load_scenario(again).policy == "L8"
    with pytest.raises(InputError, match="compares two runs, and a trace is one"):
        run("run", str(trace), "--invariant", "I21:reply")
    file.write_text(dump_scenario(evolve(scenario, faults=("L99",))), encoding="utf-8")
    with pytest.raises(InputError, match="no leak `L99`"):
        run("run", str(file))
    file.write_text(dump_scenario(evolve(scenario, faults=("L8",))), encoding="utf-8")
    with pytest.raises(InputError, match="has the leak `L8` already"):
        run("run", str(file))


def test_a_counterexample_is_shown_as_its_trace_is(folder: Path) -> None:
    """`show` runs it, as `run` does: the page of the scenario is that of the trace that `run` saves."""
    assert run("test", "threaded", "--reading", "reply", "--out", ".") == 1
    (found,) = Path("counterexamples").iterdir()
    trace = found.with_suffix(".jsonl")
    assert run("run", str(found), "--out", str(trace)) == 1
    for file in (found, trace):
        assert run("show", str(file), "-o", f"{file.suffix[1:]}.html") == 0
    page = (folder / "toml.html").read_text(encoding="utf-8")
    assert page == (folder / "jsonl.html").read_text(encoding="utf-8")
    assert '"decided_at":' in page.replace(" ", "")


def test_the_last_step_is_explained_though_a_call_is_in_flight() -> None:
    """What the end of a history cuts off is no step of it."""
    call = Call(APP, "get", ANA, message="m1")
    history = (Consent(ANA, APP), Compose(BEN, (ANA,), text="Only you."), Begin(call), call)
    policy = BUILT_IN["everything"]
    trace = MessagingService(Service(policy), (ANA, BEN), (APP,)).played(history)
    told = story(trace, policy, parse_extent("reply"))
    assert [line.split()[0] for line in told.splitlines()[:4]] == ["1", "2", "3", "4"]
    assert "to be delivered later" in told
    assert "Why it is outside" in told


def test_a_day_is_one_whatever_a_service_does_by_itself() -> None:
    """Neither what its filter labels nor what it pushes is an act of people; nor in a trace of the first version."""
    subscribed = Call(APP, "subscribe", ANA)
    history = (Consent(ANA, APP), subscribed, Compose(BEN, (ANA,), links=(APP,)), Compose(ANA, (BEN,), via=APP))
    services = [CATALOGUE["L24"].service, CATALOGUE["L24"].sound, Service(BUILT_IN["deny-all"])]
    traces = [MessagingService(service, (ANA, BEN), (APP,)).played(history) for service in services]
    assert len({len(trace.records) for trace in traces}) > 1
    assert len(days([(str(number), trace) for number, trace in enumerate(traces)])) == 1
    first = [
        evolve(
            trace,
            header=evolve(trace.header, version=1),
            records=tuple(evolve(each, step=None) if isinstance(each, Wrote) else each for each in trace.records),
        )
        for trace in traces
    ]
    assert len(days([(str(number), trace) for number, trace in enumerate(first)])) == 1
