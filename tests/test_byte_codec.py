"""Does a tape mean what it says: empty slots, steps in their places, answers down a list?"""

from hypothesis import given
from hypothesis import strategies as st

from permiscope.engine.actions import moves_of
from permiscope.engine.alphabet import ALL, BASE, KINDS, READ
from permiscope.engine.bfs import messaging_for
from permiscope.engine.byte_codec import SLOT, Answers, spell
from permiscope.model.steps import Call, Compose, Consent, History
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN
from tests.helpers import ANA, APP, BEN, CY

EVERYTHING = BUILT_IN["everything"]
MOVES = moves_of(frozenset(KINDS), ALL)
TAPES = st.binary(max_size=20 * SLOT)


def spelled(tape: bytes) -> History:
    """The history on a tape, of any kind of step."""
    return spell(tape, messaging_for(Service(EVERYTHING)), MOVES)


@given(TAPES)
def test_what_is_spelled_plays(tape: bytes) -> None:
    """On another service, too; and no slot has more than one step."""
    history = spelled(tape)
    messaging_for(Service(EVERYTHING)).play(history)
    assert len(history) <= -(-len(tape) // SLOT)


@given(TAPES, st.integers(0, 20))
def test_the_beginning_of_a_tape_is_the_beginning_of_its_history(tape: bytes, slots: int) -> None:
    """What comes later changes nothing before."""
    beginning = spelled(tape[: slots * SLOT])
    assert spelled(tape)[: len(beginning)] == beginning


@given(TAPES, st.integers(0, 20))
def test_zeros_say_nothing(tape: bytes, slots: int) -> None:
    """A tape of zeros is the empty history, and one that goes on in zeros stops there."""
    assert spelled(bytes(slots * SLOT)) == ()
    whole = tape[: len(tape) // SLOT * SLOT]
    assert spelled(whole + bytes(slots * SLOT)) == spelled(whole)


def test_an_empty_slot_leaves_the_other_steps_as_they_were() -> None:
    """So Hypothesis leaves out a step by writing one zero."""
    grant, compose, get = bytes([1, 0, 0, 0]), bytes([100, 0, 0, 0]), bytes([255, 0, 255, 0])
    moves = moves_of(BASE, READ)
    full = spell(grant + compose + compose + get, messaging_for(Service(EVERYTHING)), moves)
    assert [type(step) for step in full] == [Consent, Compose, Compose, Call]
    assert full[-1] == Call(APP, "get", ANA, message="m2")
    shorter = spell(grant + compose + bytes(SLOT) + get, messaging_for(Service(EVERYTHING)), moves)
    assert shorter == (*full[:2], Call(APP, "get", ANA, message="m1"))


def test_a_byte_says_how_far_down_the_list_the_answer_stands() -> None:
    """And when there are no more bytes it is the first."""
    choose = Answers([0, 85, 86, 255])
    assert [choose((ANA, BEN, CY)) for _ in range(5)] == [ANA, ANA, BEN, CY, ANA]
