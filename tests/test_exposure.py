"""What did an app come to have, what could it have had, and how is that drawn?"""

from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from permiscope.claims import assess_trace, content_scoped
from permiscope.engine.space import APPS, PEOPLE
from permiscope.judge.exposure import Life, lives
from permiscope.judge.invariants import i5, i9
from permiscope.judge.verdicts import Kind
from permiscope.model.extents import READINGS
from permiscope.model.steps import Call, Compose, Consent, Reply, Revoke
from permiscope.questions.policies.reachability import answer, could_see
from permiscope.report.figures import matrix, raster, save, staircase
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.day import APP, curious, day, honest
from permiscope.world.simulation import play

REPLY = READINGS["reply"]
THREAD = (
    Compose("Ben", ("Ana",), text="My results came."),
    Consent("Ana", APP),
    Compose("Ana", thread="t1", via=APP, text="Watch this."),
    Reply("Ben", "m2", text="I will."),
    Call(APP, "list", "Ana"),
    Call(APP, "get", "Ana", message="m1"),
    Call(APP, "get", "Ana", message="m1"),
)


def test_a_life_has_when_a_message_arrived_and_when_the_app_first_had_its_body() -> None:
    """A list shows no body, a second read is no news, and what was never read is not known."""
    records = play(THREAD, Service(BUILT_IN["everything"]), PEOPLE, APPS).records
    assert lives(records, APP, REPLY) == [
        Life("m1", 1.0, private=True, known=6.0),
        Life("m2", 3.0, private=False),
        Life("m3", 4.0, private=False),
    ]


def test_mail_of_people_who_never_granted_has_no_life() -> None:
    """Cy and Ben write to each other; only Ana granted."""
    history = (Compose("Cy", ("Ben",), text="Hello."), Consent("Ana", APP))
    assert lives(play(history, Service(BUILT_IN["everything"]), PEOPLE, APPS).records, APP, REPLY) == []


@pytest.mark.parametrize(
    ("rule", "could"), [("everything", ["m1"]), ("threaded", ["m1"]), ("reply", []), ("deny-all", [])]
)
def test_what_an_app_could_see_is_what_the_door_would_show(rule: str, could: list[str]) -> None:
    """The same mail under four rules; only m1 is private."""
    trace = play(THREAD[:4], Service(BUILT_IN[rule]), PEOPLE, APPS)
    assert could_see(BUILT_IN[rule], trace, REPLY) == could


def test_after_a_revocation_an_app_could_see_nothing() -> None:
    """Capability speaks of reads that follow."""
    trace = play((*THREAD, Revoke("Ana", APP)), Service(BUILT_IN["everything"]), PEOPLE, APPS)
    assert could_see(BUILT_IN["everything"], trace, REPLY) == []


def test_an_answer_is_yes_no_or_a_leak() -> None:
    """The threaded rule shows the past of the thread, which the reading does not hold."""
    history, limits = THREAD[:4], [i5(REPLY), i9()]
    get, delete = (Call(APP, operation, "Ana", message="m1") for operation in ("get", "delete"))
    own = Call(APP, "get", "Ana", message="m2")
    asked = [
        answer(BUILT_IN[rule], history, call, limits) for rule in ("threaded", "reply") for call in (own, get, delete)
    ]
    assert asked == ["yes", "LEAK", "LEAK", "yes", "no", "no"]


def test_two_apps_that_could_the_same_do_not_do_the_same() -> None:
    """Exercise says nothing of capability: the honest app read nothing private, and could have."""
    rule = BUILT_IN["everything"]
    for app, did in ((honest(), Kind.NOT_BROKEN), (curious(), Kind.REFUTED)):
        trace = day(rule, app)
        private = [life for life in lives(trace.records, APP, REPLY) if life.private]
        assert len(could_see(rule, trace, REPLY)) == len(private) > 20
        (cell,) = assess_trace(trace, [content_scoped(REPLY)])
        assert cell.verdict.kind is did


def words(figure: Figure) -> list[str]:
    """All that is written on a figure, but for numbers on an axis."""
    return [
        text.get_text()
        for text in figure.findobj(Text)
        if text.get_text() and not text.get_text().replace(".", "").isdigit()
    ]


def test_the_staircase_names_each_line_at_its_end() -> None:
    """With its last value, and the dotted line of all that exists."""
    figure = staircase("How much?", [0.0, 60.0, 90.0], {"honest": [], "curious": [70.0, 80.0]}, 50.0, 7200.0)
    assert {"How much?", "honest: 0", "curious: 2", "all private mail: 3"} <= set(words(figure))


def test_the_raster_marks_the_revocation_and_has_a_row_a_message() -> None:
    """A message that the app never had has a row too."""
    mail = [Life("m1", 0.0, private=True, known=3600.0), Life("m2", 7200.0, private=False)]
    said = words(raster("When?", mail, 86_400.0, revoked=43_200.0))
    assert {"When?", "m1", "m2", "revoked", "a private message arrives"} <= set(said)


def test_the_matrix_says_leak_in_words() -> None:
    """Colour is never the only cue."""
    said = words(matrix("What?", ["reply"], ["own", "other"], {("reply", "own"): "yes", ("reply", "other"): "LEAK"}))
    assert [word for word in said if word in ("yes", "no", "LEAK")] == ["yes", "LEAK"]


def test_a_figure_is_the_same_file_each_time(tmp_path: Path) -> None:
    """No date and no random ids."""
    for name in ("one", "two"):
        save(matrix("What?", ["reply"], ["own"], {("reply", "own"): "yes"}), tmp_path / name)
    for suffix in (".svg", ".png"):
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
