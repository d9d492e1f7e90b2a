"""Does each leak that we look at break what it is said to, and does the sound service keep it?"""

import pytest
from attrs import evolve

from permiscope.cli.leaks import tell_leak
from permiscope.engine import hunting, pairs
from permiscope.engine.alphabet import BASE, KINDS
from permiscope.engine.hunting import hunt_rules
from permiscope.engine.pairs import ControlError, Run, control, pair_of, run_pair, verdicts_in
from permiscope.engine.space import PEOPLE
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import judge
from permiscope.judge.noninterference import (
    LENSES,
    Divergence,
    Lens,
    Noninterference,
    parse_noninterference,
    parse_rule,
)
from permiscope.judge.verdicts import Kind
from permiscope.model.access import Grant, Observation
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS
from permiscope.model.records import Called, Record
from permiscope.model.steps import Begin, Call, Compose, Consent, Deliver, Edit, Hand, History
from permiscope.model.streams import DAY
from permiscope.questions.checks.keeping import CHECKS, search_service
from permiscope.questions.checks.leaks import catch
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import EnforcementPoint, Observer
from permiscope.service.door.messaging import MessagingService, Rewrite, as_written
from permiscope.service.door.services import SERVICES
from permiscope.service.faults.catalogue import CATALOGUE, NOT_STATED
from permiscope.service.faults.fault import ideal
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy
from permiscope.world.day import SEED, curious, people
from permiscope.world.simulation import Simulation
from tests.helpers import ANA, APP, BEN, get

pytestmark = pytest.mark.one_python

QUICK = {"L2": 4, "L8": 3, "L20": 3, "L25": 3, "L29": 3}
"""Leaks that are hunted in a few seconds each, and how short their smallest history is; `make leaks` hunts all."""

PRIVATE = (Consent(ANA, APP), Compose(BEN, (ANA,), text="My results came."))
BODIES = Noninterference("I20", READINGS["reply"])


@pytest.mark.parametrize("name", QUICK)
def test_a_leak_is_caught_as_promised_and_the_sound_service_is_not(name: str) -> None:
    """Nothing of what is promised fails, and the witness has the length that it should."""
    caught = catch(CATALOGUE[name])
    assert list(caught.failures()) == []
    assert len(caught.witness) == QUICK[name]


@pytest.mark.parametrize("name", [*CATALOGUE, *NOT_STATED])
def test_a_leak_is_told_by_the_history_that_is_kept(name: str) -> None:
    """It is played with the fault, where a promised check breaks, and without."""
    told = tell_leak(name)
    assert told.startswith(f"{name}: ")
    assert name in NOT_STATED or "; without the fault the same steps do not break it" in told


def test_the_catalogue_has_every_leak_from_1_to_40() -> None:
    """Each is a fault, or it is said why it cannot be one."""
    assert {*CATALOGUE, *NOT_STATED} == {f"L{number}" for number in range(1, 41)}


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_fault_speaks_of_kinds_of_steps_that_there_are(name: str) -> None:
    """The service may not know them, so nothing else holds it to them."""
    assert set(CATALOGUE[name].kinds) <= set(KINDS)


def test_two_faults_at_once_are_both_seen() -> None:
    """A service with both breaks what either breaks."""
    both = CATALOGUE["L8"].built_into(CATALOGUE["L11"].built_into(ideal()))
    assert both.faults == ("L11", "L8")
    count, read = Call(APP, "count", ANA), get("m2")
    rule = Noninterference("I21", READINGS["reply"])
    fields = [run_pair(both, (*PRIVATE, call), rule).divergence for call in (count, read)]
    assert [found.field if found else "" for found in fields] == ["status", ""]
    assert run_pair(both, (*PRIVATE, get("m1")), rule).divergence is not None


def test_an_identical_run_cannot_be_told_apart_and_a_varied_one_can() -> None:
    """The controls: nothing high, nothing differs; a rule that shows what is high differs in its text."""
    nothing = run_pair(Service(BUILT_IN["everything"]), (Consent(ANA, APP), Call(APP, "list", ANA)), BODIES)
    assert (nothing.high, nothing.divergence) == (frozenset(), None)
    shown = run_pair(Service(BUILT_IN["everything"]), (*PRIVATE, get("m1")), BODIES)
    assert shown.divergence is not None
    assert (shown.divergence.field, shown.divergence.culprit) == ("text", "m1")
    assert "what m1 says" in shown.divergence.infers(BODIES)
    hidden = run_pair(Service(BUILT_IN["reply"]), (*PRIVATE, get("m1")), BODIES)
    assert (hidden.high, hidden.divergence) == (frozenset({"m1"}), None)


