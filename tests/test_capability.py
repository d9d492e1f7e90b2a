"""What does it take for an app to obtain a message: calls of its own, an act of a person, a second app, or more?"""

from pathlib import Path

import pytest

from permiscope.cli import app as command
from permiscope.engine.space import PEOPLE
from permiscope.model.access import Request
from permiscope.model.errors import InputError
from permiscope.model.steps import Call, Compose, Consent, Hand, History, Label, Open, Reply, Step, Trash
from permiscope.questions.policies.capability import obtainable
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.door.services import SERVICES
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.faults.fault import ideal
from permiscope.service.policies.loading import load_policy
from permiscope.service.policies.policy import FunctionPolicy
from permiscope.sources.scenario import Scenario, dump_scenario
from tests.helpers import ANA, APP, BEN, CY, get

OTHER = "OtherApp"
DAY: History = (
    Consent(ANA, APP),
    Consent(ANA, OTHER),
    Compose(CY, (ANA,), text="My results came."),
    Compose(ANA, (BEN,), via=APP, text="Look at this film."),
    Compose(ANA, (BEN,), via=OTHER, text="Listen to this."),
    Compose(CY, (BEN,), text="Just for you."),
)


def needed(service: Service, message: str, day: History = DAY) -> tuple[str, list[type[Step]]] | None:
    """The level, and what kinds of steps do it; the service is left as it was."""
    messaging = MessagingService(service, PEOPLE, (APP, OTHER))
    messaging.play(day)
    before = messaging.trace()
    found = obtainable(messaging, APP).get(message)
    assert messaging.trace() == before
    if found is None:
        return None
    # The steps do what is said of them: played, they end with the app being shown text of the message.
    messaging.play(found.steps)
    shown = [
        each for record in messaging.door.records for each in getattr(record, "shown", getattr(record, "messages", ()))
    ]
    assert any(segment.source == message for each in shown for segment in each.segments)
    return found.level, [type(step) for step in found.steps]


@pytest.mark.parametrize(
    ("policy", "message", "found"),
    [
        ("everything", "m1", ("C1", [Call])),
        ("reply", "m2", ("C1", [Call])),
        ("reply", "m1", ("C2", [Reply, Call])),
        ("authored", "m3", ("C3", [Call, Hand])),
        ("authored", "m1", None),
        ("session & everything", "m1", ("C2", [Open, Call])),
        ("deny-all", "m1", None),
        ("everything", "m4", ("C2", [Reply, Call])),
    ],
)
def test_the_least_that_it_takes_is_named(
    policy: str, message: str, found: tuple[str, list[type[Step]]] | None
) -> None:
    """By a read, by a quote in an answer that is in scope, by what another app hands over, or not at all."""
    assert needed(Service(load_policy(policy)), message) == found


def test_an_app_that_may_label_obtains_alone_what_else_takes_a_person() -> None:
    """The confused deputy takes two calls."""
    assert needed(SERVICES["self-tagged"], "m1") == ("C1", [Call, Call])
    labelled = (*DAY, Label(ANA, "m1", APP))
    assert needed(Service(load_policy("tagged")), "m1", labelled) == ("C1", [Call])


def test_an_act_may_come_between_two_calls() -> None:
    """Ana takes nothing out of the trash; the app does, and then she quotes it."""
    day = (*DAY, Trash(ANA, "m1"), Trash(CY, "m1"))
    restoring = FunctionPolicy("restoring", "", lambda request: request.action != "read" or in_reply(request))
    assert needed(Service(restoring), "m1", day) == ("C2", [Call, Reply, Call])


def in_reply(request: Request) -> bool:
    """Whether the message answers another one."""
    return request.message.in_reply_to is not None


def test_a_message_without_words_is_had_when_it_is_shown() -> None:
    """The subject is all that there is."""
    day = (Consent(ANA, APP), Compose(CY, (ANA,), subject="The results"), get("m1"))
    assert needed(Service(load_policy("everything")), "m1", day) == ("C1", [])


def test_an_app_that_may_write_makes_a_counterpart_of_whom_it_writes_to() -> None:
    """What it sends in the owner's name is enough to read the other's mail."""
    day = (Consent(ANA, APP), Compose(CY, (ANA,), text="My results came."))
    assert needed(Service(load_policy("counterpart")), "m1", day) == ("C1", [Call, Call])


def test_what_was_shown_is_had() -> None:
    """Nothing more is needed."""
    assert needed(Service(load_policy("everything")), "m1", (*DAY, get("m1"))) == ("C1", [])


def test_a_quote_does_not_help_where_foreign_text_is_redacted() -> None:
    """And does where the fault is that it is not."""
    assert needed(ideal(), "m1") is None
    assert needed(CATALOGUE["L3"].service, "m1") == ("C2", [Reply, Call])


def test_the_command_tells_it_of_each_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is done for it; a trace cannot say, for there is no service in it."""
    monkeypatch.chdir(tmp_path)
    scenario = Scenario("reply", apps=(APP, OTHER), history=DAY)
    Path("day.toml").write_text(dump_scenario(scenario), encoding="utf-8")
    command(["run", "day.toml", "--could", "--out", "day.jsonl"], standalone_mode=False)
    out = capsys.readouterr().out
    assert f"{APP} OBTAINS IT" in out
    rows = [line.split()[:3] for line in out.splitlines() if line.startswith("m")]
    assert rows == [["m1", CY, "C2"], ["m2", ANA, "C1"], ["m3", ANA, "C2"], ["m4", CY, "C2"]]
    with pytest.raises(InputError, match="a trace has none"):
        command(["run", "day.jsonl", "--could"], standalone_mode=False)
