"""Are the draws independent, and are the bounds that are inferred from them true?"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from math import comb
from pathlib import Path
from time import sleep

import pytest
import typer
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

import permiscope.cli.sampling
from permiscope.claims import content_scoped
from permiscope.judge.invariants import Invariant, i5, parse_invariant
from permiscope.judge.monitor import judge
from permiscope.judge.verdicts import Kind, Verdict, downwards, upwards
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS, Atom, Extent, Facts
from permiscope.model.mail import Message
from permiscope.model.progress import Tick
from permiscope.model.records import Called, Wrote
from permiscope.model.state import State
from permiscope.model.steps import Compose, Consent
from permiscope.model.streams import DAY
from permiscope.model.trace import Trace, dump, load
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN, ExtentPolicy, Policy
from permiscope.statistics.sampling import (
    Generator,
    Sample,
    days,
    interval,
    noisy_topical,
    replications,
    sample,
    upper_bound,
)
from permiscope.world.apps import dormant
from permiscope.world.client import Client
from permiscope.world.clock import Behaviour
from permiscope.world.day import people
from permiscope.world.people import script
from permiscope.world.simulation import Simulation
from tests.helpers import ANA, APP, BEN, trace_of
from tests.test_interrupt import COMMAND, ROOT

SHARES = st.floats(0.0, 1.0)


def about_app(message: Message, app: str, owner: str, facts: Facts) -> bool:
    """The truth that a classifier guesses at."""
    return app in message.about


TOPICAL = Atom("topical", "it is about the app's content", about_app)


def always(policy: str, seed: int) -> Policy:
    """The same built-in policy on every day."""
    return BUILT_IN[policy]


def classified(sensitivity: float, false_positives: float, seed: int) -> Policy:
    """A classifier that is drawn anew for every day."""
    return ExtentPolicy(noisy_topical(sensitivity, false_positives, seed))


def asks(client: Client) -> Behaviour:
    """An app that asks for one message."""
    yield client.until(3.0)
    yield client.get(ANA, "m1")


def one_message(about: tuple[str, ...], sensitivity: float, false_positives: float, seed: int) -> Trace:
    """Somebody writes to Ana about something, and the app asks for it: what a classifier says is all that varies."""
    persons = {ANA: script(Consent(ANA, APP, at=1.0)), BEN: script(Compose(BEN, (ANA,), at=2.0, about=about))}
    return Simulation(Service(classified(sensitivity, false_positives, seed)), persons, {APP: asks}, seed).run(4.0)


def messages(about: tuple[str, ...], sensitivity: float, false_positives: float) -> Generator:
    """Draws of one message each, in which the rate of violations is known."""
    return Generator("one message", 1, partial(one_message, about, sensitivity, false_positives))


def finds_topical() -> Invariant:
    """The utility of a topical policy: what is about the app is shown when it is asked for."""

    def check(state: State, call: Called) -> bool | None:
        return call.outcome == "shown" if APP in state.messages[call.target or ""].about else None

    return Invariant(
        "topical utility", "The app can read what is about it.", (("get", "shown"), ("get", "refused")), check
    )


def counted(samples: list[Sample]) -> list[tuple[int, int, int, int | None]]:
    """What a sample found."""
    return [(each.draws, each.tested, each.broken, each.first) for each in samples]


# What is inferred from a count.


@given(st.integers(1, 100_000))
def test_without_a_violation_the_bound_is_the_formula(draws: int) -> None:
    """The rule of the semantics: 1 − 0.05^(1/n)."""
    assert upper_bound(draws) == pytest.approx(1 - 0.05 ** (1 / draws), rel=1e-9)


def test_the_bound_of_300_clean_draws_is_the_published_number() -> None:
    """From the worked example of the semantics."""
    assert upper_bound(300) == pytest.approx(0.009936, abs=5e-7)


@settings(max_examples=40)
@given(st.integers(1, 15), SHARES)
def test_an_interval_covers_every_rate_in_95_of_100_samples(draws: int, rate: float) -> None:
    """Summed exactly over all counts, whatever the rate; so does the one-sided bound."""
    chances = [comb(draws, k) * rate**k * (1 - rate) ** (draws - k) for k in range(draws + 1)]
    intervals = [interval(k, draws) for k in range(draws + 1)]
    covered = sum(chance for chance, (low, high) in zip(chances, intervals, strict=True) if low <= rate <= high)
    bounded = sum(chance for k, chance in enumerate(chances) if rate <= upper_bound(draws, k))
    assert covered >= 0.95 - 1e-9
    assert bounded >= 0.95 - 1e-9


@given(SHARES.filter(lambda bound: bound > 0))
def test_a_bound_is_never_rounded_to_where_it_does_not_hold(bound: float) -> None:
    """Up if it is an upper one, down if it is a lower one, in three digits."""
    assert float(downwards(bound)) <= bound <= float(upwards(bound))
    assert float(upwards(bound)) <= bound * 1.01
    assert len(upwards(bound).lstrip("0.").rstrip("0")) <= 3


# Draws.


def test_a_sample_repeats_and_begins_with_the_smaller_one() -> None:
    """Its seeds are a function of the one that is given, and another seed shares none of them."""
    assert replications(1, 50)[:20] == replications(1, 20) == replications(1, 20)
    assert len({*replications(1, 500), *replications(2, 500)}) == 1000
    invariants = [i5(TOPICAL)]
    long, short = (sample(messages((), 1.0, 0.3), invariants, n) for n in (60, 30))
    assert short == sample(messages((), 1.0, 0.3), invariants, 30)
    assert long[0].first == short[0].first
    assert long[0].broken > short[0].broken > 0


def test_a_rule_that_holds_is_held_with_the_bound_of_the_draws_that_tested_it() -> None:
    """Draws in which the app was shown nothing are counted apart, and lend no confidence."""
    clean, silent = (messages((APP,), share, 0.0) for share in (0.5, 0.0))
    (held,) = sample(clean, [i5(TOPICAL)], 40)
    assert 0 < held.tested < held.draws == 40
    assert held.verdict == Verdict(
        Kind.HELD, held.tested, draws=40, upper=upper_bound(held.tested), generator="one message, version 1"
    )
    bound = upwards(upper_bound(held.tested))
    assert held.verdict.words == f"40 drawn, {held.tested} shown, none broken, at most {bound}"
    (vacuous,) = sample(silent, [i5(TOPICAL)], 40)
    assert (vacuous.verdict.kind, vacuous.verdict.words, vacuous.verdict.upper) == (Kind.VACUOUS, "not tested", None)


def test_a_draw_with_many_violations_is_one_violation() -> None:
    """The sampling unit is the day: its calls are not independent."""
    (found,) = sample(days(partial(always, "everything")), [parse_invariant("I5:authored")], 20)
    assert found.broken <= found.draws == 20
    trace = found.replay()
    assert trace is not None
    (tally,) = judge(trace.records, [found.invariant])
    assert tally.broken > 1


def test_the_first_day_that_breaks_a_rule_can_be_drawn_again(tmp_path: Path) -> None:
    """Its seed gives the same bytes, and a saved trace is judged as the draw was."""
    (found,) = sample(days(partial(always, "reply")), [parse_invariant("I6:reply")], 30)
    assert found.verdict.kind is Kind.REFUTED
    trace, again = found.replay(), found.replay()
    assert trace is not None
    assert again is not None
    assert dump(trace) == dump(again)
    assert trace.header.seed == found.first
    (tmp_path / "day.jsonl").write_text(dump(trace), "utf-8")
    loaded, complaint = load(tmp_path / "day.jsonl")
    assert complaint is None
    assert loaded == trace
    (tally,) = judge(loaded.records, [found.invariant])
    assert tally.broken


@pytest.mark.parametrize("reading", READINGS)
def test_a_policy_that_enforces_a_reading_keeps_it_on_every_day(reading: str) -> None:
    """What the search over all short histories says, too."""
    (found,) = sample(days(partial(always, reading)), [parse_invariant(f"I5:{reading}")], 5)
    assert found.broken == 0
    assert found.verdict.kind in (Kind.HELD, Kind.VACUOUS)


def slow_at_first(seed: int) -> Trace:
    """A day whose first draw takes so long that a worker has made the next ones meanwhile."""
    if seed == replications(3, 1)[0]:
        sleep(0.5)
    return days(partial(always, "reply")).draw(seed)


def test_the_number_of_workers_changes_nothing() -> None:
    """Neither counts nor the first seed; the draws are made elsewhere, and come back in their order."""
    generator = Generator("slow at first", 1, slow_at_first)
    invariants = [parse_invariant(name) for name in ("I5:reply", "I6:reply", "I9")]
    assert counted(sample(generator, invariants, 40, 3, workers=2)) == counted(sample(generator, invariants, 40, 3))


def test_an_honest_app_is_asked_at_other_times_every_day() -> None:
    """What the app does is drawn anew, too."""
    honest = days(partial(always, "reply"), "honest")
    sent = [
        [record.time for record in honest.draw(seed).records if isinstance(record, Called) and record.sent]
        for seed in replications(0, 3)
    ]
    assert all(sent)
    assert not {*sent[0]} & {*sent[1]}


def test_a_sample_of_nothing_is_refused() -> None:
    """In one line that says what to do."""
    with pytest.raises(InputError, match="draw 1 or more"):
        sample(messages((), 1.0, 0.0), [i5(TOPICAL)], 0)


def stops_after(many: int, done: int, total: int) -> None:
    """Somebody presses Ctrl-C."""
    if done == many:
        raise KeyboardInterrupt


def test_an_interrupted_sample_is_of_what_was_drawn_until_then() -> None:
    """The smaller one, whole."""
    generator = messages((), 1.0, 0.3)
    (cut,) = sample(generator, [i5(TOPICAL)], 60, tick=partial(stops_after, 25))
    assert [cut] == sample(generator, [i5(TOPICAL)], 25)


def test_a_sample_that_is_interrupted_before_its_first_draw_says_nothing() -> None:
    """So the interruption goes on."""

    def pressed(seed: int) -> Trace:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample(Generator("none", 1, pressed), [i5(TOPICAL)], 5)


# The classifier.


@settings(max_examples=20)
@given(st.integers(0, 2**53), SHARES, SHARES, SHARES, SHARES)
def test_a_more_generous_classifier_takes_more(seed: int, s1: float, s2: float, f1: float, f2: float) -> None:
    """Each message has one draw, compared with one probability or the other; so the laws hold to the letter."""
    history = (*(Compose(BEN, (ANA,), about=(APP,) * (number % 2)) for number in range(12)),)
    state = trace_of(history, BUILT_IN["everything"]).final_state()

    def taken(extent: Extent) -> set[str]:
        return {name for name, message in state.messages.items() if extent.holds(message, APP, ANA, state)}

    strict, generous = noisy_topical(min(s1, s2), min(f1, f2), seed), noisy_topical(max(s1, s2), max(f1, f2), seed)
    assert taken(strict) == taken(strict) <= taken(generous)
    assert taken(noisy_topical(1.0, 0.0, seed)) == taken(TOPICAL)
    assert taken(noisy_topical(s1, 0.0, seed)) <= taken(TOPICAL) <= taken(noisy_topical(1.0, f1, seed))
    assert taken(noisy_topical(1.0, 1.0, seed)) == set(state.messages)
    assert taken(noisy_topical(0.0, 0.0, seed)) == set()


def test_messages_are_classified_each_by_itself() -> None:
    """In one mailbox about as many are taken as the rates say, and for another app others."""
    state = trace_of(tuple(Compose(BEN, (ANA,)) for _ in range(400)), BUILT_IN["everything"]).final_state()
    taken, other = (
        [noisy_topical(0.9, 0.3, 1).holds(message, app, ANA, state) for message in state.messages.values()]
        for app in (APP, "PhotoCo")
    )
    low, high = interval(sum(taken), 400)
    assert low <= 0.3 <= high
    assert taken != other


def test_the_rate_of_violations_is_the_rate_of_false_positives() -> None:
    """One private message a draw: the interval holds the rate that was put in, and is narrow."""
    (found,) = sample(messages((), 0.9, 0.05), [i5(TOPICAL)], 3000, seed=1)
    low, high = found.rate
    assert low <= 0.05 <= high
    assert high - low < 0.02


def test_the_utility_that_is_missed_is_what_the_classifier_does_not_find() -> None:
    """One message about the app a draw; nothing of it breaks the scope."""
    missed, scope = sample(messages((APP,), 0.9, 0.05), [finds_topical(), i5(TOPICAL)], 3000, seed=1)
    low, high = missed.rate
    assert missed.tested == 3000
    assert low <= 0.1 <= high
    assert high - low < 0.03
    assert scope.verdict.kind is Kind.HELD


def test_a_classifier_with_one_seed_for_all_draws_errs_in_all_or_in_none() -> None:
    """Such draws are not independent, and the interval would be wrong; this is how it is noticed."""

    def careless(seed: int) -> Trace:
        return one_message((), 0.9, 0.5, 7)

    (found,) = sample(Generator("careless", 1, careless), [i5(TOPICAL)], 50)
    assert found.broken in (0, 50)


def test_on_a_day_a_perfect_classifier_is_scoped_and_a_noisy_one_is_not() -> None:
    """Under the true flag; with many messages a day, few false positives break many days."""
    (perfect,) = sample(days(partial(classified, 1.0, 0.0)), [i5(TOPICAL)], 30)
    (noisy,) = sample(days(partial(classified, 1.0, 0.05)), [i5(TOPICAL)], 30)
    assert perfect.verdict.kind is Kind.HELD
    assert noisy.verdict.kind is Kind.REFUTED
    assert noisy.rate[0] > 0.05


@pytest.mark.parametrize(("s", "f"), [(1.1, 0.0), (0.9, -0.1), (float("nan"), 0.0)])
def test_what_is_no_probability_is_refused(s: float, f: float) -> None:
    """In one line that names it."""
    with pytest.raises(InputError, match="is no probability; use 0 to 1"):
        noisy_topical(s, f, 0)


# What messages are about.


def test_what_a_message_is_about_stays_in_its_trace(tmp_path: Path) -> None:
    """In the record, in the file and in the history that is read from them."""
    trace = trace_of((Compose(ANA, (BEN,), about=(APP,)),), BUILT_IN["everything"])
    (wrote,) = trace.records
    assert isinstance(wrote, Wrote)
    assert wrote.message.about == (APP,)
    (tmp_path / "one.jsonl").write_text(dump(trace), "utf-8")
    assert load(tmp_path / "one.jsonl") == (trace, None)
    assert trace.history == (Compose(ANA, (BEN,), at=1.0, about=(APP,)),)


def test_a_message_cannot_be_about_an_app_that_is_not_there() -> None:
    """As it cannot be written via one."""
    with pytest.raises(InputError, match="there is no app `PhotoCo`"):
        trace_of((Compose(ANA, (BEN,), about=("PhotoCo",)),), BUILT_IN["everything"])


def test_topics_move_nobodys_draws() -> None:
    """A day is the day of the world, but for what its messages are about."""
    everything = BUILT_IN["everything"]
    drawn = days(partial(always, "everything")).draw(7)
    plain = Simulation(Service(everything), people(), {APP: dormant}, 7).run(DAY)
    written = [record.message for record in drawn.records if isinstance(record, Wrote)]
    assert [evolve(message, about=(), position=0) for message in written] == [
        evolve(record.message, position=0) for record in plain.records if isinstance(record, Wrote)
    ]
    about = [message.via is not None for message in written if message.about]
    assert True in about
    assert False in about
    assert all(message.about for message in written if message.via and message.in_reply_to is None)


# The command.


def command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the command does in a folder."""
    return subprocess.run([*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_the_command_saves_the_first_day_that_breaks_a_claim(tmp_path: Path) -> None:
    """And says how to judge it again."""
    done = command("test", "threaded", "--reading", "reply", "--draws", "20", "--out", "found", folder=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert "Drawn: 20 days of 3 people and one curious app, version 1; seed 0" in done.stdout
    (saved,) = (tmp_path / "found" / "days").iterdir()
    assert saved.name == "threaded--I5_reply.jsonl"
    (found,) = json.loads((tmp_path / "found" / "sample.json").read_text("utf-8"))["samples"]
    assert (found["verdict"], found["draws"]) == ("REFUTED", 20)
    again = command("run", str(saved), "--invariant", "I5:reply", folder=tmp_path)
    assert again.returncode == 1
    assert "broken" in again.stdout


def test_the_command_reads_a_policy_from_a_file_and_says_what_holds(tmp_path: Path) -> None:
    """With the number of draws and the bound beside it."""
    (tmp_path / "mine.py").write_text("def policy(request):\n    return request.message.via == request.app\n", "utf-8")
    done = command("test", "mine.py:policy", "--reading", "reply", "--draws", "20", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "20 drawn, 20 shown, none broken, at most 0.140" in done.stdout
    assert "kept" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--draws", "0"], "`--draws 0` draws nothing; use 1 or more"),
        (["--draws", "5", "--app", "curius"], "there is no app `curius`; did you mean `curious`?"),
    ],
)
def test_a_sample_that_cannot_be_is_one_line(arguments: list[str], said: str, tmp_path: Path) -> None:
    """And exit code 2."""
    done = command("test", "reply", *arguments, folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"permiscope: {said}\n")


@contextmanager
def impatient(doing: str, what: str) -> Iterator[Tick]:
    """A progress bar at which somebody presses Ctrl-C."""
    yield partial(stops_after, 25)


def test_an_interrupted_command_tells_of_what_it_drew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With the smaller number, on the screen and in the file; the exit code is that of an interruption."""
    monkeypatch.setattr(permiscope.cli.sampling, "progress", impatient)
    claims = [content_scoped(READINGS["reply"])]
    with pytest.raises(typer.Exit) as ended:
        permiscope.cli.sampling.sampled(
            ["authored", "reply"], claims, draws=60, seed=0, app="curious", json=tmp_path / "found.json"
        )
    assert ended.value.exit_code == 130
    out, err = capsys.readouterr()
    assert err == "permiscope: this is of the first 25 of 60 draws\n"
    assert "Drawn: 25 days" in out
    (found,) = json.loads((tmp_path / "found.json").read_text("utf-8"))["samples"]
    assert (found["policy"], found["draws"]) == ("authored", 25)


ENDLESS = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background nobody hears it otherwise
from permiscope.judge.invariants import parse_invariant
from permiscope.statistics.sampling import days, sample
from permiscope.service.policies.policy import BUILT_IN

def tick(done, total):
    if done == 160:
        print("drawn", flush=True)

generator = days(lambda seed: BUILT_IN["reply"])
(found,) = sample(generator, [parse_invariant("I5:reply")], 1_000_000, tick=tick, workers=2)
print(found.verdict.kind.name, 0 < found.tested <= found.draws < 1_000_000)
"""


def test_workers_that_are_interrupted_lose_nothing_that_was_counted() -> None:
    """Ctrl-C reaches the workers as well, as on a terminal, and none of them complains."""
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "drawn\n"
    os.killpg(process.pid, signal.SIGINT)
    try:
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "HELD True\n", "")
