"""Whose single grant opens a message? What each built-in policy makes of consent."""

import pytest

from permiscope.engine.bfs import messaging_for
from permiscope.model.records import Called
from permiscope.model.steps import Call, Compose, Consent
from permiscope.questions.policies.sufficing import Sides, Sufficing, sufficing
from permiscope.service.door.build import service_for
from permiscope.service.policies.policy import BUILT_IN
from tests.helpers import ANA, APP, BEN

NOBODY, AUTHOR, EITHER = (False, False), (True, False), (True, True)
FOUND: dict[str, set[Sides]] = {
    "authored": {NOBODY, AUTHOR},
    "via-app": {NOBODY, EITHER},
    "reply": {NOBODY, EITHER},
    "counterpart": {NOBODY, EITHER},
    "everything": {EITHER},
    "deny-all": {NOBODY},
}


def found(policy: str, bound: int) -> Sufficing:
    """What is known of a built-in policy."""
    *_, last = sufficing(service_for(BUILT_IN[policy]), bound)
    return last


@pytest.mark.parametrize("policy", FOUND)
def test_only_authored_waits_for_the_consent_of_who_wrote(policy: str) -> None:
    """Under every other policy who got a message decides for who wrote it."""
    known = found(policy, 3)
    assert known.times.keys() == FOUND[policy]
    assert sum(known.times.values()) == sum(found("everything", 3).times.values())


def test_the_first_history_shows_it() -> None:
    """A message via the app, which its author alone can open under `authored`."""
    (step,) = found("authored", 2).first[AUTHOR]
    assert step == Compose(BEN, (ANA,), via=APP, text=step.text) if isinstance(step, Compose) else False
    for person in (ANA, BEN):
        messaging = messaging_for(service_for(BUILT_IN["authored"]))
        messaging.play((step, Consent(person, APP)))
        record = messaging.do(Call(APP, "get", person, message="m1"))
        assert isinstance(record, Called)
        assert bool(record.shown) is (person == BEN)
