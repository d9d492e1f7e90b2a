"""Test the leaks whose definitions were settled: what each answer holds, and how soon that is noticed."""

import pytest

from permiscope.engine.bfs import messaging_for
from permiscope.engine.space import PEOPLE
from permiscope.judge.exposure import lives
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import judge
from permiscope.model.access import Grade
from permiscope.model.codec import Codec
from permiscope.model.extents import READINGS
from permiscope.model.records import Called
from permiscope.model.steps import Call, Compose, Consent, Edit, History, Reply, Step, Trash
from permiscope.questions.checks.leaks import catch
from permiscope.report.story import story
from permiscope.service.door.build import Ids, Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.faults.catalogue import CATALOGUE, with_leaks
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy
from tests.helpers import ANA, APP, BEN, CY, calls_in

pytestmark = pytest.mark.one_python

GRANT = Consent(ANA, APP)
PRIVATE = Compose(BEN, (ANA,), text="My results came. Keep it quiet.")
SEND = Call(APP, "send", ANA, to=(BEN,), text="See this film.")
TO_ITSELF = Call(APP, "forward", ANA, message="m1", to=(APP,))
UNDELETE = Call(APP, "undelete", ANA, message="m1")
LIST = Call(APP, "list", ANA)


def calls_of(service: Service, *history: Step) -> list[Called]:
    """The calls of a history under a service."""
    messaging = MessagingService(service, PEOPLE, (APP,))
    messaging.play(history)
    return calls_in(messaging.trace())


def counted(service: Service, history: History, name: str) -> tuple[int, int]:
    """How often an invariant fired and broke in a history."""
    messaging = MessagingService(service, PEOPLE, (APP,))
    messaging.play(history)
    (tally,) = judge(messaging.door.records, [parse_invariant(name)])
    return tally.fired, tally.broken


@pytest.mark.parametrize(("name", "steps"), [("L10", 3), ("L12", 2), ("L22", 4), ("L27", 3)])
def test_a_leak_that_was_settled_breaks_in_as_many_steps_as_it_is_said_to(name: str, steps: int) -> None:
    """The promises of the row are kept, too."""
    caught = catch(CATALOGUE[name])
    assert list(caught.failures()) == []
    assert len(caught.witness) == steps


# L10: the answer to a send


@pytest.mark.parametrize(
    ("ids", "told"), [("opaque", ((), ())), ("sequential", (("2",), ("1", "3"))), ("per-app", (("1",), ("2", "3")))]
)
def test_the_answer_to_a_send_or_a_forward_names_what_it_made(ids: Ids, told: tuple[tuple[str, ...], ...]) -> None:
    """In the count of the service or of the app; opaque ids tell nothing."""
    service = Service(BUILT_IN["everything"], ids=ids)
    assert tuple(call.observation.ids for call in calls_of(service, GRANT, PRIVATE, SEND, TO_ITSELF)) == told


def test_a_send_that_is_refused_names_nothing() -> None:
    """Nothing was made."""
    (call,) = calls_of(Service(BUILT_IN["everything"], ids="sequential"), PRIVATE, SEND)
    assert (call.outcome, call.observation.ids) == ("refused", ())


# L22: the answer to an undelete


def test_the_answer_to_an_undelete_has_the_body_and_there_is_no_push() -> None:
    """One record, that of the call: the effect took place, and the whole text was shown."""
    (call,) = calls_of(CATALOGUE["L22"].service, GRANT, PRIVATE, Trash(ANA, "m1"), UNDELETE)
    assert (call.operation, call.outcome, call.grade) == ("undelete", "done", Grade.BODY)
    assert [message.body for message in call.shown] == [PRIVATE.text]


def test_an_undelete_that_shows_nothing_tests_no_rule_about_what_is_shown() -> None:
    """It is done, without a grant as well if the policy lets it be; nothing was shown by it."""
    careless = FunctionPolicy("careless", "Everything.", lambda _: True)
    for policy in (BUILT_IN["everything"], careless):
        for history in ((GRANT, PRIVATE, Trash(ANA, "m1"), UNDELETE), (PRIVATE, Trash(ANA, "m1"), UNDELETE)):
            for name in ("I1", "I5:reply", "I6:reply", "I16"):
                assert counted(Service(policy), history, name) == (0, 0)


def test_a_forward_to_somebody_else_shows_the_app_nothing() -> None:
    """It tests rules about what is shown if it goes to the app itself, and only then."""
    service = Service(BUILT_IN["everything"])
    elsewhere = Call(APP, "forward", ANA, message="m1", to=(CY,))
    assert counted(service, (GRANT, PRIVATE, elsewhere), "I5:reply") == (0, 0)
    assert counted(service, (GRANT, PRIVATE, TO_ITSELF), "I5:reply") == (1, 1)


# L27: the rows of a list


def test_each_row_of_a_list_has_the_first_words_of_its_own_message() -> None:
    """Permitted or not, as a segment of that message; what it quotes is not in it."""
    history = (GRANT, PRIVATE, Reply(ANA, "m1", quote="m1", text="So what do they say?"), Compose(BEN, (ANA,)), LIST)
    (call,) = calls_of(CATALOGUE["L27"].service, *history)
    assert call.grade is Grade.PART
    rows = [(row.id, [(each.text, each.source) for each in row.segments]) for row in call.shown]
    assert rows == [("m1", [("My results came.", "m1")]), ("m2", [("So what do", "m2")]), ("m3", [])]


def test_the_first_words_are_no_body() -> None:
    """Neither for rules about bodies nor for what an app came to have; and a list needs a grant."""
    service, history = CATALOGUE["L27"].service, (GRANT, PRIVATE, LIST)
    assert counted(service, history, "I5:reply@part") == (1, 1)
    assert counted(service, history, "I5:reply") == (0, 0)
    messaging = messaging_for(service)
    messaging.play(history)
    assert [life.known for life in lives(messaging.door.records, APP, READINGS["reply"])] == [None]
    assert calls_of(service, PRIVATE, LIST)[0].outcome == "refused"


def test_the_first_words_of_an_edited_message_are_those_of_the_current_version() -> None:
    """A beginning of the current version is no old one, and an old one is."""
    edited = (GRANT, PRIVATE, Edit(BEN, "m1", "My results are fine, after all."), LIST)
    assert counted(CATALOGUE["L27"].service, edited, "I15") == (1, 0)
    messaging = messaging_for(CATALOGUE["L27"].service)
    messaging.play(edited)
    old = calls_of(CATALOGUE["L27"].service, GRANT, PRIVATE, LIST)[0].shown
    messaging.door.records[-1].shown = old  # type: ignore[union-attr]
    (tally,) = judge(messaging.door.records, [parse_invariant("I15")])
    assert (tally.fired, tally.broken) == (1, 1)


def test_the_first_words_are_told_saved_and_read_again() -> None:
    """In a story as the beginning, and in a trace as they were."""
    messaging = messaging_for(CATALOGUE["L27"].service)
    assert "SHOWN: m1 (the beginning)" in story(messaging.played((GRANT, PRIVATE, LIST)), messaging.door.policy)
    writing, reading = Codec(), Codec()
    again = [reading.read_record(writing.write_record(record)) for record in messaging.door.records]
    assert again == messaging.door.records


def test_the_first_words_are_shown_beside_other_leaks_of_lists() -> None:
    """L9 counts the rows that L27 fills."""
    (call,) = calls_of(with_leaks(CATALOGUE["L27"].service, ["L9"]), GRANT, PRIVATE, LIST)
    assert (call.observation.total, [row.body for row in call.shown]) == (1, ["My results came."])
