"""Do our engine and the semantics count the same? "The matrix, exactly", over bare tuples.

Written from the text of the semantics (section 2) and from nothing in `sim/`: it shares neither a name nor an
algorithm with what it checks. There are no canonical states and no renamings here; only histories that led to
the very same tuple are continued together.

    person   0, 1 or 2                     message  (author, other, thread, parent, via, link, mention, label)
    granted  the set of those who did      state    (granted, messages in the order in which they were sent)

Every thread has two members here, for whoever writes first writes to one other person and nobody joins later.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import permutations
from typing import NamedTuple

PEOPLE = range(3)


class Message(NamedTuple):
    """A message from `author` to `other`; `parent` is the position of what it answers, or None."""

    author: int
    other: int
    thread: int
    parent: int | None = None
    via: bool = False
    link: bool = False
    mention: bool = False
    label: bool = False


Messages = tuple[Message, ...]
State = tuple[frozenset[int], Messages]
START: State = (frozenset(), ())


class Level(NamedTuple):
    """What the histories of exactly so many steps come to, the read included."""

    histories: int
    fired: dict[str, int]
    broken: frozenset[tuple[str, str]]


def following(state: State) -> Iterator[State]:
    """The states after each step that is enabled; one for each step, even where two lead to the same."""
    granted, sent = state
    threads = 1 + max((message.thread for message in sent), default=-1)
    for person in PEOPLE:
        if person not in granted:
            yield granted | {person}, sent
    for author, other in permutations(PEOPLE, 2):
        yield granted, (*sent, Message(author, other, threads))
        yield granted, (*sent, Message(author, other, threads, link=True))
        yield granted, (*sent, Message(author, other, threads, mention=True))
        yield granted, (*sent, Message(author, other, threads, via=True))
    for thread in range(threads):
        one, two = next((message.author, message.other) for message in sent if message.thread == thread)
        yield granted, (*sent, Message(one, two, thread, via=True))
        yield granted, (*sent, Message(two, one, thread, via=True))
    for number, message in enumerate(sent):
        yield granted, (*sent, Message(message.author, message.other, message.thread, parent=number))
        yield granted, (*sent, Message(message.other, message.author, message.thread, parent=number))
        if not message.label:
            labelled = (*sent[:number], message._replace(label=True), *sent[number + 1 :])
            yield granted, labelled  # by the one who holds it ...
            yield granted, labelled  # ... or by the other


READINGS = (
    "authored",
    "via-app",
    "reply",
    "rooted",
    "threaded",
    "addressed",
    "linked",
    "tagged",
    "counterpart",
    "everything",
)


def held(m: Message, u: int, sent: Messages) -> tuple[bool, ...]:
    """Which of the readings hold of message m, for one app and grantor u."""
    parent = None if m.parent is None else sent[m.parent]
    thread = [each for each in sent if each.thread == m.thread]
    exchanged = {frozenset((each.author, each.other)) for each in sent if each.via}
    return (
        m.via and m.author == u,
        m.via,
        m.via or (parent is not None and parent.via),
        thread[0].via,
        any(each.via for each in thread),
        m.mention,  # the other exemption, being addressed to the app, has no step
        m.link,
        m.label,
        m.via or any(frozenset((u, member)) in exchanged for member in (m.author, m.other) if member != u),
        True,
    )


def matrix(bound: int) -> Iterator[Level]:
    """The histories of exactly 1, 2, ..., `bound` steps; what the policy `deny-all` shows is nothing."""
    states = Counter({START: 1})
    for length in range(1, bound + 1):
        yield _read(states)
        if length < bound:
            after: Counter[State] = Counter()
            for state, ways in states.items():
                for each in following(state):
                    after[each] += ways
            states = after


def _read(states: Counter[State]) -> Level:
    """Let each history end in each read: any message, in the mailbox of anybody who granted."""
    histories = 0
    shown: Counter[tuple[bool, ...]] = Counter()
    for (granted, sent), ways in states.items():
        histories += ways * len(granted) * len(sent)
        for owner in granted:
            for message in sent:
                if owner in (message.author, message.other):
                    shown[held(message, owner, sent)] += ways
    fired = dict.fromkeys([*READINGS, "deny-all"], 0)
    broken = set()
    for holds, ways in shown.items():
        for policy, permits in zip(READINGS, holds, strict=True):
            if permits:
                fired[policy] += ways
                broken |= {(policy, reading) for reading, within in zip(READINGS, holds, strict=True) if not within}
    return Level(histories, fired, frozenset(broken))
