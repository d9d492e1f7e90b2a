"""Which histories should a property be tried on? Hypothesis strategies that make them by execution.

A history is played while it is drawn, so that every step in it is enabled and nothing is filtered out. Each step
is one integer, and 0 ends the history. An integer names a kind of step and which of that kind, whatever came
before, so that it means nearly the same when an earlier step is left out: what Hypothesis shrinks is a list of
numbers, and a shorter list of smaller numbers is a shorter history of simpler steps. Hypothesis draws no fair
sample of anything, so nothing may be said of how probable a break is.
"""

from functools import partial

from hypothesis import strategies as st

from sim.model.access import OPERATIONS, Operation
from sim.model.steps import History, Step
from sim.search.alphabet import KINDS, MATRIX, READ, Kind, calls, enabled
from sim.search.exhaustive import platform_for
from sim.service.build import Service
from sim.service.platform import Platform
from sim.service.policy import BUILT_IN, Policy

WIDTH = 1000
"""More than there are steps of one kind in any history that is short enough to read."""


@st.composite
def histories(
    draw: st.DrawFn,
    alphabet: frozenset[Kind] = MATRIX,
    max_steps: int = 8,
    operations: frozenset[Operation] = READ,
    policy: Policy = BUILT_IN["everything"],
) -> History:
    """Histories of at most `max_steps` steps of the alphabet and calls of the operations, in any order.

    The policy matters only where what is enabled depends on it, as with calls that begin.
    """
    makers = [partial(_steps, kind) for kind in KINDS if kind in alphabet]
    makers += [partial(_calls, operation) for operation in OPERATIONS if operation in operations]
    numbers = st.integers(0, WIDTH * len(makers))
    platform = platform_for(Service(policy))
    history: History = ()
    # The last number is drawn in vain: a history that a 0 ends can lose a step and still be drawn to its end.
    while (number := draw(numbers)) and len(history) < max_steps:
        which, kind = divmod(number - 1, len(makers))
        # A kind of which nothing is possible gives way to the next one.
        possible = next(filter(None, (make(platform) for make in makers[kind:] + makers[:kind])), None)
        if possible is None:
            break
        step = possible[which % len(possible)]
        platform.do(step)
        history = (*history, step)
    return history


def _steps(kind: Kind, platform: Platform) -> list[Step]:
    return list(enabled(platform, frozenset({kind})))


def _calls(operation: Operation, platform: Platform) -> list[Step]:
    return [call for app in platform.apps for call in calls(platform, app, frozenset({operation}))]
