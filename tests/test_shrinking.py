"""Is a shrunk history one that plays, breaks the same and is no larger, whatever it is made of?"""

from functools import reduce
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from permiscope.engine.actions import moves_of
from permiscope.engine.alphabet import ALL, BASE, KINDS, OF_APPS, PEOPLES, READ, Kind, steps_for
from permiscope.engine.guided import run
from permiscope.engine.moves import BRIEFLY
from permiscope.engine.shrinking import Trial, shrink
from permiscope.engine.space import APPS, PEOPLE, SECOND
from permiscope.judge.invariants import parse_invariant
from permiscope.model.steps import Add, Begin, Call, Compose, Consent, Deliver, Hand, History, Reply, Revoke, SendDraft
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.policies.loading import load_policy
from permiscope.service.policies.policy import BUILT_IN
from tests.helpers import ANA, APP, BEN, CY, get

MOVES = moves_of(frozenset(KINDS), ALL)
LEAKY = reduce(
    lambda service, name: CATALOGUE[name].built_into(service),
    ("L13", "L14", "L15", "L22", "L25", "L26", "L35"),
    Service(BUILT_IN["everything"]),
)
BROKEN = [
    *("I1", "I2", "I3", "I4", "I5:authored", "I5:reply@presence", "I6:reply", "I9", "I10", "I13"),
    *("I14", "I16", "I18", "I25", "I26"),
]
"""What the leaky service breaks."""


def trial(policy: str, invariant: str) -> Trial:
    """What a history is tried for."""
    return Trial(Service(load_policy(policy)), parse_invariant(invariant))


@given(
    st.integers(0, 2**32),
    st.sampled_from(BROKEN),
    st.sampled_from([APPS, (*APPS, SECOND)]),
    st.frozensets(st.sampled_from(KINDS), max_size=6),
)
def test_a_shrunk_history_plays_and_breaks_the_same_and_is_no_larger(
    seed: int, invariant: str, apps: tuple[str, ...], others: frozenset[Kind]
) -> None:
    """It breaks with its last step, and no step can be left out of it; nothing is made of what breaks nothing."""
    tried = Trial(LEAKY, parse_invariant(invariant), apps)
    kinds = steps_for(invariant)[0] | others
    moves = moves_of(kinds, ALL)
    messaging, tally = tried.start()
    history = run(
        messaging, [tally], Random(seed).random, moves_of(kinds & PEOPLES), moves_of(kinds & OF_APPS, ALL), 25
    )
    before = tried.plan(history)
    shrunk = shrink(tried, history, moves)
    MessagingService(LEAKY, PEOPLE, apps).play(shrunk)
    plan = tried.plan(shrunk)
    assert len(plan) == len(shrunk) <= len(before)
    assert bool(shrunk) is bool(before)
    for place in range(len(plan)):
        assert not tried.play(plan[:place] + plan[place + 1 :]).broken


def test_a_message_is_known_by_the_step_that_made_it() -> None:
    """The third message is the second, and then the first, when those before it are dropped; it stays the same one."""
    history = (
        Compose(ANA, (BEN,), text="Lunch?"),
        Consent(ANA, APP),
        Compose(BEN, (CY,), text="Coffee?"),
        Compose(BEN, (ANA,), text="My results came."),
        get("m1"),
        get("m3"),
    )
    tried = trial("everything", "I18")
    plan = tried.plan(history)
    assert [deed.made[0] for deed in plan] == [("m1",), (), ("m2",), ("m3",), (), ()]
    played = tried.play(plan[1:])
    assert played.steps[-1] == get("m2")
    assert [deed.step for deed in played.deeds] == [*history[1:4], history[5]]
    assert shrink(tried, history, MOVES) == (
        Consent(ANA, APP),
        Compose(BEN, (ANA,), text="My results came."),
        get("m1"),
    )


def test_who_speaks_of_what_was_not_made_is_left_out() -> None:
    """A reply without its message, and a delivery without its call, take nobody else's place."""
    history = (
        Consent(ANA, APP),
        Compose(BEN, (ANA,), text="One."),
        Reply(ANA, "m1", text="Two."),
        Begin(get("m1")),
        Begin(get("m2")),
        Revoke(ANA, APP),
        Deliver(1),
    )
    tried = trial("everything", "I4")
    plan = tried.plan(history)
    without = tried.play(plan[:3] + plan[4:])
    assert without.steps == [*history[:3], history[4], history[5]]
    assert tried.play([plan[0], *plan[2:]]).steps == [history[0], history[5]]


def test_what_nobody_ever_made_keeps_its_name() -> None:
    """An app may ask for a message that is none, and that may be what breaks."""
    history = (Consent(ANA, APP), get("m9"), Compose(BEN, (ANA,), text="My results came."), get("m1"))
    tried = trial("everything", "I18")
    assert tried.play(tried.plan(history)).steps == list(history)


