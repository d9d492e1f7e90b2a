"""Make the key of a state, so that states that are the same for all that is read are visited once.

A key spells the state out: people as numbers, messages by their place in trees of answers and threads, and what
crosses threads by those places. A few things are left out unless they are read (`OPTIONAL`): who is who, ids, clock
times, the order in which messages were written, the history of grants. The key is the least spelling over all
renamings of people, so that two states with one key are the same up to names. (The converse may fail where messages
that look alike are referred to from elsewhere; then a few states are visited twice, and nothing is lost.)
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from functools import cache
from itertools import permutations
from typing import Any, assert_never

from attrs import define

from permiscope.model import records
from permiscope.model.access import FULL
from permiscope.model.mail import Message, Thread
from permiscope.model.reads import CLOCK, IDS, NAMES, OF_STATE, Reads
from permiscope.model.records import Called, Record
from permiscope.model.state import State, Window
from permiscope.service.door.messaging import MessagingService

Marked = Callable[[MessagingService], Iterable[Collection[str]]]
"""Sets of messages, by their ids."""


Form = tuple[Any, ...]  # a nested tuple: mypy has no finite type for it that would say more
Renaming = tuple[int, ...]

OPTIONAL: Reads = frozenset(
    {
        *(NAMES, IDS, CLOCK, "message.age", "message.position", "message.setters", "message.text"),
        *("thread.order", "facts.order", "grant.ever", "grant.ended", "grant.order", "app.ids"),
    }
)
"""What a key leaves out unless it is read; all else is in every key."""


MANY = 100_000
"""So many keys are remembered by the forms that they were made of."""


def nothing(_: MessagingService) -> tuple[()]:
    """Mark no message."""
    return ()


Following = Callable[[MessagingService], Callable[[MessagingService, Record | None], Hashable]]
"""What makes, in a state, the keys of those that single steps lead to from there, by the records that they leave."""


@define
class Spelled:
    """A state as it is spelled: who stands how, and by thread its form under each renaming, and whether it is tied."""

    standing: Form
    threads: dict[str, tuple[list[Form], bool]]


class Keys:
    """Keys for the states that can be reached from a start; what of `OPTIONAL` is not kept is forgotten.

    States in which other messages are `marked` are told apart: what was once said of a message is in no state.
    """

    def __init__(self, start: MessagingService, kept: Reads = OF_STATE, marked: Marked = nothing) -> None:
        people = start.people
        index = {person: number for number, person in enumerate(people)}
        renamings: list[Renaming] = [tuple(range(len(people)))]
        if NAMES not in kept:
            renamings = list(permutations(range(len(people))))
        self._spelling = _Spelling(start, index, kept, renamings)
        self._marked = marked
        self._clock = CLOCK in kept
        # A part may change anything along with a step, and a mark falls on any message.
        self._is_local = not start.door.service.parts and marked is nothing

        # Each by all renamings at once: to look a form up takes longer than to choose among its renamings.
        @cache
        def standings(groups: Form) -> tuple[Form, list[int]]:
            """The least spelling of who stands how, and the renamings that lead to it: others need not be tried."""
            renamed = [_rename_groups(groups, renaming) for renaming in renamings]
            least = min(renamed)
            return least, [number for number, each in enumerate(renamed) if each == least]

        @cache
        def threads(form: Form) -> list[Form]:
            return [_rename(form, renaming) for renaming in renamings]

        self._standings, self._threads = standings, threads
        self._known: dict[tuple[int, ...], Hashable] = {}

    def __call__(self, messaging: MessagingService) -> Hashable:
        """The key of a state."""
        return self._key(messaging, self._spell(messaging))

    def following(self, messaging: MessagingService) -> Callable[[MessagingService, Record | None], Hashable]:
        """What makes the keys of the states that single steps lead to from here: it spells only what they touched."""
        before = self._spell(messaging)

        def key(child: MessagingService, record: Record | None) -> Hashable:
            state = child.state
            touched = self._touched(state, record) if self._is_local else None
            if touched is None:
                return self(child)
            standing = before.standing
            if not isinstance(record, OF_MAIL) or state.is_pushing() or self._spelling.is_timed(child):
                standing = self._spelling.standing(child)
            return self._key(child, Spelled(standing, {**before.threads, **self._spell_threads(child, touched)}))

        return key

    def _spell(self, messaging: MessagingService) -> Spelled:
        self._spelling.marks = tuple(self._marked(messaging))
        return Spelled(self._spelling.standing(messaging), self._spell_threads(messaging, messaging.state.threads))

    def _key(self, messaging: MessagingService, spelled: Spelled) -> Hashable:
        """The least spelling over all renamings of people."""
        standing, numbers = stands = self._standings(spelled.standing)
        threads = spelled.threads.values()
        clock = messaging.clock if self._clock else None
        if messaging.begun or self._spelling.ids or True in [tied for _, tied in threads]:
            forms = [form for form, _ in threads]
            chosen = [(sorted([form[number] for form in forms]), number) for number in numbers]
            least, ties = min([(each, self._spelling.ties(messaging, forms, number)) for each, number in chosen])
            return clock, standing, tuple(least), ties
        # Forms are kept and known by what they are: the same ones, in whatever order, were renamed before.
        parts = id(stands), *sorted([id(form) for form, _ in threads])
        known = self._known.get(parts)
        if known is None:
            if len(self._known) == MANY:
                self._known.clear()
            least = min([sorted([form[number] for form, _ in threads]) for number in numbers])
            known = self._known[parts] = standing, tuple(least)
        return (clock, known) if self._clock else known

    def _spell_threads(self, messaging: MessagingService, names: Iterable[str]) -> dict[str, tuple[list[Form], bool]]:
        state, spelling = messaging.state, self._spelling
        return {
            name: (
                self._threads(spelling.thread(messaging, state.threads[name])),
                any(_refers(state, state.messages[each]) for each in state.threads[name].messages),
            )
            for name in names
        }

    def _touched(self, state: State, record: Record | None) -> Collection[str] | None:
        """The threads whose forms a record can have changed; None for all of them."""
        match record:
            case records.Wrote(message=message) | records.Edited(message=message):
                # Where a message stands by its age, a new one changes that of all others.
                return None if self._spelling.counts_newer else (message.thread,)
            case records.Moved(message=name) | records.Labelled(message=name) | records.Session(message=name):
                return (state.messages[name].thread,)
            case records.Membership(thread=name):
                return (name,)
            case records.Granted() | records.Revoked():
                return None if self._spelling.ages else ()
            case Called(outcome="done", sent=sent, target=target):
                if sent is not None:
                    return None if self._spelling.counts_newer else (sent.thread,)
                return (state.messages[target].thread,) if target in state.messages else ()
            case Called() | records.Handed() | records.Forgot() | None:
                return ()
            case _:
                assert_never(record)


OF_MAIL = (records.Wrote, records.Edited, records.Moved, records.Membership, records.Labelled, records.Session)
"""Records after which everybody stands as before, unless something was pushed."""


class _Spelling:
    """How a state is spelled, for what is kept."""

    def __init__(self, start: MessagingService, index: dict[str, int], kept: Reads, renamings: list[Renaming]) -> None:
        self.marks: tuple[Collection[str], ...] = ()
        self._index = index
        self._renamings = renamings
        self._ranks: dict[Form, str] = {}
        self._bits: dict[tuple[str, ...], int] = {}
        self._apps = start.apps
        self._names = NAMES in kept
        self._text = "message.text" in kept
        self._setters = "message.setters" in kept
        self._files = IDS in kept
        self.ages = "message.age" in kept
        self._positions = CLOCK in kept
        self.counts_newer = "message.position" in kept
        self._order = "all" if kept & {"facts.order", IDS, CLOCK} else "thread" if "thread.order" in kept else "root"
        self._granted = "grant.order" in kept
        self._ever = bool(kept & {"grant.ever", "grant.ended"})
        self._ended = "grant.ended" in kept
        self.ids = "app.ids" in kept

    def standing(self, messaging: MessagingService) -> Form:
        """For each app, who stands alike with it (bit sets): by grant, by what it has of their mail and settings."""
        state, clock = messaging.state, messaging.clock
        spelled = []
        for app in self._apps:
            order = [person for granted, person in state.windows if granted == app] if self._granted else []
            groups: dict[Form, int] = {}
            for person, number in self._index.items():
                key = app, person
                windows = state.windows.get(key)
                stands: Form = (
                    () if windows is None else self._grants(windows, clock),
                    order.index(person) if person in order else -1,
                    (key in state.stored) | (key in state.subscribed) << 1 | (key in state.rules) << 2,
                )
                groups[stands] = groups.get(stands, 0) | 1 << number
            spelled.append(tuple(sorted(groups.items(), key=self._rank) if len(groups) > 1 else groups.items()))
        return tuple(spelled)

    def _rank(self, group: tuple[Form, int]) -> str:
        """An order of groups that does not depend on who is in them."""
        stands, _ = group
        rank = self._ranks.get(stands)
        if rank is None:
            rank = self._ranks[stands] = repr(stands)
        return rank

    def _grants(self, windows: tuple[Window, ...], clock: float) -> Form:
        """The grant that is in force, and what is kept of those before."""
        last = windows[-1]
        is_open = last.revoked is None and (last.grant.until is None or clock < last.grant.until)
        now = (self._grant(last, clock),) if is_open else ()
        if not self._ever:
            return now
        before = windows if self._ended else ()
        return (*now, "ever", *(self._grant(window, clock) for window in before))

    def _grant(self, window: Window, clock: float) -> Form:
        grant = window.grant
        if grant.scope is FULL and grant.until is None and window.revoked is None and not grant.purposes:
            return (grant.backfill,)
        until = None if grant.until is None else grant.until if self._positions else grant.until - clock
        return (
            str(grant.scope),
            until,
            grant.backfill,
            grant.purposes,
            None if window.revoked_at is None else clock - window.revoked_at,
        )

    def thread(self, messaging: MessagingService, thread: Thread) -> Form:
        """A thread: its members, past ones too, and the trees of its messages."""
        messages = messaging.state.messages
        answers: dict[str | None, list[str]] = {}
        for name in thread.messages:
            answers.setdefault(messages[name].in_reply_to, []).append(name)
        known = frozenset(thread.messages)
        roots = [name for parent, names in answers.items() if parent not in known for name in names]
        return (
            self._set(thread.members),
            self._set(thread.past),
            *sorted([self._tree(messaging, name, thread, answers) for name in roots]),
        )

    def _set(self, people: tuple[str, ...]) -> Any:  # noqa: ANN401  # a bit set, or the people in their order
        index = self._index
        if self._names:
            return tuple([index.get(person, -1) for person in people])
        # An app can be a recipient: it is nobody of these, and so has a bit of its own.
        bits = self._bits.get(people)
        if bits is None:
            bits = self._bits[people] = sum([1 << index.get(person, len(index)) for person in dict.fromkeys(people)])
        return bits

    def _who(self, mailboxes: dict[str, dict[str, None]], name: str) -> int:
        """The people in whose mailbox or trash a message is; an app that it was forwarded to is none."""
        index = self._index
        return sum([1 << index[person] for person, held in mailboxes.items() if name in held and person in index])

    def _tree(
        self, messaging: MessagingService, name: str, thread: Thread, answers: dict[str | None, list[str]]
    ) -> Form:
        state, index = messaging.state, self._index
        message = state.messages[name]
        holders = self._who(state.copies, name)
        binned = self._who(state.trashed, name)
        older = 0
        using, setters = [], []
        marks = message.draft | bool(message.attachments) << 1 | (name in state.edited) << 2
        for some in self.marks:
            marks = marks << 1 | (name in some)
        for app in self._apps:
            labelled = state.labelled(name, app)
            setter = state.setters[name, app] if labelled and self._setters else None
            marks = (marks << 6) | (
                (message.via == app)
                | (app in message.links) << 1
                | (app in message.mentions) << 2
                | labelled << 3
                | (app in message.about) << 4
                | (setter == app) << 5
            )
            setters.append(1 << index[setter] if setter in index else 0)
            if state.opened:
                using.append(sum([state.interacting(app, person, name) << number for person, number in index.items()]))
            if self.ages:
                for person, number in index.items():
                    windows = state.windows.get((app, person))
                    if windows and message.position < windows[-1].start:
                        older |= 1 << number
        others = self._others(state, message)
        place = self._place(state, message, thread)
        sets = self._set(message.recipients), holders, older, binned, *setters, *(using if any(using) else ())
        replies = [self._tree(messaging, answer, thread, answers) for answer in answers.get(name, ())]
        return (index[message.author], sets, marks, others, place, *(sorted(replies) if len(replies) > 1 else replies))

    def _others(self, state: State, message: Message) -> Form:
        """What few messages have, and what is kept of texts."""
        labels = state.labels.get(message.id, ())
        plain = not (labels or message.subject or message.attachments or self._text)
        if plain:
            return ()
        return (
            message.subject,
            tuple(
                sorted(
                    (label, state.setters[message.id, label] if self._setters else "")
                    for label in labels
                    if label not in self._apps
                )
            ),
            tuple([each if self._files or not is_fresh(each) else "" for each in message.attachments]),
            tuple([segment.text for segment in message.segments if segment.source == message.id]) if self._text else (),
        )

    def _place(self, state: State, message: Message, thread: Thread) -> Any:  # noqa: ANN401  # a number or several
        """Where the message stands among others, as far as that is kept; always whether it begins its thread."""
        if self._order == "all":
            place = list(state.messages).index(message.id)
            if self._positions:
                return place, message.position, message.time
            # A draft that is sent is the newest, wherever it stands.
            newer = [each.position > message.position for each in state.messages.values()] if self.counts_newer else ()
            return place, sum(newer)
        if self._order == "thread":
            return thread.messages.index(message.id)
        return message.id == thread.root

    def is_timed(self, messaging: MessagingService) -> bool:
        """Whether somebody may stand otherwise because time has passed."""
        windows = messaging.state.windows.values()
        return self._ended or any(each[-1].grant.until is not None for each in windows)

    def ties(self, messaging: MessagingService, forms: list[list[Form]], number: int) -> Form:
        """What refers to messages: quotes, forwards, files, calls in flight, and what apps call them."""
        state, index = messaging.state, self._index
        renaming = self._renamings[number]
        places = self._places(messaging, forms, number, renaming)
        quotes = sorted(
            (
                places[message.id],
                tuple([(places[each.source], each.text if self._text else "") for each in message.segments[1:]]),
                places.get(message.forwarded_from or "", -1),
                tuple([places[state.attachments[each]] for each in message.attachments]),
            )
            for message in state.messages.values()
            if _refers(state, message)
        )
        flights = []
        for _, call in messaging.in_flight():
            window = state.window(call.app, call.owner, call.opened, call.decided_at)
            flights.append(
                (
                    messaging.apps.index(call.app),
                    call.operation,
                    renaming[index[call.owner]],
                    tuple(sorted((places[each.id], each != state.messages[each.id]) for each in call.pending)),
                    "" if window is None else str(window.grant.scope),
                    window is not None and window.revoked is None,
                    tuple(sorted(places[m.id] for m in call.pending if window and m.position < window.start)),
                    messaging.clock - call.decided_at if self._ended or self._positions else 0.0,
                )
            )
        ids = (
            sorted((app, places[name], given) for (app, name), given in messaging.door.app_ids.items())
            if self.ids
            else ()
        )
        return (tuple(quotes), tuple(sorted(flights)), tuple(ids))

    def _places(
        self, messaging: MessagingService, forms: list[list[Form]], number: int, renaming: Renaming
    ) -> dict[str, int]:
        """Number the messages in the order in which the sorted forms spell them; ties go by age."""
        state = messaging.state
        threads = list(state.threads.values())
        places: dict[str, int] = {}

        def walk(names: list[str], thread: Thread, answers: dict[str | None, list[str]]) -> None:
            spelled = [
                (_rename_tree(self._tree(messaging, name, thread, answers), renaming), age, name)
                for age, name in enumerate(names)
            ]
            for _, _, name in sorted(spelled):
                places[name] = len(places)
                walk(answers.get(name, []), thread, answers)

        for place in sorted(range(len(threads)), key=lambda each: (forms[each][number], each)):
            thread = threads[place]
            answers: dict[str | None, list[str]] = {}
            for name in thread.messages:
                answers.setdefault(state.messages[name].in_reply_to, []).append(name)
            known = frozenset(thread.messages)
            walk([name for parent, names in answers.items() if parent not in known for name in names], thread, answers)
        return places


def _refers(state: State, message: Message) -> bool:
    """Whether something in the message was first in another one: a text, or a file of the same name."""
    return (
        len(message.segments) > 1
        or message.forwarded_from is not None
        or any(state.attachments[each] != message.id for each in message.attachments)
    )


def is_fresh(attachment: str) -> bool:
    """Whether it is called as one without a name of its own is: such a name tells nothing."""
    return attachment.startswith("a") and attachment[1:].isdecimal()


def _rename_groups(groups: Form, renaming: Renaming) -> Form:
    return tuple([tuple([(stands, _rename_set(people, renaming)) for stands, people in group]) for group in groups])


def _rename(form: Form, renaming: Renaming) -> Form:
    members, past, *trees = form
    return (
        _rename_set(members, renaming),
        _rename_set(past, renaming),
        *sorted([_rename_tree(tree, renaming) for tree in trees]),
    )


@cache
def _rename_tree(tree: Form, renaming: Renaming) -> Form:
    author, sets, marks, others, place, *replies = tree
    return (
        renaming[author],
        tuple([_rename_set(people, renaming) for people in sets]),
        marks,
        others,
        place,
        *sorted([_rename_tree(reply, renaming) for reply in replies]),
    )


@cache
def _rename_set(people: Any, renaming: Renaming) -> Any:  # noqa: ANN401  # a bit set, or people in an order
    if isinstance(people, tuple):
        return people  # in an order only where people keep their names
    beyond = people >> len(renaming) << len(renaming)
    return beyond | sum(1 << renaming[number] for number in range(len(renaming)) if people >> number & 1)
