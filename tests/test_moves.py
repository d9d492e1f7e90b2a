"""Are the moves the alphabet? What they make, one by one or all together, is what is enabled."""

from collections.abc import Collection
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model.access import OPERATIONS, Operation
from sim.model.steps import Call, Compose, Consent, History, Label, Step
from sim.search import moves as moves_module
from sim.search.alphabet import KINDS, Kind, calls, enabled
from sim.search.exhaustive import platform_for
from sim.search.moves import CALLS, MOVES, Chooser, ImpossibleError, Item, enumerate_moves, every, moves_of
from sim.search.strategies import histories
from sim.service.build import Service
from sim.service.platform import Platform
from sim.service.policy import BUILT_IN
from tests.helpers import ANA, APP, BEN, CY

ALL = histories(frozenset(KINDS), 10, frozenset(OPERATIONS))
MOVED, ASKED = ({move.name for move in table} for table in (MOVES, CALLS))


def after(history: History) -> Platform:
    """A platform on which a history took place."""
    platform = platform_for(Service(BUILT_IN["everything"]))
    platform.play(history)
    return platform


@given(ALL, st.frozensets(st.sampled_from(KINDS)), st.frozensets(st.sampled_from(OPERATIONS)))
def test_all_moves_together_are_what_is_enabled_in_the_same_order(
    history: History, kinds: frozenset[Kind], operations: frozenset[Operation]
) -> None:
    """The order matters: of equally short histories the exhaustive search tells the first."""
    platform = after(history)
    kinds = frozenset(kind for kind in kinds if kind in MOVED)
    operations = frozenset(operation for operation in operations if operation in ASKED)
    deeds = [move for move in MOVES if move.name in kinds]
    assert list(enumerate_moves(deeds, platform)) == list(enabled(platform, kinds))
    asked = [move for move in CALLS if move.name in operations]
    assert list(enumerate_moves(asked, platform)) == list(calls(platform, APP, operations))


@given(ALL, st.sampled_from(MOVES + CALLS), st.data())
def test_one_move_makes_a_step_that_is_enabled(history: History, move: moves_module.Move, data: st.DataObject) -> None:
    """Whatever is chosen."""

    def choose(items: Collection[Item]) -> Item:
        if not items:
            raise ImpossibleError
        return data.draw(st.sampled_from(tuple(items)))

    platform = after(history)
    try:
        step = move(platform, choose)
    except ImpossibleError:
        return
    if step is not None:
        platform.do(step)


def test_each_kind_and_each_operation_is_moved() -> None:
    """What is not would never be tried."""
    assert {move.name for move in moves_of(KINDS, OPERATIONS)} == {*KINDS, *OPERATIONS}


def test_what_has_no_move_of_its_own_is_chosen_from_all_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new kind or operation is drawn and searched before anybody makes it quick."""
    platform = after((Compose(ANA, (BEN,), via=APP, text="See this film."), Consent(ANA, APP)))
    for table, names, expected in (
        ("MOVES", (["label"], []), [Label(ANA, "m1", APP), Label(BEN, "m1", APP)]),
        ("CALLS", ([], ["label"]), [Call(APP, "label", ANA, message="m1")]),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(moves_module, table, ())
            (move,) = moves_of(*names)
            assert list(every(partial(move, platform))) == expected


def test_every_answer_is_given_once_and_the_last_question_turns_fastest() -> None:
    """Like the digits of a counter; where there is no answer there is no step."""

    def make(choose: Chooser) -> Step | None:
        owner = choose((ANA, BEN, CY))
        if owner == BEN:
            return None
        return Call(APP, "get", owner, message=choose(("m1", "m2") if owner == ANA else ()))

    assert list(every(make)) == [Call(APP, "get", ANA, message="m1"), Call(APP, "get", ANA, message="m2")]
