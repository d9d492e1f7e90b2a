"""Are the moves what can happen? Each kind and operation is there, and what they make, one by one or all, plays."""

from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from permiscope.engine.actions import calls, calls_on, enabled, enumerate_moves, moves_of
from permiscope.engine.alphabet import ALL, KINDS, READ, Kind
from permiscope.engine.moves import CALLS, MOVES, ImpossibleError, Item, Move
from permiscope.engine.space import APPS, PEOPLE, SECOND
from permiscope.engine.strategies import histories
from permiscope.model.access import OPERATIONS, Operation
from permiscope.model.steps import Call, Compose, Consent, Deliver, Hand, History, Revoke
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN
from tests.helpers import ANA, APP, BEN, CY

HISTORIES = histories(frozenset(KINDS), 10, ALL)
APP_SETS = st.sampled_from([APPS, (*APPS, SECOND)])


def after(history: History, apps: tuple[str, ...] = APPS) -> MessagingService:
    """A service on which a history took place."""
    messaging = MessagingService(Service(BUILT_IN["everything"]), PEOPLE, apps)
    messaging.play(history)
    return messaging


@given(HISTORIES, APP_SETS, st.sampled_from(MOVES + CALLS), st.data())
def test_one_move_makes_one_of_its_steps_and_each_of_those_plays(
    history: History, apps: tuple[str, ...], move: Move, data: st.DataObject
) -> None:
    """Whatever is chosen; and nobody can choose where there is no such step."""

    def choose(items: Collection[Item]) -> Item:
        if not items:
            raise ImpossibleError
        return data.draw(st.sampled_from(tuple(items)))

    messaging = after(history, apps)
    all_of_them = list(enumerate_moves(messaging, (move,)))
    assert len(all_of_them) == len(set(all_of_them))
    for step in all_of_them:
        messaging.copy().do(step)
    try:
        assert move(messaging, choose) in all_of_them
    except ImpossibleError:
        assert len(all_of_them) == 0 or move.questions[1:] or len(apps) > 1


@given(HISTORIES, APP_SETS, st.frozensets(st.sampled_from(KINDS)), st.frozensets(st.sampled_from(OPERATIONS)))
def test_all_steps_are_those_of_each_move_and_come_in_an_order_of_their_own(
    history: History, apps: tuple[str, ...], kinds: frozenset[Kind], operations: frozenset[Operation]
) -> None:
    """An alphabet is the sum of its kinds; in a smaller one, the steps that are left keep their order."""
    messaging = after(history, apps)
    whole = list(enabled(messaging, frozenset(KINDS)))
    some = list(enabled(messaging, kinds))
    assert set(some) == {step for move in moves_of(kinds) for step in enumerate_moves(messaging, (move,))}
    assert [step for step in whole if step in some] == some
    for app in apps:
        asked = list(calls(messaging, app, ALL))
        assert asked == [call for owner in PEOPLE for call in calls_on(messaging, app, owner, ALL)]
        fewer = list(calls(messaging, app, operations))
        assert fewer == [call for call in asked if call.operation in operations]


def test_steps_come_by_person_and_by_what_they_are_about() -> None:
    """The order matters: of equally short histories the exhaustive search tells the first."""
    messaging = after((Compose(ANA, (BEN,), text="Lunch?"), Consent(BEN, APP)))
    kinds: frozenset[Kind] = frozenset({"revoke", "grant", "reply", "label", "add", "remove", "begin", "compose"})
    told = [
        f"{type(step).__name__} {getattr(step, 'person', '')} {getattr(step, 'member', '')}".strip()
        for step in enabled(messaging, kinds)
    ]
    assert told == [
        *("Consent Ana", "Compose Ben", "Compose Cy", "Reply Ana", "Label Ana"),
        *("Remove Ana Ana", "Remove Ana Ben", "Add Ana Cy"),
        *("Revoke Ben", "Compose Ana", "Compose Cy", "Reply Ben", "Label Ben"),
        *("Remove Ben Ana", "Remove Ben Ben", "Add Ben Cy"),
        *("Consent Cy", "Compose Ana", "Compose Ben"),
        *("Begin", "Begin", "Begin"),
    ]


def test_a_second_app_is_granted_and_handed_things_and_deliveries_come_last() -> None:
    """People write with the first one."""
    history: History = (Consent(ANA, APP), Compose(BEN, (ANA,), text="My results came."), Call(APP, "get", ANA, "m1"))
    messaging = after(history, (APP, SECOND))
    steps = list(enabled(messaging, frozenset({"grant", "grant-other", "revoke", "link", "hand"})))
    links = [step.links for step in steps if isinstance(step, Compose)]
    assert (set(links), len(links)) == ({(APP,)}, 6)
    assert [step for step in steps if not isinstance(step, Compose)] == [
        *(Revoke(ANA, APP), Consent(BEN, APP), Consent(CY, APP), Hand(APP, SECOND, ANA)),
        *(Consent(ANA, SECOND), Consent(BEN, SECOND), Consent(CY, SECOND)),
    ]
    messaging.do(next(enabled(messaging, frozenset({"begin"}))))
    assert list(enabled(messaging, frozenset({"deliver", "revoke"}))) == [Revoke(ANA, APP), Deliver(1)]


def test_each_kind_and_each_operation_is_moved() -> None:
    """What is not would never be tried; but nobody can ask for a push."""
    assert {move.name for move in moves_of(frozenset(KINDS), ALL)} == {*KINDS, *OPERATIONS} - {"push"}


def test_calls_go_to_every_mailbox_granted_or_not() -> None:
    """What nobody granted is asked for, too: that a policy refuses it must be seen."""
    messaging = after((Compose(BEN, (ANA,), text="My results came."), Consent(ANA, APP)))
    asked = list(enumerate_moves(messaging, moves_of(frozenset(), READ)))
    assert asked == [Call(APP, "get", owner, message="m1") for owner in (ANA, BEN, CY)]
