"""Does the world repeat, and does nobody's chance move anybody else's?"""

from collections.abc import Mapping

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from permiscope.model.access import Grade
from permiscope.model.mail import Message
from permiscope.model.records import Called, Granted, Record, Revoked, Wrote
from permiscope.model.steps import Call, Compose, Consent
from permiscope.model.streams import DAY, HOUR, Draw, constant, exponential, pick, stream
from permiscope.model.trace import Trace, dump
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN, Policy
from permiscope.world.apps import App, curious_reader, dormant, honest_recommender
from permiscope.world.client import Client
from permiscope.world.clock import Behaviour
from permiscope.world.people import Person, circle, clicks, idle, script, together
from permiscope.world.simulation import AT_ONCE, Simulation
from tests.helpers import ANA, APP, BEN, CY, calls_in, ids

EVERYTHING = BUILT_IN["everything"]
OTHER = "PhotoCo"
GRANTS = script(Consent(ANA, APP, at=60.0), Consent(ANA, OTHER, at=61.0))
READER = curious_reader((ANA, BEN), every=2 * HOUR)


def people(**habits: float) -> dict[str, Person]:
    """Three who write to each other all day; Ana grants both apps at the start."""
    three = circle((ANA, BEN, CY), APP, **habits)
    return three | {ANA: together(GRANTS, three[ANA])}


def run(
    policy: Policy = EVERYTHING,
    persons: Mapping[str, Person] | None = None,
    apps: Mapping[str, App] | None = None,
    seed: int = 7,
    until: float = DAY,
    latency: Draw = AT_ONCE,
) -> Trace:
    """A day of three people and a curious app, or what else is asked for."""
    apps = {APP: dormant, OTHER: dormant, **({APP: READER} if apps is None else apps)}
    return Simulation(Service(policy), persons or people(), apps, seed, latency=latency).run(until)


def deeds(trace: Trace) -> list[Record]:
    """What people did, wherever in the trace: positions count the calls of apps too."""
    return [_anywhere(record) for record in trace.records if not isinstance(record, Called)]


def _anywhere(record: Record) -> Record:
    return evolve(record, message=evolve(record.message, position=0)) if isinstance(record, Wrote) else record


def test_the_same_seed_writes_the_same_bytes() -> None:
    """A run is a function of what it is given."""
    assert dump(run()) == dump(run())
    slow = exponential(300.0)
    assert dump(run(latency=slow)) == dump(run(latency=slow))


def test_another_seed_is_another_day() -> None:
    """Other messages, at other times."""
    one, two = deeds(run(seed=1)), deeds(run(seed=2))
    assert one != two
    assert not {record.time for record in one if isinstance(record, Wrote)} & {record.time for record in two}


def test_the_order_in_which_people_and_apps_are_given_does_not_matter() -> None:
    """Neither of the people nor of the apps: ties break by name, and every stream has its owner."""
    apps = {APP: READER, OTHER: curious_reader((ANA,), every=HOUR)}
    backwards = dict(reversed(people().items())), dict(reversed(apps.items()))
    assert list(backwards[0]) != list(people())
    assert Simulation(Service(EVERYTHING), *backwards, seed=7).run(DAY).records == run(apps=apps).records


def test_ties_break_by_name() -> None:
    """Three people write at one time, and two apps look at one time."""
    writers = {name: script(Compose(name, (to,), at=HOUR)) for name, to in [(CY, ANA), (ANA, BEN), (BEN, CY)]}
    trace = run(persons=writers, apps={APP: READER, OTHER: curious_reader((CY,), every=2 * HOUR)}, until=3 * HOUR)
    assert [record.message.author for record in trace.records if isinstance(record, Wrote)] == [ANA, BEN, CY]
    assert [(call.app, call.owner) for call in calls_in(trace)] == [(OTHER, CY), (APP, ANA), (APP, BEN)]


@pytest.mark.parametrize("latency", [AT_ONCE, exponential(60.0)])
def test_an_app_more_leaves_what_people_do_the_same(latency: Draw) -> None:
    """An app that reads, with draws of its own, moves nobody's draws."""
    alone = run(apps={APP: dormant, OTHER: dormant}, latency=latency)
    assert calls_in(alone) == []
    assert deeds(alone) == deeds(run(latency=latency))
    both = run(apps={APP: READER, OTHER: curious_reader((ANA,), every=HOUR)}, latency=latency)
    assert {call.app for call in calls_in(both)} == {APP, OTHER}
    assert deeds(both) == deeds(alone)


