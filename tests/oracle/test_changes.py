"""Test that a step changes nothing that can be asked but what the table of the alphabet says.

The table decides which steps a search takes, so that a change that it does not know of is never tried. Everything that
can be asked of messages, threads and grants is asked before and after each step of random histories.
"""

import random
from collections.abc import Collection, Iterator, Mapping
from typing import TypeVar

from permiscope.engine.alphabet import CHANGES, Kind
from permiscope.engine.moves import MOVES, ImpossibleError
from permiscope.model.mail import Message
from permiscope.model.reads import CLOCK, COMPANY, Read
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN
from tests.oracle.steps import APPS, PEOPLE

Item = TypeVar("Item")
Answers = Mapping[tuple[Read, str], object]
"""What is answered, by what is read and of what."""

HISTORIES, STEPS, KINDS = 8000, 8, 5
"""So many histories of so many steps, each of so many kinds: few kinds meet each other more often than all do."""

GRANTED: tuple[Kind, ...] = ("grant",)
ALSO: Mapping[Kind, tuple[Kind, ...]] = {
    **dict.fromkeys(("grant-briefly", "grant-narrowly", "grant-backfill", "grant-purpose"), GRANTED),
    "compose-via": ("compose-in",),
    "paste": ("compose-via", "quote"),
    "quote": ("reply",),
    "draft-quote": ("draft", "quote"),
    "forward": ("attach",),
    "forward-via": ("forward", "compose-via", "attach"),
    "app-forward": ("forward", "compose-via", "attach", "compose-wide"),
    "revoke": ("grant-other",),
    "add": ("remove",),
}
"""Kinds of steps that are others as well: in every combination where the alphabet goes by reads (`forms`)."""


def of_message(messaging: MessagingService, message: Message) -> Iterator[tuple[Read, object]]:
    """Everything that can be asked of a message."""
    state, name = messaging.state, message.id
    for read in ("via", "in_reply_to", "links", "mentions", "about", "subject", "attachments", "forwarded_from"):
        yield f"message.{read}", getattr(message, read)
    to_apps = [each for each in message.recipients if each in messaging.apps]
    yield "message.recipients", (tuple(to_apps), len(message.recipients) - len(to_apps))
    yield "message.draft", message.draft
    yield "message.text", tuple([segment.text for segment in message.segments if segment.source == name])
    yield "message.sources", tuple([segment.source == name for segment in message.segments])
    yield "message.position", message.position
    yield CLOCK, message.time
    labels = state.labels.get(name, ())
    yield "message.labels", labels
    yield "message.setters", tuple([state.labelled_by(name, label) for label in labels])
    yield "message.opened", tuple([each for each in state.opened if name in each])


def answers(messaging: MessagingService) -> Answers:
    """Everything that can be asked now."""
    state = messaging.state
    found: dict[tuple[Read, str], object] = {}
    for name, message in state.messages.items():
        found |= {(read, name): value for read, value in of_message(messaging, message)}
    for name, thread in state.threads.items():
        found["thread.members", name] = frozenset(thread.members)
        found["thread.past", name] = frozenset(thread.past)
        found["thread.apps", name] = thread.apps
        found["thread.order", name] = thread.messages
    for place, app in enumerate(messaging.apps):
        for person in messaging.people:
            windows = state.windows.get((app, person), ())
            found["other.grant" if place else "grant.ever", f"{app} {person}"] = len(windows)
            found["other.grant" if place else "grant.ended", f"{app} {person}"] = sum(
                1 for each in windows if each.revoked is not None
            )
    return found


PLAIN: Mapping[Read, object] = {
    **dict.fromkeys(("message.via", "message.in_reply_to", "message.forwarded_from"), None),
    **dict.fromkeys(("message.links", "message.mentions", "message.about", "message.attachments"), ()),
    **dict.fromkeys(("message.labels", "message.setters", "message.opened", "thread.apps"), ()),
    "thread.past": frozenset[str](),
    "message.recipients": ((), 1),
    "message.subject": "",
    "message.draft": False,
    "message.sources": (True,),
}
"""What is answered of a message that was composed to one person, and of its thread."""


def changed(before: Answers, after: Answers) -> set[Read]:
    """What was answered otherwise before, or would be of a plain message that is new."""
    found = {read for (read, name), value in before.items() if after[read, name] != value}
    new = {key: value for key, value in after.items() if key not in before}
    return found | {read for (read, _), value in new.items() if PLAIN.get(read, value) != value}


def known(kind: str) -> frozenset[Read]:
    """What the table says that a step of this kind changes, with all that it is besides."""
    change = next(change for name, change in CHANGES.items() if name == kind)
    also = [other for name, others in ALSO.items() if name == kind for other in others]
    whole = change.changes.union(*map(known, also))
    return whole | {"message.recipients"} if COMPANY in whole else whole  # of policies of somebody's own, that is


def choice(draw: random.Random, items: Collection[Item]) -> Item:
    """One of the items. Raises `ImpossibleError` if there is none."""
    if not items:
        raise ImpossibleError
    return draw.choice(list(items))


def test_a_step_changes_what_the_table_says() -> None:
    """And nothing else, whatever happened before it."""
    draw, tried = random.Random(0), set[str]()
    for _ in range(HISTORIES):
        messaging = MessagingService(Service(BUILT_IN["everything"]), PEOPLE, APPS)
        moves = [move for move in MOVES if move.name in ("grant", "compose")]
        moves += draw.sample(MOVES, KINDS)
        for _ in range(STEPS):
            move = draw.choice(moves)
            try:
                step = move(messaging, lambda items: choice(draw, items))
            except ImpossibleError:
                continue
            before = answers(messaging)
            messaging.do(step)
            missing = changed(before, answers(messaging)) - known(move.name)
            assert not missing, f"{move.name} changes {missing}: {step}"
            tried.add(move.name)
    assert tried == {move.name for move in MOVES}
