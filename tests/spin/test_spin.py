"""Does another engine count the same? Two people, one app and at most three messages, by us and by SPIN.

`mailbox.pml` is the same world in Promela, SPIN's language; SPIN makes a program of it that visits every state. People
grant, revoke, write, write with the app, reply and label. There are no canonical states: two states are the same only
if they are so name by name. There is no bound on the steps either: with the messages the states end.

Reads are left out on both sides. They change no state, so each would be a step from a state to itself.
"""

import re
import subprocess
from collections.abc import Hashable, Iterator
from itertools import count
from operator import attrgetter
from pathlib import Path
from shutil import which

import pytest
from attrs import fields, frozen

from permiscope.engine.actions import enabled, reads
from permiscope.engine.alphabet import READ, Kind
from permiscope.engine.bfs import Levels
from permiscope.engine.space import Space
from permiscope.model.mail import Message
from permiscope.model.steps import Compose, Reply
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN

pytestmark = pytest.mark.one_python

MODEL = (Path(__file__).parent / "mailbox.pml").read_text(encoding="utf-8")
ALPHABET: frozenset[Kind] = frozenset({"grant", "revoke", "compose", "compose-via", "reply", "label"})

content = attrgetter(*(field.name for field in fields(Message) if field.name not in {"position", "time"}))

SPIN, GCC = which("spin"), which("gcc")
needs_spin = pytest.mark.skipif(not (SPIN and GCC), reason="needs `spin` and `gcc`: apt-get install spin gcc")


@frozen
class Counted:
    """The states that can be reached, and the steps that are possible in them: the nodes and edges of a graph.

    Two people who put the same label on the same message are two steps from one state to one other.
    """

    states: int
    steps: int


def start() -> MessagingService:
    """Two people and one app, before anything was sent; what people do depends on no policy."""
    return MessagingService(Service(BUILT_IN["everything"]), ("Ana", "Ben"), ("StreamCo",))


def by_names(messaging: MessagingService) -> Hashable:
    """All that is true of the mail and of who permitted what, but for times, positions and the last call."""
    state = messaging.state
    return (
        tuple([content(message) for message in state.messages.values()]),
        tuple(state.threads.items()),
        frozenset((person, *held) for person, held in state.copies.items()),
        frozenset(state.labels.items()),
        frozenset(state.exchanges),
        frozenset(state.mentioned),
        frozenset((app, person, state.granted(app, person) is not None) for app, person in state.windows),
    )


def reached(most: int) -> Iterator[tuple[MessagingService, int, int]]:
    """Every state with at most so many messages: a service in it, the fewest steps to it, the steps that it allows."""
    known = {by_names(start())}
    level = [start()]
    for length in count():
        following = []
        for messaging in level:
            full = len(messaging.state.messages) == most
            steps = [step for step in enabled(messaging, ALPHABET) if not (full and isinstance(step, Compose | Reply))]
            yield messaging, length, len(steps)
            for step in steps:
                child = messaging.copy()
                child.do(step)
                name = by_names(child)
                if name not in known:
                    known.add(name)
                    following.append(child)
        if not following:
            return
        level = following


def counted(most: int) -> Counted:
    """What we count."""
    allowed = [steps for _, _, steps in reached(most)]
    return Counted(len(allowed), sum(allowed))


def counted_by_spin(model: str, most: int, folder: Path) -> Counted:
    """What SPIN counts, with everything off that leaves out states or steps, or takes two steps for one.

    That is `-o1 -o2 -o3` (variables that seem dead, statements that can be merged) and NOREDUCE (partial orders).
    SPIN's "transitions" are its visits: one of each state for the step that found it, "stored", and one more for
    each step that led to a known one, "matched". No step leads to the first state when it is stored, so there is one
    visit more than there are steps.
    """
    (folder / "mailbox.pml").write_text(model, encoding="utf-8")

    def run(*command: str | None) -> str:
        words = [word for word in command if word]
        return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout

    run(SPIN, f"-DMESSAGES={most}", "-a", "-o1", "-o2", "-o3", "mailbox.pml")
    run(GCC, "-w", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c")
    # It is no error that nothing more can happen (-E), but one that a history is longer than there is room for (-b).
    output = run(str(folder / "pan"), "-E", "-b", "-w20")
    assert "errors: 0" in output, output
    numbers = {name: int(number) for number, name in re.findall(r"(\d+) (states, stored|states, matched)\n", output)}
    stored, matched = numbers["states, stored"], numbers["states, matched"]
    assert f"{stored + matched} transitions" in output, output
    return Counted(stored, stored + matched - 1)


@needs_spin
@pytest.mark.parametrize(
    ("most", "expected"), [(1, Counted(81, 270)), (2, Counted(1233, 5454)), (3, Counted(26577, 144846))]
)
def test_spin_counts_the_same_states_and_steps(most: int, expected: Counted, tmp_path: Path) -> None:
    """To the last one: 9 ways of granting (each of two: never, now, no longer) times 1 + 8 + 128 + 2816 mailboxes."""
    assert counted(most) == counted_by_spin(MODEL, most, tmp_path) == expected


@needs_spin
@pytest.mark.parametrize(
    ("rule", "other_rule"),
    [
        pytest.param("ROOM && HOLDS(m)", "ROOM && HOLDS(m) && sent[m].author != _pid", id="nobody answers themself"),
        pytest.param("!IN(_pid, granted)", "!IN(_pid, ever_granted)", id="nobody grants twice"),
        pytest.param("ever_granted = ever_granted | SET(_pid)", "skip", id="what was granted is forgotten"),
        # The same states; only the steps between them are fewer.
        pytest.param("HOLDS(m) && !", "HOLDS(m) && sent[m].author != _pid && !", id="nobody labels their own"),
    ],
)
def test_a_model_of_other_rules_is_noticed(rule: str, other_rule: str, tmp_path: Path) -> None:
    """The comparison can fail, with two messages already; though numbers are blind to other words for the same."""
    assert MODEL.count(rule) == 1
    assert counted_by_spin(MODEL.replace(rule, other_rule), 2, tmp_path) != counted(2)


def test_the_search_visits_the_states_that_are_counted() -> None:
    """Those of at most two steps: so far the bound on messages, which the search does not have, leaves nothing out."""
    space = Space(ALPHABET, READ, frozenset())
    levels = Levels(start(), space, following=lambda _: lambda child, _: by_names(child))
    visited = {by_names(messaging) for steps in range(3) for _, messaging in levels.visit(steps)}
    assert visited == {by_names(messaging) for messaging, length, _ in reached(2) if length <= 2}


def test_a_read_leads_to_the_same_state() -> None:
    """So nothing is lost by leaving reads out."""
    tried = 0
    for messaging, _, _ in reached(2):
        for call in reads(messaging, "StreamCo"):
            after = messaging.copy()
            after.do(call)
            assert by_names(after) == by_names(messaging)
            tried += 1
    assert tried
