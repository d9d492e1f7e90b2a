"""Does a sentence become a verdict: searched, judged on a trace, or not testable here?"""

import json
import sys
from pathlib import Path

import pytest

from permiscope.claims import Claim, assess, assess_trace, content_scoped, load_claims, read_all, shipped, some_private
from permiscope.cli import main
from permiscope.engine.space import APPS, PEOPLE
from permiscope.judge.invariants import READING
from permiscope.judge.verdicts import Kind
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS
from permiscope.model.steps import Call, Compose, Consent
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy
from permiscope.world.simulation import play

REPLY = READINGS["reply"]
CELL = ["policy", "claim", "reading", "grade", "verdict", "steps", "witness", "fired", "histories", "states"]
CLAIMS = """
[[claim]]
name = "replies only"
sentence = "The app sees its own messages and the replies to them."
formula = "I5:reply"

[[claim]]
name = "deletes its own"
sentence = "The app deletes only what it sent."
formula = "I9"

[[claim]]
name = "it was for the film club"
sentence = "Reading was meant for recommendations."
formula = "I5:reply"
mode = "was meant"
who = "StreamCo"
"""


def kinds(policy: str, *claims: Claim, bound: int = 4) -> list[Kind]:
    """The verdicts on claims under one built-in policy."""
    *_, cells = assess([BUILT_IN[policy]], claims, bound)
    return [cell.verdict.kind for cell in cells]


def test_the_two_public_sentences_are_not_each_others_negation() -> None:
    """Under everything one holds, under authored the other, under threaded neither."""
    sentences = read_all()[1], content_scoped(REPLY)
    assert kinds("everything", *sentences) == [Kind.EXHAUSTED, Kind.REFUTED]
    assert kinds("authored", *sentences) == [Kind.REFUTED, Kind.EXHAUSTED]
    assert kinds("threaded", *sentences) == [Kind.REFUTED, Kind.REFUTED]


def test_the_quantifiers_of_read_all_imply_each_other() -> None:
    """Every user's, every granter's, some granter's, some message: what the first keeps the next ones keep."""
    for name in ("everything", "threaded", "deny-all"):
        ra1, ra2, ra3, ra4 = kinds(name, *read_all(), some_private(REPLY))
        for wide, narrow in ((ra1, ra2), (ra2, ra3)):
            assert wide is not Kind.EXHAUSTED or narrow is Kind.EXHAUSTED
        assert ra3 is not Kind.EXHAUSTED or ra4 is Kind.WITNESSED


@pytest.mark.one_python
def test_compose_read_delete_is_broken_by_a_list_word_for_word_and_kept_by_it_as_clients_need_it() -> None:
    """Each action needs a grant of its own; who may send may also forward, and this rule lets nobody."""

    def no_more(request: object) -> bool:
        return getattr(request, "grant", None) is not None and getattr(request, "action", "") in ("read", "delete")

    policy = FunctionPolicy("no more", "", no_more)
    literal, closure = (claim for claim in shipped([]) if claim.formula.startswith("I8"))
    *_, cells = assess([policy], [literal, closure], 3)
    assert [cell.verdict.kind for cell in cells] == [Kind.REFUTED, Kind.EXHAUSTED]
    assert isinstance(cells[0].verdict.witness[-1], Call)
    assert cells[0].verdict.witness[-1].operation in READING - {"get"}


def test_a_claim_on_what_did_happen_is_judged_on_the_trace_alone() -> None:
    """A day under the widest rule on which nothing private was read: it says nothing of what could have been."""
    day = (
        Consent("Ana", "StreamCo"),
        Compose("Ben", ("Ana",), text="Quiet."),
        Compose("Ana", ("Ben",), via="StreamCo"),
    )
    trace = play((*day, Call("StreamCo", "get", "Ana", message="m2")), Service(BUILT_IN["everything"]), PEOPLE, APPS)
    claims = [content_scoped(REPLY), some_private(REPLY), read_all()[0]]
    found = [cell.verdict.kind for cell in assess_trace(trace, claims)]
    assert found == [Kind.NOT_BROKEN, Kind.NOT_TESTABLE, Kind.NOT_TESTABLE]


def test_what_was_looked_for_and_not_found_is_not_kept() -> None:
    """A claim that something can happen is for the app's accuser; without a witness it is not shown."""
    *_, cells = assess([BUILT_IN["reply"], BUILT_IN["everything"]], [some_private(REPLY)], 4)
    assert [cell.words for cell in cells] == ["not shown", "shown in 3"]


def test_claims_of_ones_own_are_searched_each_with_the_steps_that_it_speaks_of(tmp_path: Path) -> None:
    """The file above: kept, broken by a delete, and not testable."""
    path = tmp_path / "claims.toml"
    path.write_text(CLAIMS, encoding="utf-8")
    *_, cells = assess([BUILT_IN["reply"]], load_claims(path), 5)
    assert {cell.claim: cell.verdict.words for cell in cells} == {
        "replies only": "kept",
        "deletes its own": "broken in 3",
        "it was for the film club": "cannot say",
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no claims"),
        ("claim = 3", "has no claims"),
        (CLAIMS.replace("I9", "I99"), "claim 2: there is no invariant `I99`"),
        (CLAIMS.replace("sentence", "sentense"), "claim 1: `sentense` is no key"),
        (CLAIMS.replace('"was meant"', '"meant"'), "claim 3"),
        (CLAIMS.replace('name = "replies only"', "name = 3"), "claim 1: `3` is no text"),
    ],
)
def test_a_claims_file_with_something_wrong_names_the_claim(tmp_path: Path, text: str, says: str) -> None:
    """In one line, with the file."""
    path = tmp_path / "claims.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as wrong:
        load_claims(path)
    assert f"`{path}`" in str(wrong.value)
    assert says in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_the_json_has_the_exact_names_and_no_timings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell for each rule and claim of the survey, with its witness as steps; the same bytes each time."""
    written = []
    for name in ("one.json", "two.json"):
        monkeypatch.setattr(sys, "argv", ["permiscope", "test", "--max-steps", "3", "--json", str(tmp_path / name)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    plain = json.loads(written[0])
    assert list(plain) == ["bound", "alphabet", "cells"]
    assert plain["bound"] == 3
    assert all(list(cell) == CELL for cell in plain["cells"])
    scoped = [cell for cell in plain["cells"] if cell["claim"] == "content-scoped"]
    assert len(scoped) == len(BUILT_IN) * len(READINGS)
    assert {cell["verdict"] for cell in scoped} == {"REFUTED", "EXHAUSTED", "VACUOUS"}
    assert all((cell["steps"] or 0) == len(cell["witness"]) for cell in plain["cells"])
