"""Which states are the same but for names? A key that renaming people, messages and threads leaves alone.

A thread becomes a nested tuple (a form) of what a reading or an invariant can still ask about its messages;
a state becomes the least, over all renamings of people, of its sorted forms. Two states with one key are the
same up to renaming: the key spells out the whole state. (The converse may fail where messages refer to each
other across threads, as quotes do; then a few states are visited twice, and nothing is lost.)
"""

from collections.abc import Callable, Hashable, Iterable
from functools import cache
from itertools import permutations
from typing import Any

from sim.model.access import FULL
from sim.model.mail import Thread
from sim.model.state import State
from sim.service.platform import Platform

Key = Callable[[Platform], Hashable]
Form = tuple[Any, ...]  # a nested tuple: mypy has no finite type for it that would say more
Renaming = tuple[int, ...]


def canonical_key(start: Platform, *, rename: bool = True, ages: bool = False) -> Key:
    """A key for the states that can be reached from `start`.

    `rename` forgets who is who (sound for policies that do not look at names). `ages` remembers which messages
    are older than which grant, in which order a thread was written and who labelled what, for policies and
    invariants that ask.
    """
    people = start.people
    index = {person: number for number, person in enumerate(people)}
    renamings: list[Renaming] = [tuple(range(len(people)))]
    if rename:
        renamings = list(permutations(range(len(people))))

    # Each by all renamings at once: to look a form up takes longer than to choose among its renamings.
    @cache
    def standings(sets: tuple[int, ...]) -> list[Form]:
        return [tuple([_rename_set(people, renaming) for people in sets]) for renaming in renamings]

    @cache
    def threads(form: Form) -> list[Form]:
        return [_rename(form, renaming) for renaming in renamings]

    def key(platform: Platform) -> Hashable:
        state = platform.state
        standing, narrow = standings(_standing(platform, index)), _scopes(platform, index)
        trees: dict[str, Form] = {}
        forms = [threads(_form(platform, index, thread, trees, ages)) for thread in state.threads.values()]
        tied = any(len(message.segments) > 1 for message in state.messages.values()) or any(platform.in_flight())
        return min(
            (
                standing[number],
                tuple([(scope, *(_rename_set(each, renaming) for each in sets)) for scope, *sets in narrow]),
                tuple(sorted([form[number] for form in forms])),
                _references(platform, index, trees, renaming) if tied else (),
            )
            for number, renaming in enumerate(renamings)
        )

    return key


def _standing(platform: Platform, index: dict[str, int]) -> tuple[int, ...]:
    """For each app sets of people (bit sets): who grants it now, and who ever did; and what it has of their mail.

    Of a grant that runs out it matters when: its last two bits of time are sets, too.
    """
    state = platform.state
    sets = []
    for app in platform.apps:
        now = ever = stored = subscribed = rules = soon = sooner = 0
        for person, number in index.items():
            key = app, person
            if key in state.windows:
                ever |= 1 << number
                if (grant := state.granted(app, person)) is not None:
                    now |= 1 << number
                    if grant.until is not None:
                        soon |= 1 << number
                        if grant.until < platform.clock + 2.0:
                            sooner |= 1 << number
            stored |= (key in state.stored) << number
            subscribed |= (key in state.subscribed) << number
            rules |= (key in state.rules) << number
        sets += [now, ever, stored, subscribed, rules, soon, sooner]
    return tuple(sets)


def _scopes(platform: Platform, index: dict[str, int]) -> list[tuple[str, int, int]]:
    """For each scope, unless all are full: its name, and who grants it now and who ever did (bit sets)."""
    found: dict[str, list[int]] = {}
    granted = platform.state.windows
    if all(window.grant.scope is FULL for windows in granted.values() for window in windows):
        return []
    for (app, person), windows in granted.items():
        for window in windows:
            sets = found.setdefault(f"{app} {window.grant.scope}", [0, 0])
            sets[0] |= (window is windows[-1] and window.revoked is None) << index[person]
            sets[1] |= 1 << index[person]
    return [(scope, now, ever) for scope, (now, ever) in sorted(found.items())]


def _form(platform: Platform, index: dict[str, int], thread: Thread, trees: dict[str, Form], ages: bool) -> Form:
    """A thread: its members, past ones too, and the trees of its messages; each is noted in `trees` as well."""
    state, apps, names = platform.state, platform.apps, thread.messages
    answers: dict[str | None, list[str]] = {}
    for name in names:
        answers.setdefault(state.messages[name].in_reply_to, []).append(name)

    def people(those: Iterable[str]) -> int:
        return sum([1 << index[person] for person in those])

    def tree(name: str) -> Form:
        message = state.messages[name]
        copies, trashed = state.copies, state.trashed
        holders = older = binned = using = setters = 0
        marks = message.draft | bool(message.attachments) << 1 | min(state.edited.get(name, 0), 3) << 2
        for person, number in index.items():
            holders |= (name in copies.get(person, ())) << number
            binned |= (name in trashed.get(person, ())) << number
        for app in apps:
            labelled = state.labelled(name, app)
            setter = state.setters[name, app] if labelled and ages else None
            marks = (marks << 6) | (
                (message.via == app)
                | (app in message.links) << 1
                | (app in message.mentions) << 2
                | labelled << 3
                | (app in message.about) << 4
                | (setter == app) << 5
            )
            if setter in index:
                setters |= 1 << index[setter]
            for person, number in index.items():
                using |= state.interacting(app, person, name) << number
                if ages:
                    windows = state.windows.get((app, person))
                    if windows and message.position < windows[-1].start:
                        older |= 1 << number
        # By the messages' order readings know the first of a thread; who asks for ages may ask for all of it.
        place = names.index(name) if ages else name == names[0]
        sets = people(message.recipients), holders, older, binned, using, setters
        replies = sorted([tree(answer) for answer in answers.get(name, ())])
        trees[name] = (index[message.author], sets, marks, place, *replies)
        return trees[name]

    return (people(thread.members), people(thread.past), *sorted([tree(name) for name in answers[None]]))


def _rename(form: Form, renaming: Renaming) -> Form:
    members, past, *trees = form
    return (
        _rename_set(members, renaming),
        _rename_set(past, renaming),
        *sorted([_rename_tree(tree, renaming) for tree in trees]),
    )


@cache
def _rename_tree(tree: Form, renaming: Renaming) -> Form:
    author, sets, marks, place, *replies = tree
    return (
        renaming[author],
        tuple([_rename_set(people, renaming) for people in sets]),
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
