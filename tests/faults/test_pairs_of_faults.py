"""Test that faults of the catalogue compose: of two that are built in, each is in force, whichever came first."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from attrs import evolve, fields

from permiscope.engine.pairs import verdicts_in
from permiscope.engine.space import PEOPLE
from permiscope.judge.noninterference import parse_rule
from permiscope.judge.verdicts import Kind
from permiscope.model.access import Action
from permiscope.model.errors import InputError
from permiscope.model.extents import ATOMS, EVERYTHING, READINGS, Extent
from permiscope.model.records import Called
from permiscope.model.steps import Call, Compose, Consent, Edit, History, Revoke
from permiscope.service.door.build import Service, service_for
from permiscope.service.door.messaging import MessagingService
from permiscope.service.faults.catalogue import CATALOGUE, with_leaks
from permiscope.service.faults.fault import ideal
from permiscope.service.policies.guarding import answer, questions
from permiscope.service.policies.loading import load_policy
from permiscope.service.policies.policy import NOTHING, ExtentPolicy, FunctionPolicy, Policy
from permiscope.sources.scenario import Scenario, load_scenario
from tests.helpers import ANA, APP, BEN, CY

LEAKS = Path(__file__).parents[2] / "reports" / "leaks"
BASE = evolve(
    ideal(),
    policy=ExtentPolicy(READINGS["reply"] & ATOMS["consented"], {"delete": READINGS["authored"], "label": NOTHING}),
    obligations=frozenset({"view", "index", "forget", "withhold"}),
)
"""A service that has none of the faults."""

OWN = FunctionPolicy("own", "Nothing is read.", lambda _: False)
OF_AN_EXTENT = {"L1", "L21", "L23", "L32"}
"""The faults that change what a policy permits."""

SEPARATE = {field.name for field in fields(Service)} - {"policy", "parts", "faults", "obligations"}


@cache
def scenario_of(name: str) -> Scenario:
    """The smallest history of a leak, with the checks that it breaks."""
    return load_scenario(LEAKS / f"{name}.toml")


def broken(service: Service, scenario: Scenario, checks: Iterable[str]) -> set[str]:
    """Which of the checks the history breaks under a service."""
    verdicts = verdicts_in(service, scenario.history, map(parse_rule, checks), scenario.people, scenario.apps)
    return {name for name, verdict in verdicts.items() if verdict.kind is Kind.REFUTED}


_permitted: dict[str, list[bool]] = {}


def permitted(policy: Policy) -> list[bool]:
    """What a policy answers to every question of the day of rehearsal."""
    if policy.text not in _permitted:
        _permitted[policy.text] = [answer(policy, request) == "yes" for request in questions()]
    return _permitted[policy.text]


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_second_fault_leaves_the_first_one_as_it_is(name: str) -> None:
    """Nothing in which a service with either fault differs from one without any is lost when it has both."""
    first = CATALOGUE[name]
    one = first.built_into(BASE)
    for other, second in CATALOGUE.items():
        if other == name:
            continue
        alone, both = second.built_into(BASE), second.built_into(one)
        assert both.faults == (name, other)
        assert {*one.parts, *alone.parts} == {*both.parts}
        assert both.obligations == one.obligations & alone.obligations
        for each in SEPARATE:
            changed = {getattr(service, each) for service in (one, alone)} - {getattr(BASE, each)}
            assert {getattr(both, each)} == (changed or {getattr(BASE, each)}), (name, other, each)
        for service in (one, alone):
            pairs = zip(permitted(service.policy), permitted(both.policy), strict=True)
            assert all(after for before, after in pairs if before), (name, other)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_fault_is_seen_in_company_of_every_other_one(name: str) -> None:
    """Its smallest history breaks the same checks, whichever of the two is built in first."""
    fault, scenario = CATALOGUE[name], scenario_of(name)
    for other, second in CATALOGUE.items():
        if other == name:
            continue
        for service in (second.built_into(fault.service), fault.built_into(second.built_into(fault.sound))):
            hidden = set(scenario.invariants) - broken(service, scenario, scenario.invariants)
            assert not hidden, (service.faults, hidden)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_fault_never_replaces_a_policy_of_ones_own(name: str) -> None:
    """A fault that changes an extent needs a policy that has one, and says so in a line."""
    for policy in (OWN, load_policy("gmail:gmail.readonly"), load_policy("deny-all")):
        service = service_for(policy)
        if name in OF_AN_EXTENT:
            with pytest.raises(InputError, match=f"`{name}` .*`{policy.name}`") as raised:
                with_leaks(service, [name])
            assert "\n" not in str(raised.value)
        else:
            assert with_leaks(service, [name]).policy is policy


def test_what_a_fault_changes_of_a_policy_is_laid_over_it() -> None:
    """The extent is widened, and what else the policy says stays."""
    others: dict[Action, Extent] = {"label": NOTHING, "delete": NOTHING}
    policy = ExtentPolicy(READINGS["linked"], others)
    found = {name: with_leaks(Service(policy), [name]).policy for name in OF_AN_EXTENT}
    assert found == {
        "L1": ExtentPolicy(READINGS["linked"] | READINGS["threaded"], others),
        "L21": ExtentPolicy(READINGS["linked"], {"label": NOTHING}),
        "L23": ExtentPolicy(READINGS["linked"] | READINGS["tagged"], others | {"label": EVERYTHING}),
        "L32": ExtentPolicy(READINGS["linked"] | READINGS["reply"], others),
    }


PUSHED: History = (
    Consent(ANA, APP),
    Call(APP, "subscribe", ANA),
    Compose(BEN, (ANA,), text="Not for the bot."),
    Compose(BEN, (CY,), text="Not for Ana."),
    Compose(BEN, (ANA,), mentions=(APP,), text="For the bot."),
    Edit(BEN, "m3", "For the bot, again."),
    Revoke(ANA, APP),
    Compose(BEN, (ANA,), mentions=(APP,), text="Too late."),
)


@pytest.mark.parametrize(
    ("name", "pushes"),
    [("", "m3 m3"), ("L13", "m1 m3 m3"), ("L14", "m2 m3 m3"), ("L15", "m3 m3 m4"), ("L28", "m3 m3")],
)
def test_a_fault_of_pushes_is_in_force_on_a_platform_of_data(name: str, pushes: str) -> None:
    """The platform's own door decides pushes, and what the fault does otherwise is done all the same."""
    service = with_leaks(service_for(load_policy("telegram:private-chat")), [name] if name else [])
    messaging = MessagingService(service, PEOPLE, (APP,))
    messaging.play(PUSHED)
    found = [record for record in messaging.door.records if isinstance(record, Called) and record.operation == "push"]
    assert " ".join(message.id for record in found for message in record.shown) == pushes
    assert ("For the bot." in found[-1].shown[0].body) is (name == "L28")
