"""Which states are the same but for names? A key that renaming people, messages and threads leaves alone.

A thread becomes a nested tuple (a form) of what a reading or an invariant can still ask about its messages;
a state becomes the least, over all renamings of people, of its sorted forms. Two states with one key are the
same up to renaming: the key spells out the whole state. (The converse may fail where messages refer to each
other across threads, as quotes do; then a few states are visited twice, and nothing is lost.)
"""

from collections.abc import Callable, Hashable
from functools import cache
from itertools import permutations
from typing import Any

from sim.model.state import State
from sim.service.platform import Platform

Key = Callable[[Platform], Hashable]
Form = tuple[Any, ...]  # a nested tuple: mypy has no finite type for it that would say more
Renaming = tuple[int, ...]


def canonical_key(start: Platform, *, rename: bool = True, ages: bool = False) -> Key:
    """A key for the states that can be reached from `start`.

    `rename` forgets who is who (sound for policies that do not look at names). `ages` remembers which messages
    are older than which grant, and in which order a thread was written, for policies and invariants that ask.
    """
    people = start.people
    index = {person: number for number, person in enumerate(people)}
    renamings: list[Renaming] = [tuple(range(len(people)))]
    if rename:
        renamings = list(permutations(range(len(people))))

    def key(platform: Platform) -> Hashable:
        state = platform.state
        consents = _consents(platform, index)
        trees: dict[str, Form] = {}
        forms = [_form(platform, index, thread.messages, trees, ages) for thread in state.threads.values()]
        tied = any(len(message.segments) > 1 for message in state.messages.values()) or any(platform.in_flight())
        return min(
            (
                tuple([_rename_set(people, renaming) for people in consents]),
                tuple(sorted([_rename(form, renaming) for form in forms])),
                _references(platform, index, trees, renaming) if tied else (),
            )
            for renaming in renamings
        )

    return key


def _consents(platform: Platform, index: dict[str, int]) -> tuple[int, ...]:
    """For each app two sets of people (bit sets): who grants it now, and who ever did."""
    state = platform.state
    sets = []
    for app in platform.apps:
        now = ever = 0
        for person, number in index.items():
            if (app, person) in state.windows:
                ever |= 1 << number
                if state.granted(app, person) is not None:
                    now |= 1 << number
        sets += [now, ever]
    return tuple(sets)


def _form(
    platform: Platform, index: dict[str, int], names: tuple[str, ...], trees: dict[str, Form], ages: bool
) -> Form:
    """A thread as the trees of its messages; each is noted in `trees` under its message too."""
    state, apps = platform.state, platform.apps
    answers: dict[str | None, list[str]] = {}
    for name in names:
        answers.setdefault(state.messages[name].in_reply_to, []).append(name)

    def tree(name: str) -> Form:
        message = state.messages[name]
        copies = state.copies
        holders = older = marks = 0
        for person in message.people:
            if name in copies[person]:
                holders |= 1 << index[person]
        recipients = 0
        for person in message.recipients:
            recipients |= 1 << index[person]
        for app in apps:
            marks = (marks << 4) | (
                (message.via == app)
                | (app in message.links) << 1
                | (app in message.mentions) << 2
                | state.labelled(name, app) << 3
            )
            if ages:
                for person, number in index.items():
                    windows = state.windows.get((app, person))
                    if windows and message.position < windows[-1].start:
                        older |= 1 << number
        # By the messages' order readings know the first of a thread; who asks for ages may ask for all of it.
        place = names.index(name) if ages else name == names[0]
        replies = sorted([tree(answer) for answer in answers.get(name, ())])
        trees[name] = (index[message.author], recipients, holders, older, marks, place, *replies)
        return trees[name]

    return tuple(sorted([tree(name) for name in answers[None]]))


@cache
def _rename(form: Form, renaming: Renaming) -> Form:
    return tuple(sorted([_rename_tree(tree, renaming) for tree in form]))


@cache
def _rename_tree(tree: Form, renaming: Renaming) -> Form:
    author, recipients, holders, older, marks, place, *replies = tree
    return (
        renaming[author],
        _rename_set(recipients, renaming),
        _rename_set(holders, renaming),
        _rename_set(older, renaming),
        marks,
        place,
        *sorted([_rename_tree(reply, renaming) for reply in replies]),
    )


@cache
def _rename_set(people: int, renaming: Renaming) -> int:
    return sum(1 << renaming[number] for number in range(len(renaming)) if people >> number & 1)


def _references(platform: Platform, index: dict[str, int], trees: dict[str, Form], renaming: Renaming) -> Form:
    """What points from one message or call to another message: quotes, and the calls in flight."""
    state = platform.state
    number = _numbers(state, trees, renaming)
    quotes = sorted(
        (number[message.id], *(number[segment.source] for segment in message.segments[1:]))
        for message in state.messages.values()
        if len(message.segments) > 1
    )
    flights = []
    for _, call in platform.in_flight():
        window = state.window(call.app, call.owner, call.opened, call.decided_at)
        flights.append(
            (
                platform.apps.index(call.app),
                call.operation,
                renaming[index[call.owner]],
                tuple(sorted(number[message.id] for message in call.pending)),
                window is not None,
                window is not None and window.revoked is None,
                tuple(sorted(number[m.id] for m in call.pending if window and m.position < window.start)),
            )
        )
    return (tuple(quotes), tuple(sorted(flights)))


def _numbers(state: State, trees: dict[str, Form], renaming: Renaming) -> dict[str, int]:
    """Number the messages in an order that renaming leaves alone, but for ties, which go by age."""
    age = {name: number for number, name in enumerate(state.messages)}
    answers: dict[str | None, list[str]] = {}
    for name, message in state.messages.items():
        answers.setdefault(message.in_reply_to, []).append(name)

    def rank(name: str) -> tuple[Form, int]:
        return _rename_tree(trees[name], renaming), age[name]

    def walk(names: list[str]) -> list[str]:
        return [each for name in sorted(names, key=rank) for each in (name, *walk(answers.get(name, [])))]

    threads = [[name for name in thread.messages if name in answers[None]] for thread in state.threads.values()]
    threads.sort(key=lambda roots: sorted(map(rank, roots)))
    ordered = [name for roots in threads for name in walk(roots)]
    return {name: number for number, name in enumerate(ordered)}
