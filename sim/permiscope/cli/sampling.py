"""`permiscope test --draws N`: how often does a policy break a claim, on days that are drawn at random?"""

from collections.abc import Iterable, Sequence
from functools import cache, partial
from pathlib import Path

from attrs import frozen

from permiscope.claims import Claim
from permiscope.cli.progress import end_if_pressed, progress, tell_how_far
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.verdicts import downwards, upwards
from permiscope.model.codec import Plain
from permiscope.model.errors import InputError, unknown
from permiscope.model.progress import Interruption, Tick
from permiscope.model.trace import dump
from permiscope.report.files import check_file, check_writable, file_name, write_json, write_text
from permiscope.report.text import LIMITS, number, table, wrap
from permiscope.service.policies.guarding import watched
from permiscope.service.policies.loading import load_policy
from permiscope.service.policies.policy import Policy
from permiscope.statistics.sampling import APPS, Sample, days, sample

WORTH_WORKERS = 1000
"""So many draws take longer than it takes to start workers."""

UNIT = (
    "A draw is a day, all of it; the calls in it are not independent of each other. Bounds and intervals (exact, 95 %, "
    "each for one claim by itself) are for the probability of a violation under this generator of days, which is no "
    "model of real traffic."
)


@frozen
class Sampled:
    """What came of one claim under one policy."""

    policy: str
    claim: Claim
    sample: Sample


def sampled(
    policies: Sequence[str],
    claims: Iterable[Claim],
    *,
    draws: int,
    seed: int,
    app: str,
    json: Path | None = None,
    out: Path | None = None,
) -> list[Sampled]:
    """Sample, print what came of it, and write it to the files; with `out` the first day that breaks each claim, too.

    What no sample can decide (what an app could read, what was meant) is left out. Raises `InputError` if that leaves
    nothing, and exits with 130 if it was interrupted, once all is printed and written.
    """
    if draws < 1:
        raise InputError(f"`--draws {draws}` draws nothing; use 1 or more")
    if app not in APPS:
        raise unknown("app", app, APPS, "permiscope test --help")
    decided = [claim for claim in claims if claim.mode == "could" and not claim.formula.startswith("RA")]
    if not decided:
        raise InputError("no sample decides what an app could read at most, or what was meant; leave out `--draws`")
    if json:
        check_file(json)
    if out:
        check_writable(out)
    with watched():
        found, interruption = _draw(policies, decided, draws, seed, app)
    tell_how_far(interruption, f"this is of the first {found[-1].sample.draws} of {draws} draws")
    print(_report(found, out))
    if json:
        write_json(json, _plain(found))
    if out:
        write_json(out / "sample.json", _plain(found))
        for each in found:
            if trace := each.sample.replay():
                write_text(_day_of(out, each), dump(trace))
    end_if_pressed(interruption)
    return found


def _draw(
    policies: Sequence[str], claims: Sequence[Claim], draws: int, seed: int, app: str
) -> tuple[list[Sampled], Interruption]:
    """What came of every claim under every policy, all on the same days; and whether it was interrupted."""
    found: list[Sampled] = []
    invariants = [parse_invariant(claim.formula) for claim in claims]
    workers = 1 if draws < WORTH_WORKERS else -1
    with progress("drawing", "days") as tick, Interruption(lambda: found) as interruption:
        for done, name in enumerate(policies):
            # By its name, for a policy that was read from a file cannot be sent to a worker.
            generator = days(partial(_policy, name), app)
            ahead = partial(_ahead, tick, done * draws, len(policies) * draws)
            samples = sample(generator, invariants, draws, seed, ahead, workers=workers)
            found += [Sampled(name, *each) for each in zip(claims, samples, strict=True)]
            if samples[0].draws < draws:
                raise KeyboardInterrupt  # the sample kept what was drawn until then
    return found, interruption


def _ahead(tick: Tick, before: int, total: int, done: int, of: int) -> None:
    """The progress of one policy among several."""
    tick(before + done, total)


@cache
def _loaded(name: str) -> Policy:
    """Once in each worker."""
    return load_policy(name)


def _policy(name: str, seed: int) -> Policy:
    return _loaded(name)


def _report(found: Sequence[Sampled], out: Path | None) -> str:
    first = found[0].sample
    rows = [(each.policy, each.claim.formula, _told(each.sample)) for each in found]
    parts = [
        f"Drawn: {number(first.draws)} {first.generator}; seed {first.seed}",
        table(["RULE", "CLAIM", "VERDICT"], rows),
    ]
    if broken := next((each for each in found if each.sample.broken), None):
        parts.append(f"The first day that breaks {broken.claim.formula} has the seed {broken.sample.first}.")
        if out:
            parts.append(f"Next  permiscope run {_day_of(out, broken)} --invariant '{broken.claim.formula}'")
        else:
            parts.append("Next  the same with `--out FOLDER` saves the traces of such days")
    return "\n\n".join([*parts, wrap(UNIT), wrap(LIMITS)])


def _told(one: Sample) -> str:
    """The verdict on a sample, with how often what it says was so."""
    words = one.verdict.words
    if one.broken:
        low, high = one.rate
        return f"{words} on {number(one.broken)} of {number(one.draws)} days; 95 %: {downwards(low)}–{upwards(high)}"
    return words if one.tested else f"{words}: shown on none of {number(one.draws)} days"


def _plain(found: Iterable[Sampled]) -> Plain:
    """The samples for a program; `fired` counts the draws that tested the claim, `broken` those that broke it."""
    plain = [
        {
            "policy": each.policy,
            "claim": each.claim.name,
            "formula": each.claim.formula,
            "verdict": each.sample.verdict.kind.value,
            "generator": each.sample.generator.name,
            "version": each.sample.generator.version,
            "seed": each.sample.seed,
            "draws": each.sample.draws,
            "fired": each.sample.tested,
            "broken": each.sample.broken,
            "interval": each.sample.rate,
            "upper": each.sample.verdict.upper,
            "first": each.sample.first,
        }
        for each in found
    ]
    return {"confidence": 0.95, "unit": "day", "samples": plain}


def _day_of(folder: Path, one: Sampled) -> Path:
    return folder / "days" / f"{file_name(one.policy, one.claim.formula)}.jsonl"
