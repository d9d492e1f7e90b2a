"""Test that what an extent says it reads is what it is seen to read."""

from collections.abc import Callable
from copy import deepcopy
from typing import cast

import pytest
from hypothesis import given

from permiscope.engine.alphabet import PEOPLES
from permiscope.engine.bfs import messaging_for
from permiscope.engine.strategies import histories
from permiscope.model.access import Grant, Request, Scope
from permiscope.model.extents import ATOMS, READINGS, Atom, Not, Or, parse_extent
from permiscope.model.mail import Message
from permiscope.model.reads import APPS, IDS, NAMES, Looked, Read, of_state
from permiscope.model.state import State
from permiscope.model.steps import History
from permiscope.model.views import Lens, seen_by
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN
from tests.helpers import APP

EXTENTS = {**ATOMS, **READINGS}


@pytest.mark.parametrize("name", EXTENTS)
@given(histories(PEOPLES, 8))
def test_an_extent_reads_what_it_says(name: str, history: History) -> None:
    """Through the views through which a policy is watched, of each message in each mailbox."""
    messaging = messaging_for(Service(BUILT_IN["everything"]), history)
    messaging.play(history)
    state, looked = messaging.state, Looked()
    for owner in messaging.people:
        for message in state.mailbox(owner):
            asked = Request(APP, "read", state.messages[message], owner, state.granted(APP, owner), state, "get")
            seen = seen_by(Lens(looked), asked)
            EXTENTS[name].holds(seen.message, seen.app, seen.owner, seen.facts)
    assert of_state(looked.reads) - {APPS} <= EXTENTS[name].reads


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        (lambda people, _: people[0] == "Ana", NAMES),
        (lambda people, _: people == people[1:], NAMES),
        (lambda people, _: people.index("Ben"), NAMES),
        (lambda _, apps: apps[-1:], "thread.order"),
        (lambda _, apps: next(iter(apps)), "thread.order"),
        (lambda _, apps: apps == (APP,), "thread.order"),
    ],
)
def test_whoever_asks_for_a_place_reads_an_order(asked: Callable[..., object], read: Read) -> None:
    """And who asks only whether somebody is there does not."""
    looked = Looked()
    lens = Lens(looked)
    people, apps = lens.names_of(("Ana", "Ben")), lens.apps_in_order((APP,))
    assert len(people) > len(apps)
    assert lens.name("Ana") in people
    assert lens.app(APP) in apps
    assert looked.reads == set()
    asked(people, apps)
    assert read in looked.reads


@pytest.mark.parametrize(("name", "reads"), [("", set()), (None, set()), ("m1", {IDS}), ("t2", {IDS})])
def test_who_looks_up_what_is_no_id_reads_none(name: str | None, reads: set[Read]) -> None:
    """There is nothing called so, whatever messages and threads are called."""
    looked, message = Looked(), Message("m1", "Ana", (), "t1", (), 0, 0.0)
    facts = seen_by(Lens(looked), Request(APP, "read", message, "Ana", None, State(), "get")).facts
    assert facts.messages.get(cast("str", name)) is None
    assert facts.threads.get(cast("str", name)) is None
    assert name not in facts.messages
    assert looked.reads == {"request.facts", *reads}


@pytest.mark.parametrize(
    "asked",
    [
        lambda facts, text: text in facts.messages,
        lambda facts, text: facts.granted(APP, text),
        lambda facts, text: facts.labelled(text, APP),
    ],
)
def test_who_looks_for_what_is_called_like_a_text_looks_into_it(asked: Callable[..., object]) -> None:
    """No search tries a subject that is the name of somebody or something."""
    looked, message = Looked(), Message("m1", "Ana", (), "t1", (), 0, 0.0, subject="m1")
    seen = seen_by(Lens(looked), Request(APP, "read", message, "Ana", None, State(), "get"))
    asked(seen.facts, seen.message.subject)
    assert "message.subject" in looked.inside


def test_whoever_walks_the_extent_of_a_grant_reads_its_names() -> None:
    """The parts of the tree are views, too, and a copy of a view is the extent."""
    extent, looked = parse_extent("reply | ~tagged"), Looked()
    grant, message = Grant(APP, "Ana", Scope(("read",), extent)), Message("m1", "Ana", (), "t1", (), 0, 0.0)
    seen = seen_by(Lens(looked), Request(APP, "read", message, "Ana", grant, State(), "get"))
    assert seen.grant is not None
    shown = seen.grant.scope.extent
    match shown:
        case Or(Atom("reply"), Not(Atom("linked"))):
            raise AssertionError(shown)
        case _:
            assert looked.words == {"extent.name": {"reply", "linked"}}
    assert "grant.scope" in of_state(looked.reads)
    assert deepcopy(shown) == shown == extent
