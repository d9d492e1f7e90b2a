"""Which figures can be made of traces alone?"""

from collections.abc import Callable, Mapping

from matplotlib.figure import Figure

from permiscope.judge.exposure import lives
from permiscope.model.errors import InputError
from permiscope.model.extents import Extent
from permiscope.model.records import Called, Granted, Revoked
from permiscope.model.trace import Trace
from permiscope.questions.policies.reachability import Answer
from permiscope.report.figures import matrix, raster, staircase

MOST = 12
"""Messages that fit side by side."""


def exposure(traces: Mapping[str, Trace], reading: Extent) -> Figure:
    """The exposure staircase, a line a trace. Raises `InputError` if nobody grants anything, or nothing follows."""
    found = {name: lives(trace.records, _app(trace), reading) for name, trace in traces.items()}
    private = {name: [life for life in those if life.private] for name, those in found.items()}
    grants = [record.time for trace in traces.values() for record in trace.records if isinstance(record, Granted)]
    start, end = min(grants, default=0.0), max(map(_end, traces.values()))
    if not grants or end <= start:
        raise InputError("nobody grants anything in these traces, so there is no exposure to draw; use others")
    exist = max(([life.arrived for life in those] for those in private.values()), key=len)
    seen = {name: [life.known for life in those if life.known is not None] for name, those in private.items()}
    return staircase("How much private mail has the app read?", exist, seen, start, end)


def knowledge(traces: Mapping[str, Trace], reading: Extent) -> Figure:
    """The knowledge raster of one trace. Raises `InputError` for several."""
    if len(traces) > 1:
        raise InputError(f"`knowledge` is a figure of one trace, and there are {len(traces)}; name one of them")
    ((name, trace),) = traces.items()
    revoked = next((record.time for record in trace.records if isinstance(record, Revoked)), None)
    mail = lives(trace.records, _app(trace), reading)
    return raster(f"What does the app have, and since when? {name}", mail, _end(trace), revoked)


def answers(traces: Mapping[str, Trace], reading: Extent) -> Figure:
    """Rule × message: was the text shown, and does it belong? Raises `InputError` for more messages than fit."""
    cells: dict[tuple[str, str], Answer] = {}
    columns: dict[str, None] = {}
    for name, trace in traces.items():
        calls = [record for record in trace.records if isinstance(record, Called)]
        asked = {name for call in calls for name in (call.target, *(message.id for message in call.shown))}
        columns |= dict.fromkeys(each for each in trace.final_state().messages if each in asked)
        for life in lives(trace.records, _app(trace), reading):
            if life.known is not None:
                cells[name, life.message] = "LEAK" if life.private else "yes"
    if not columns or len(columns) > MOST:
        raise InputError(
            f"a matrix of {len(columns)} messages cannot be read; use traces with 1 to {MOST} that are asked for"
        )
    whole = {(name, column): cells.get((name, column), "no") for name in traces for column in columns}
    return matrix(
        "What was shown of which message? A leak lies outside the app's content", [*traces], [*columns], whole
    )


DRAWN: Mapping[str, Callable[[Mapping[str, Trace], Extent], Figure]] = {
    "exposure": exposure,
    "knowledge": knowledge,
    "matrix": answers,
}
"""The figures by name."""
ELSEWHERE = {"apart": "scenarios/10_two_claims.py", "rules": "scenarios/09_write_the_rule.py"}
"""Those that are of many generated days, and of no trace: which script draws them."""


def draw(figure: str, traces: Mapping[str, Trace], reading: Extent) -> Figure:
    """The figure of this name, of traces by name. Raises `InputError` if it cannot be made of them."""
    if figure in ELSEWHERE:
        raise InputError(f"`{figure}` is of generated days and of no trace; `python {ELSEWHERE[figure]}` draws it")
    if figure not in DRAWN:
        raise InputError(f"there is no figure `{figure}`; use {', '.join(DRAWN)}")
    return DRAWN[figure](traces, reading)


def _app(trace: Trace) -> str:
    return trace.header.apps[0]


def _end(trace: Trace) -> float:
    return trace.records[-1].time if trace.records else 0.0
