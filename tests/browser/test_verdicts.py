"""Does the page, which judges by itself, say what the command line says?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from permiscope.engine.alphabet import ALL, KINDS
from permiscope.engine.space import APPS, PEOPLE, SECOND
from permiscope.engine.strategies import histories
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import Monitor
from permiscope.model.extents import ATOMS
from permiscope.model.state import State, apply
from permiscope.model.steps import History
from permiscope.model.trace import Trace, dump, load
from permiscope.report.page import CLAIMS
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN
from tests.browser.opening import TRACES

FORMULAS = [*dict.fromkeys(name.format(meaning=reading) for name in CLAIMS for reading in [*ATOMS, "reply | ~tagged"])]
SAYS = """
([text, formulas]) => {
    const { records, complaint } = readTrace(text.split("\\n"));
    const claims = [...judge(records, formulas)].map(([formula, tally]) => [
        formula, tally.fired, tally.broken, records.map((_, index) => verdictOf(tally, index + 1))
    ]);
    return { complaint, claims };
}
"""


@pytest.fixture(scope="module")
def tab(browser: Browser, html: Path) -> Iterator[Page]:
    """The page, once for all traces."""
    page = browser.new_page()
    page.goto(html.as_uri())
    yield page
    page.close()


def said(trace: Trace) -> dict[str, Any]:
    """What the judges say: of each claim how often it was tested, where it broke, and the word after each record."""
    state, monitor = State(), Monitor(map(parse_invariant, FORMULAS))
    claims: list[list[Any]] = [[name, [0], None, []] for name in FORMULAS]
    for number, record in enumerate(trace.records, start=1):
        apply(state, record)
        monitor.observe(state, record)
        for claim, tally in zip(claims, monitor.tallies, strict=True):
            claim[1].append(tally.fired)
            if tally.broken and claim[2] is None:
                claim[2] = number
            claim[3].append("broken" if tally.broken else "not broken" if tally.fired else "not tested")
    return {"complaint": "", "claims": claims}


@pytest.mark.parametrize("path", TRACES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_of_a_committed_trace_the_page_says_the_same(tab: Page, path: Path) -> None:
    """Of each claim with every meaning, after each of its records."""
    assert tab.evaluate(SAYS, [path.read_text(encoding="utf-8"), FORMULAS]) == said(load(path)[0])


@given(
    st.sampled_from([BUILT_IN["everything"], BUILT_IN["threaded"], BUILT_IN["tagged"]]).flatmap(
        lambda policy: st.tuples(
            st.just(policy), histories(frozenset(KINDS), 16, ALL, policy=policy, apps=(*APPS, SECOND))
        )
    ),
    st.booleans(),
)
def test_of_any_trace_the_page_says_the_same(tab: Page, played: tuple[Any, History], recheck: bool) -> None:
    """With every kind of step, and every operation of an app."""
    policy, history = played
    messaging = MessagingService(Service(policy, recheck=recheck), PEOPLE, (*APPS, SECOND))
    messaging.play(history)
    messaging.end(messaging.clock)
    trace = messaging.trace()
    assert tab.evaluate(SAYS, [dump(trace), FORMULAS]) == said(trace)


def test_a_page_that_judges_otherwise_is_found(tab: Page) -> None:
    """The check can fail."""
    (path,) = [path for path in TRACES if path.stem == "thread"]
    tab.evaluate("() => { keptAtom = ATOMS.reply; ATOMS.reply = ATOMS.threaded; }")
    try:
        assert tab.evaluate(SAYS, [path.read_text(encoding="utf-8"), FORMULAS]) != said(load(path)[0])
    finally:
        tab.evaluate("() => { ATOMS.reply = keptAtom; }")