def test_an_app_more_leaves_the_latencies_of_the_others_the_same() -> None:
    """What one app waits for is drawn from a stream of its own."""
    slow = exponential(60.0)
    alone = [call.time for call in calls_in(run(latency=slow))]
    both = run(apps={APP: READER, OTHER: curious_reader((ANA,), every=HOUR)}, latency=slow)
    assert [call.time for call in calls_in(both) if call.app == APP] == alone


def test_somebody_more_to_write_to_moves_no_other_conversation() -> None:
    """Each conversation has a stream of its own."""
    two, three = ({**circle(names, APP, via=0.0, replies=0.0), CY: idle} for names in ((ANA, BEN), (ANA, BEN, CY)))
    between = [
        {
            (message.time, message.author, message.body)
            for message in written(run(persons=persons, apps={}))
            if {message.author, *message.recipients} == {ANA, BEN}
        }
        for persons in (two, three)
    ]
    assert between[0] == between[1] != set()


def written(trace: Trace) -> list[Message]:
    """The messages that people wrote."""
    return [record.message for record in trace.records if isinstance(record, Wrote)]


@pytest.mark.parametrize("policy", ["authored", "reply", "tagged", "deny-all"])
def test_no_policy_changes_what_people_do(policy: str) -> None:
    """People are open-loop: what an app is shown comes back to nobody."""
    free, bound = run(), run(BUILT_IN[policy])
    assert deeds(free) == deeds(bound)
    assert len(written(free)) > 20
    assert [call.shown for call in calls_in(free)] != [call.shown for call in calls_in(bound)]


def waits(trace: Trace) -> list[float]:
    """How long each call was on its way; what is refused is over at once."""
    return [round(call.time - call.decided_at, 6) for call in calls_in(trace) if call.outcome == "shown"]


@pytest.mark.parametrize("wait", [0.0, 8.0])
def test_a_constant_latency_passes_between_decision_and_delivery(wait: float) -> None:
    """Of each call, and what was shown is what was shown without."""
    trace = run(latency=constant(wait))
    assert set(waits(trace)) == {wait}
    assert [ids(call) for call in calls_in(trace)] == [ids(call) for call in calls_in(run())]


def test_a_latency_is_drawn_for_each_call() -> None:
    """Some time passes, and another each time."""
    drawn = waits(run(latency=exponential(60.0)))
    assert min(drawn) > 0
    assert len(set(drawn)) == len(drawn) > 20


def test_what_is_in_flight_at_the_horizon_is_cut_off() -> None:
    """Its record is the last, at the horizon, and nothing was shown."""
    horizon = 4 * HOUR + 30.0
    trace = run(latency=constant(HOUR), until=horizon)
    *before, last = calls_in(trace)
    assert (last.outcome, last.time, last.shown) == ("cut off", horizon, ())
    assert last.decided_at == 4 * HOUR
    assert not any(call.outcome in ("cut off", "open") for call in before)
    assert [call.closed for call in (*before, last)] == [trace.records.index(call) for call in (*before, last)]


def test_the_horizon_is_a_time_and_everything_before_it_happens() -> None:
    """A longer run begins with the shorter one."""
    short, long = run(until=DAY / 2).records, run(until=DAY).records
    assert long[: len(short)] == short
    assert all(record.time < DAY / 2 for record in short)
    assert all(record.time >= DAY / 2 for record in long[len(short) :])


def test_a_curious_reader_gets_all_that_it_lists() -> None:
    """Each message once, in the mailboxes of those who granted, and nothing else."""
    trace = run()
    listed = [message for call in calls_in(trace) if call.operation == "list" for message in ids(call)]
    got = [message for call in calls_in(trace) if call.operation == "get" for message in ids(call)]
    assert len(got) == len(set(got)) > 20
    assert set(got) == set(listed)
    assert {call.owner for call in calls_in(trace) if call.shown} == {ANA}
    assert {call.operation for call in calls_in(trace)} == {"list", "get"}
    assert set(got) < {message.id for message in written(trace)}


