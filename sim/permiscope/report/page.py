"""How is a day replayed without anything installed? One self-contained HTML file that asks for nothing.

The page judges what it shows by itself, for it also opens traces that were written elsewhere. All that it says of
readings and claims comes from here; tests hold its verdicts against those of the command line.
"""

import base64
import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from importlib.resources import files
from itertools import takewhile

from attrs import evolve, frozen

from permiscope.claims import read_all
from permiscope.judge.invariants import parse_invariant
from permiscope.model.codec import Plain
from permiscope.model.extents import ATOMS
from permiscope.model.records import Called, Forgot, Handed, Labelled, Record, Wrote
from permiscope.model.steps import Step
from permiscope.model.trace import Trace, dump
from permiscope.report.text import LIMITS

MEANING = "reply"
"""What "the app's content" means when the page opens."""
CLAIMS = ("I5:{meaning}", "I6:{meaning}", "I1", "I3", "I4", "I9", "I10", "I16", "I18", "U2", "U3")
"""The formulas of the claims that a day can break, with a place for the meaning; the first is the one to predict."""
OF_APPS = Called | Handed | Forgot
Acts = tuple[tuple[float, Step | Record], ...]


@frozen
class Day:
    """What the people did in one or more traces, each under a rule, by the label of the rule."""

    title: str
    traces: tuple[tuple[str, Trace], ...]


def days(traces: Iterable[tuple[str, Trace]]) -> list[Day]:
    """The days of some traces, each with its name: those in which the people do the same are one day.

    A day is called by what the names of its traces have in common. A rule is called as the policy is, and by the rest
    of the name where one policy was in force twice.
    """
    found: dict[Acts, list[tuple[str, Trace]]] = {}
    for name, trace in traces:
        found.setdefault(_acts(trace), []).append((name, trace))
    return [_day([name for name, _ in those], [trace for _, trace in those]) for those in found.values()]


def _acts(trace: Trace) -> Acts:
    """What people did, and when; what became of it where the trace does not say how a message was written."""
    return tuple([(each.time, each.step or _placeless(each)) for each in trace.records if _is_by_person(each)])


def _is_by_person(record: Record) -> bool:
    return not isinstance(record, OF_APPS) and not (isinstance(record, Labelled) and not record.person)


def _placeless(record: Record) -> Record:
    """A record without its place among the others, of which a push is one."""
    return evolve(record, message=evolve(record.message, position=0)) if isinstance(record, Wrote) else record


def _day(names: Sequence[str], traces: Sequence[Trace]) -> Day:
    title, _ = _alike(names)
    return a_day(title.rstrip(":") or names[0], list(zip(names, traces, strict=True)))


def a_day(title: str, traces: Sequence[tuple[str, Trace]]) -> Day:
    """A day of this title, of named traces.

    A rule is called as the policy is; and, where one policy was in force twice, by what its name has of its own.
    """
    names, policies = [name for name, _ in traces], [trace.header.policy for _, trace in traces]
    _, rest = _alike(names)
    labels = [
        policy if policies.count(policy) == 1 else f"{policy}, {name}"
        for policy, name in zip(policies, rest, strict=True)
    ]
    return Day(title, tuple((label, trace) for label, (_, trace) in zip(labels, traces, strict=True)))


def _alike(names: Sequence[str]) -> tuple[str, list[str]]:
    """The words with which all names begin, and what is left of each."""
    same = takewhile(lambda words: len(set(words)) == 1, zip(*map(str.split, names), strict=False))
    common = " ".join(words[0] for words in same)
    return common, [name.removeprefix(common).strip() for name in names]


def page(shown: Sequence[Day], title: str = "Permiscope: what did the app see?") -> str:
    """The page that replays these days: HTML, the same bytes for the same traces.

    Nothing in it is loaded from anywhere, and its own policy forbids that. What people wrote is data in it: JSON in
    which no sign can end the element that it stands in.
    """
    from jinja2 import Environment  # only here, for nothing else needs it

    assets = files("permiscope.report") / "assets"
    style = (assets / "page.css").read_text(encoding="utf-8")
    script = "".join((assets / name).read_text(encoding="utf-8") for name in ("judge.js", "view.js"))
    template = (assets / "page.html").read_text(encoding="utf-8")
    # Style and script are parts of the template (`|safe` there); all else is data, and escaped.
    return (
        Environment(autoescape=True)
        .from_string(template)
        .render(
            title=title,
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
            data=_data(shown),
            limits=LIMITS,
        )
    )


def _hash(text: str) -> str:
    """What a content security policy names an inline part by."""
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


def _data(shown: Sequence[Day]) -> Plain:
    """All that the page's script is given: records, for steps it needs not. Lines that are alike are there once."""
    lines: dict[str, int] = {}
    listed = []
    for day in shown:
        traces = [
            {"label": label, "lines": [lines.setdefault(line, len(lines)) for line in dump(trace).split("\n") if line]}
            for label, trace in day.traces
        ]
        listed.append({"title": day.title, "traces": traces})
    claims = [_claim(formula) for formula in CLAIMS]
    # The rival claim, of which no day says anything: it is about what an app could do.
    rival = read_all()[1]
    claims.insert(1, {"formula": rival.formula, "sentence": rival.sentence, "unseen": True})
    return {
        "days": listed,
        "lines": [{key: each for key, each in json.loads(line).items() if key != "step"} for line in lines],
        "readings": {name: extent.phrase for name, extent in ATOMS.items()},
        "claims": claims,
        "meaning": MEANING,
    }


def _claim(formula: str) -> Plain:
    """A claim as the page words it, with a place for the meaning that is chosen there."""
    sentence = parse_invariant(formula.format(meaning=MEANING)).sentence
    return {"formula": formula, "sentence": sentence.replace(f'"{MEANING}"', '"{meaning}"')}
