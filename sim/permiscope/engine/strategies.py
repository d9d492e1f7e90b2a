"""Which histories should a property be tried on? Hypothesis strategies that make them by execution.

A history is one string of bytes, spelled out while it is played (`byte_codec`): every step in it is enabled, nothing is
filtered out, and Hypothesis has one value to draw, to keep in its database and to shrink. Hypothesis draws no fair
sample of anything, so nothing may be said of how probable a break is.
"""

from hypothesis import event
from hypothesis import strategies as st

from permiscope.engine.actions import moves_of
from permiscope.engine.alphabet import MATRIX, READ, Kind
from permiscope.engine.byte_codec import SLOT, spell
from permiscope.engine.space import APPS, PEOPLE
from permiscope.engine.values import Values
from permiscope.model.access import Operation
from permiscope.model.steps import Call, History, Step
from permiscope.service.door.build import service_for
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN, Policy


def histories(
    alphabet: frozenset[Kind] = MATRIX,
    max_steps: int = 12,
    operations: frozenset[Operation] = READ,
    policy: Policy = BUILT_IN["everything"],
    apps: tuple[str, ...] = APPS,
    values: Values | None = None,
    people: tuple[str, ...] = PEOPLE,
) -> st.SearchStrategy[History]:
    """Histories of at most `max_steps` steps of the alphabet and calls of the operations, in any order.

    The policy matters only where what is enabled depends on it, as with calls that begin. The statistics of a test
    (`pytest --hypothesis-show-statistics`) show which kinds of steps its histories had.
    """
    moves = moves_of(alphabet, operations, values)

    def play(tape: bytes) -> History:
        history = spell(tape, MessagingService(service_for(policy), people, apps), moves)
        for name in dict.fromkeys(map(_name, history)):
            event(name)
        return history

    return st.binary(min_size=SLOT * max_steps, max_size=SLOT * max_steps).map(play)


def _name(step: Step) -> str:
    """What the statistics call a step: its class, and the operation of a call."""
    return f"step: Call {step.operation}" if isinstance(step, Call) else f"step: {type(step).__name__}"