def test_an_honest_recommender_gets_answers_and_nothing_else() -> None:
    """Though it may read everything: what it gets are answers to what was sent via it."""
    clicked = clicks(7, ANA, {BEN: 6.0, CY: 3.0})
    trace = run(apps={APP: honest_recommender(clicked, every=2 * HOUR)}, until=3 * DAY)
    state = trace.final_state()
    sent = [call.sent for call in calls_in(trace) if call.sent]
    assert [(message.author, message.via) for message in sent] == [(ANA, APP)] * len(clicked)
    assert [(message.time, message.recipients) for message in sent] == [(at, (to,)) for at, _, to in clicked]
    got = [message for call in calls_in(trace) if call.operation == "get" for message in call.shown]
    assert len(got) == len({message.id for message in got}) > 5
    assert all(state.messages[message.in_reply_to or ""].via == APP for message in got)
    assert {call.owner for call in calls_in(trace)} == {ANA}


def test_a_recommendation_on_its_way_reaches_whom_it_was_clicked_for() -> None:
    """Whatever people write before it is delivered."""
    clicked = clicks(7, ANA, {BEN: 6.0, CY: 3.0})
    trace = run(apps={APP: honest_recommender(clicked)}, latency=constant(HOUR), until=2 * DAY)
    assert [call.sent.recipients for call in calls_in(trace) if call.sent] == [(to,) for _, _, to in clicked]


def test_an_idle_person_and_a_dormant_app_do_nothing() -> None:
    """Nothing happens by itself."""
    assert run(persons={ANA: idle, BEN: idle}, apps={APP: dormant}).records == ()


def test_people_change_their_minds_at_times_of_their_own() -> None:
    """Grants and revocations take turns, whatever is written between."""
    trace = run(persons=circle((ANA, BEN), APP, grants=12.0))
    of_ana = [
        type(record)
        for record in trace.records
        if (isinstance(record, Granted) and record.grant.user == ANA)
        or (isinstance(record, Revoked) and record.person == ANA)
    ]
    assert len(of_ana) > 5
    assert of_ana == ([Granted, Revoked] * len(of_ana))[: len(of_ana)]


@given(st.integers(0, 2**64), st.text(), st.text())
def test_a_stream_is_named_by_seed_entity_and_purpose(seed: int, entity: str, purpose: str) -> None:
    """The same three give the same numbers, and any other name gives others."""
    numbers = stream(seed, entity, purpose).random()
    assert stream(seed, entity, purpose).random() == numbers
    for other in [(seed + 1, entity, purpose), (seed, entity + "x", purpose), (seed, entity, purpose + "x")]:
        assert stream(*other).random() != numbers


def test_names_that_join_to_the_same_words_have_streams_of_their_own() -> None:
    """Ana's purpose is not part of somebody else's name."""
    assert stream(7, "Ana", "to Ben/words").random() != stream(7, "Ana/to Ben", "words").random()


def test_the_sequence_of_a_stream_is_the_one_that_was_published() -> None:
    """A trace in a report repeats as long as this does."""
    random = stream(1, ANA, "grants")
    assert [round(random.random(), 6) for _ in range(3)] == [0.467783, 0.635339, 0.131434]


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 9))
def test_a_pick_is_always_an_item(chance: float, count: int) -> None:
    """Each as likely as the others, and none beyond the last."""
    assert pick(range(count), chance) == int(chance * count) < count


def test_gaps_are_exponential_with_their_mean() -> None:
    """Of many draws the mean and the median are those of the distribution."""
    random, draw = stream(3, "gaps", "test"), exponential(10.0)
    drawn = sorted(draw(random) for _ in range(20_000))
    assert sum(drawn) / len(drawn) == pytest.approx(10.0, rel=0.03)
    assert drawn[len(drawn) // 2] == pytest.approx(6.93, rel=0.03)
    assert drawn[0] >= 0


def test_a_call_in_flight_is_what_was_asked() -> None:
    """Whoever made it may change it meanwhile: a call that was decided as one of headers shows no body."""
    call = Call(APP, "metadata", ANA, message="m1")

    def app(client: Client) -> Behaviour:
        yield client.until(10.0)
        answer = client.ask(call)
        call.operation = "get"
        yield answer

    ana = script(Consent(ANA, APP, at=1.0), Compose(ANA, (BEN,), text="Only you.", at=2.0))
    world = Simulation(Service(EVERYTHING), {ANA: ana, BEN: idle}, {APP: app}, latency=constant(1.0))
    (answered,) = calls_in(world.run(20.0))
    assert (answered.operation, answered.grade) == ("metadata", Grade.METADATA)