@pytest.mark.parametrize("lens", LENSES)
def test_the_controls_fail_when_two_runs_cannot_be_told_apart(lens: Lens, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is that nothing is varied, that nothing is compared, or that a run is no run of the same."""
    rule, check = Noninterference(lens, READINGS["reply"]), control.__wrapped__
    check(rule)
    for name, broken, message in (
        ("variation", lambda *_: as_written, "cannot tell two runs apart that differ in what it may see"),
        ("compare", lambda *_: None, "cannot tell two runs apart that differ in what it may see"),
        ("compare", lambda *_: Divergence(0, "status", 200, 404), "can tell a run from the same run"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(pairs, name, broken)
            with pytest.raises(ControlError, match=message):
                check(rule)


def test_a_hunt_begins_with_the_controls(monkeypatch: pytest.MonkeyPatch) -> None:
    """And does not begin if they fail."""
    for room in (pairs, hunting):
        monkeypatch.setattr(room, "control", control.__wrapped__)
    monkeypatch.setattr(pairs, "compare", lambda *_: None)
    with pytest.raises(ControlError):
        hunt_rules(SERVICES["ideal"], [BODIES], 2, BASE, frozenset({"get"}))
    with pytest.raises(ControlError):
        run_pair(SERVICES["ideal"], PRIVATE, BODIES)


@pytest.mark.parametrize(
    ("purposes", "told"),
    [
        ((), Kind.VACUOUS),
        (("recommend",), Kind.NOT_BROKEN),
        (("recommend", None), Kind.UNDERDETERMINED),
        (("recommend", None, "sell"), Kind.REFUTED),
        (("sell", None), Kind.REFUTED),
    ],
)
def test_a_purpose_is_consistent_or_inconsistent_or_the_record_does_not_say(
    purposes: tuple[str | None, ...], told: Kind
) -> None:
    """What is not stated is left open, and one read for another purpose is enough."""
    messaging = MessagingService(Service(BUILT_IN["everything"]), PEOPLE, (APP,))
    messaging.play((Consent(ANA, APP, purposes=("recommend",)), Compose(BEN, (ANA,))))
    messaging.play(tuple(Call(APP, "get", ANA, message="m1", purpose=purpose) for purpose in purposes))
    (tally,) = judge(messaging.door.records, [parse_invariant("I19")])
    assert tally.verdict().kind is told
    assert (tally.fired, tally.open) == (len(purposes), purposes.count(None))


def test_a_rule_of_two_runs_needs_a_reading() -> None:
    """And may say that what people passed on does not count."""
    assert parse_noninterference("I5:reply") is None
    rule = parse_noninterference("I21:reply/released")
    assert rule is not None
    assert (rule.name, rule.released) == ("I21:reply/released", True)
    quantised = parse_noninterference("I23:reply/quantised")
    assert quantised is not None
    assert (quantised.name, quantised.timing) == ("I23:reply/quantised", "quantised")
    for wrong in ("I20", "I20:", "I20:reply/other", "I20:reply/", "I20:reply/released/released"):
        with pytest.raises(InputError, match="is no rule of two runs"):
            parse_noninterference(wrong)


def day_of(service: Service) -> Run:
    """Three people who write to each other all day, and an app that reads what it can, on SimPy's clock."""

    def run(rewrite: Rewrite, observers: tuple[Observer, ...]) -> tuple[Record, ...]:
        simulation = Simulation(service, people(), {APP: curious()}, SEED, observers=observers, rewrite=rewrite)
        return simulation.run(DAY).records

    return run


@pytest.mark.parametrize(
    ("leak", "seen", "unseen"),
    [
        ("L3", ("I20:reply", "I21:reply"), ("I20:reply/released", "I22:reply", "I23:reply")),
        ("L9", ("I21:reply",), ("I20:reply", "I22:reply", "I23:reply")),
        ("L10", ("I21:reply",), ("I20:reply", "I22:reply", "I23:reply")),
        ("L12", ("I23:reply", "I23:reply/quantised"), ("I20:reply", "I21:reply", "I23:reply/order")),
    ],
)
def test_a_day_of_traffic_is_compared_with_itself_but_for_what_may_not_be_known(
    leak: str, seen: tuple[str, ...], unseen: tuple[str, ...]
) -> None:
    """What people do is the same in both runs, so that the sound service looks the same and only the fault tells."""
    for name in (*seen, *unseen):
        rule = parse_noninterference(name)
        assert rule is not None
        sound, faulty = (pair_of(day_of(each), rule, APP) for each in (ideal(), CATALOGUE[leak].service))
        assert len(sound.high) > 40
        assert sound.fired > 25
        assert (sound.divergence, faulty.divergence is not None) == (None, name in seen), name
        if faulty.divergence:
            assert faulty.divergence.culprit in faulty.high


def test_what_differs_is_told_where_it_differs() -> None:
    """And what is long is cut."""
    long = "the same beginning of a long text, and then "
    told = Divergence(0, "text", f"{long}one end", f"{long}another", "m1").infers(BODIES)
    assert told == "From the text (... and then one end against ... and then another) the app can tell what m1 says."
    assert "(nothing against Hello.)" in Divergence(0, "subject", "", "Hello.", "m1").infers(BODIES)


SURVEYED = {
    "everything": "I9 3, I16 3, I18 3, I24 kept, U3 yes, U4 yes, U5 yes",
    "reply": "I9 3, I16 3, I18 3, I24 kept, U3 yes, U4 no, U5 yes",
    "authored": "I9 kept, I16 3, I18 not tested, I24 kept, U3 no, U4 no, U5 yes",
    "late-filter": "I9 3, I16 3, I18 3, I24 3, U3 no, U4 no, U5 yes",
    "ideal": "I9 kept, I16 kept, I18 3, I24 kept, U3 yes, U4 no, U5 yes",
}


@pytest.mark.parametrize("service", SURVEYED)
def test_the_services_of_the_survey_keep_what_their_definitions_say(service: str) -> None:
    """The checks that take a second each; the whole survey takes minutes."""
    checks = ("I9", "I16", "I18", "I24", "U3", "U4", "U5")
    assert set(checks) <= set(CHECKS)
    cells = search_service(SERVICES[service], checks)
    told = [f"{cell.check} {cell.verdict.steps if cell.words.startswith('broken') else cell.words}" for cell in cells]
    assert ", ".join(told) == SURVEYED[service]
    untested = [cell.check for cell in cells if cell.verdict.kind is Kind.VACUOUS]
    # What the owner wrote with the app is nobody else's, so that nothing of a counterpart is ever shown.
    assert untested == (["I18"] if service == "authored" else [])


def test_a_second_run_that_ends_early_is_told_apart() -> None:
    """What the app began was refused there, so that there is nothing to deliver."""
    history = (PRIVATE[1], PRIVATE[0], Begin(get("m1")), Deliver(1))
    rule = parse_noninterference("I21:reply")
    assert rule is not None
    found = run_pair(Service(BUILT_IN["everything"]), history, rule)
    assert found.divergence is not None
    assert found.divergence.field == "status"
    with pytest.raises(InputError, match="step 3 is not possible"):
        run_pair(Service(BUILT_IN["everything"]), (*PRIVATE, Deliver(1)), rule)


def test_what_an_app_sent_is_no_secret_from_it() -> None:
    """Nobody else wrote it, so there is nothing to vary, and the rule is not tested."""
    history = (Consent(ANA, APP), Call(APP, "send", ANA, to=(BEN,), text="Look."), Edit(ANA, "m1", "Look!"), get("m1"))
    for name in ("I20:tagged", "I21:tagged"):
        rule = parse_noninterference(name)
        assert rule is not None
        assert run_pair(Service(BUILT_IN["everything"]), history, rule).verdict().kind is Kind.VACUOUS


def test_what_an_app_forwards_to_itself_is_not_released_by_anybody() -> None:
    """Up to release only what people passed on is left out."""
    history = (*PRIVATE, Call(APP, "forward", ANA, message="m1", to=(APP,)))
    rule = parse_noninterference("I20:reply/released")
    assert rule is not None
    assert run_pair(CATALOGUE["L37"].service, history, rule).verdict().kind is Kind.REFUTED


def test_a_time_is_all_that_a_rule_of_times_looks_at() -> None:
    """Also of what another app hands over."""
    history = (
        PRIVATE[1],
        Consent(ANA, "OtherApp"),
        Call("OtherApp", "get", ANA, message="m1"),
        Hand("OtherApp", APP, ANA),
    )
    service = Service(BUILT_IN["everything"])
    apps = (APP, "OtherApp")
    for name, kind in (("I20:reply", Kind.REFUTED), ("I23:reply", Kind.NOT_BROKEN)):
        rule = parse_noninterference(name)
        assert rule is not None
        granted = (*history, Consent(ANA, APP))
        assert run_pair(service, granted, rule, apps=apps).verdict().kind is kind


def test_metadata_are_the_subject_and_the_time() -> None:
    """A service that tells them of everything is caught by I22, and by I20 not."""

    class TellsTimes(EnforcementPoint):
        telling = True

        def _observe(self, record: Called) -> Observation:
            times = sum(self.state.messages[name].time for name in self.state.mailbox(record.owner))
            return evolve(super()._observe(record), total=int(10 * times))

    service = Service(BUILT_IN["authored"], parts=(TellsTimes,))
    for name, kind in (("I20:authored", Kind.NOT_BROKEN), ("I22:authored", Kind.REFUTED)):
        rule = parse_noninterference(name)
        assert rule is not None
        assert run_pair(service, (*PRIVATE, Call(APP, "list", ANA)), rule).verdict().kind is kind


def test_without_a_grant_a_rule_of_somebodys_own_is_compared_too() -> None:
    """It may show what it likes, so two steps are enough."""
    anyone = FunctionPolicy("anyone", "", lambda _: True)
    found = hunt_rules(Service(anyone), [BODIES], 3, BASE, frozenset({"get"}))
    assert found[BODIES.name].verdict.steps == 2


@pytest.mark.parametrize("leak", ["L18", "L26", "L31"])
def test_what_is_gone_cannot_be_deleted_again(leak: str) -> None:
    """The faults show too much, and take away no more than there is."""
    day = (Consent(ANA, APP), Compose(ANA, (BEN,), via=APP), Call(APP, "delete", ANA, message="m1"))
    messaging = MessagingService(CATALOGUE[leak].service, PEOPLE, (APP,))
    messaging.play(day)
    again = messaging.do(day[-1])
    assert isinstance(again, Called)
    assert again.outcome == "refused"


class SlipsOut(EnforcementPoint):
    """What is refused leaves by a way that nobody records."""

    def _refuse(self, record: Called, time: float) -> None:
        super()._refuse(record, time)
        if message := self.state.messages.get(record.target or ""):
            self.unrecorded.append((record.app, record.owner, message))


class NeverEnds(EnforcementPoint):
    """The end of a grant is not looked at."""

    def _believed(self, app: str, owner: str, time: float) -> Grant | None:
        windows = self.state.windows.get((app, owner))
        return windows[-1].grant if windows else None


def judged(service: Service, history: History, check: str) -> Kind:
    """What a check says of a history with two apps."""
    verdicts = verdicts_in(service, history, [parse_rule(check)], PEOPLE, (APP, "OtherApp"))
    return verdicts[check].kind


def test_what_left_without_a_record_is_seen_when_it_is_handed_on() -> None:
    """I27: the app has it, and no record says from where."""
    history = (Compose(BEN, (ANA,), text="My results came."), Consent(ANA, APP), get("m1"), Hand(APP, "OtherApp", ANA))
    authored, everything = BUILT_IN["authored"], BUILT_IN["everything"]
    assert judged(Service(authored, parts=(SlipsOut,)), history, "I27") is Kind.REFUTED
    assert judged(Service(everything), history, "I27") is Kind.NOT_BROKEN
    assert judged(Service(authored), history, "I27") is Kind.VACUOUS


def test_a_grant_for_a_time_is_over_after_it() -> None:
    """I2: not only when it is revoked."""
    history = (Compose(BEN, (ANA,)), Consent(ANA, APP, until=3.5), get("m1"), get("m1"))
    everything = BUILT_IN["everything"]
    assert judged(Service(everything, parts=(NeverEnds,)), history, "I2") is Kind.REFUTED
    assert judged(Service(everything), history, "I2") is Kind.NOT_BROKEN
    assert judged(Service(everything), history[:2], "I2") is Kind.VACUOUS