def test_a_call_in_flight_becomes_a_plain_call_where_that_breaks_too() -> None:
    """And a reply a message of its own; two people are enough for it."""
    history = (
        Consent(CY, APP),
        Compose(BEN, (CY,), via=APP, text="One."),
        Reply(CY, "m1", text="Two."),
        Compose(BEN, thread="t1", text="Three."),
        Begin(get("m3", CY)),
        Deliver(1),
    )
    shrunk = shrink(trial("everything", "I18"), history, moves_of(BASE, READ))
    assert [type(step) for step in shrunk] == [Consent, Compose, Call]
    assert not any(CY in (step.person, *step.to) for step in shrunk if isinstance(step, Compose))


def test_what_is_not_needed_in_a_step_is_left_out_of_it() -> None:
    """An app that is linked or written with, a delete of everyone's copies."""
    history = (
        Consent(ANA, APP),
        Compose(BEN, (ANA,), via=APP, links=(APP,), text="See this film."),
        Call(APP, "delete", ANA, message="m1", everyone=True),
    )
    plain = (history[0], Compose(BEN, (ANA,), text="See this film."), Call(APP, "delete", ANA, message="m1"))
    assert shrink(trial("everything", "I9"), history, MOVES) == plain
    assert shrink(trial("everything", "I10"), history, MOVES) == (*plain[:2], history[2])


def test_a_history_that_breaks_nothing_shrinks_to_nothing() -> None:
    """There is nothing to keep."""
    assert shrink(trial("reply", "I5:reply"), (Consent(ANA, APP),), MOVES) == ()


def test_two_messages_that_did_half_each_become_one() -> None:
    """A thread that an idle message opened is opened by the one that matters."""
    history: History = (
        Compose(BEN, (ANA,), text="Lunch?"),
        Compose(BEN, thread="t1", via=APP, text="See this film."),
        Consent(ANA, APP),
        get("m2"),
    )
    shrunk = shrink(trial("via-app", "I5:authored"), history, moves_of(*steps_for("I5:authored")))
    assert len(shrunk) == 3
    assert all(one != other for one, other in pairwise(shrunk))


def test_an_attachment_is_known_by_the_message_that_it_came_with() -> None:
    """It is called anew when its message is another, and stays the same one for who asks for it."""
    history = (
        Compose(ANA, (BEN,), attachments=("a1",), text="Lunch?"),
        Consent(ANA, APP),
        Compose(BEN, (ANA,), attachments=("a2",), text="My results came."),
        Call(APP, "attachment", ANA, attachment="a1"),
        Call(APP, "attachment", ANA, attachment="a2"),
    )
    tried = Trial(LEAKY, parse_invariant("I18"))
    plan = tried.plan(history)
    assert tried.play(plan[1:]).steps == [
        history[1],
        Compose(BEN, (ANA,), attachments=("a1",), text="My results came."),
        Call(APP, "attachment", ANA, attachment="a1"),
    ]


def test_a_brief_grant_ends_as_long_after_it_was_given_as_ever() -> None:
    """Though what happened before is left out."""
    history = (
        Compose(ANA, (BEN,), text="Lunch?"),
        Consent(ANA, APP, until=2.0 + BRIEFLY),
        Compose(BEN, (ANA,), text="My results came."),
        get("m2"),
    )
    tried = trial("everything", "I18")
    assert tried.play(tried.plan(history)[1:]).steps[0] == Consent(ANA, APP, until=1.0 + BRIEFLY)
    assert shrink(tried, history, moves_of(BASE, READ))[0] == Consent(ANA, APP)


def test_people_who_are_added_and_apps_that_are_handed_things_are_of_the_cast() -> None:
    """Fewer and earlier ones are tried in their places; a draft that nobody needs to wait for is sent."""
    joined = (
        Compose(BEN, (CY,), text="My results came."),
        Add(BEN, "t1", ANA),
        Consent(CY, SECOND),
        Consent(CY, APP),
        Compose(ANA, (CY,), draft=True, text="Should I tell you?"),
        SendDraft(ANA, "m2"),
        Call(SECOND, "get", CY, message="m2"),
    )
    tried = Trial(Service(BUILT_IN["everything"]), parse_invariant("I18"), (APP, SECOND))
    shrunk = shrink(tried, joined, moves_of(BASE, READ))
    assert sorted(type(step).__name__ for step in shrunk) == ["Call", "Compose", "Consent"]
    assert "OtherApp" not in str(shrunk)
    handed = (*joined[:2], *joined[3:], get("m1", CY), Hand(APP, SECOND, CY))
    tried = Trial(Service(BUILT_IN["everything"]), parse_invariant("I25"), (APP, SECOND))
    shrunk = shrink(tried, handed, moves_of(BASE | {"app-get", "hand"}))
    assert [type(step).__name__ for step in shrunk][-2:] == ["Call", "Hand"]
    assert shrunk[-1] == Hand(APP, SECOND, ANA)
    assert CY not in str(shrunk)
