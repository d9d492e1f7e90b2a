"""What is true now? The state is a fold of `apply` over the records of a trace.

It also keeps the memory that invariants ask about: windows of grants, who ever granted or mentioned an app,
who exchanged messages via it. Positions count the records before a moment and order what happens at one
time; times are virtual seconds.
"""

from collections.abc import Callable
from typing import assert_never

from attrs import Factory, define, frozen

from permiscope.model import records
from permiscope.model.access import Grant
from permiscope.model.errors import InputError
from permiscope.model.mail import Message, Thread
from permiscope.model.records import Called, Record

NO_THREAD = Thread()


@frozen
class Window:
    """The time during which a grant is in force: from its start until it is revoked or runs out.

    `start` and `revoked` are positions: the first at which it holds, and the first at which it no longer does.
    """

    grant: Grant
    start: int
    revoked: int | None = None
    revoked_at: float | None = None

    def covers(self, position: int, time: float) -> bool:
        """Whether the grant is in force at a moment."""
        return (
            self.start <= position
            and (self.revoked is None or position < self.revoked)
            and (self.grant.until is None or time < self.grant.until)
        )

    def ended_at(self, time: float) -> float | None:
        """When the grant ended, if it has by `time` (virtual seconds)."""
        ends = [end for end in (self.revoked_at, self.grant.until) if end is not None and end <= time]
        return min(ends, default=None)


@define
class State:
    """Everything that is true of the mail and of who was permitted what; only `apply` changes it.

    `copies` are those in the mailbox, `trashed` those in the trash; one that is in neither was purged. `setters` say
    who put a label on a message. `edited` has the version of each message that was edited, from 1. `opened` are the
    messages on which a person is using an app. `stored` says of which mailboxes an app has something, and since which
    position. `decided_under` and `delivered_under` are the grants of the mailbox's owner that were in force at the
    two ends of the last call, or None.

    `absent` are the placeholders of messages that were never sent in this run, the second run of a pair, and
    `absent_threads` the threads that have no other messages. People go on as in the first run; for everybody else there
    is nothing: `messages`, `threads` and all the rest never contain one.
    """

    position: int = 0
    time: float = 0.0
    messages: dict[str, Message] = Factory(dict)
    threads: dict[str, Thread] = Factory(dict)
    copies: dict[str, dict[str, None]] = Factory(dict)
    labels: dict[str, tuple[str, ...]] = Factory(dict)
    windows: dict[tuple[str, str], tuple[Window, ...]] = Factory(dict)
    exchanges: dict[tuple[str, str, str], None] = Factory(dict)
    mentioned: dict[tuple[str, str], None] = Factory(dict)
    trashed: dict[str, dict[str, None]] = Factory(dict)
    setters: dict[tuple[str, str], str] = Factory(dict)
    edited: dict[str, int] = Factory(dict)
    attachments: dict[str, str] = Factory(dict)
    opened: dict[tuple[str, str, str], None] = Factory(dict)
    stored: dict[tuple[str, str], int] = Factory(dict)
    subscribed: dict[tuple[str, str], None] = Factory(dict)
    rules: dict[tuple[str, str], None] = Factory(dict)
    absent: dict[str, Message] = Factory(dict)
    absent_threads: dict[str, Thread] = Factory(dict)
    decided_under: Window | None = None
    delivered_under: Window | None = None

    def copy(self) -> "State":
        """A state that can go its own way; the values are frozen and shared."""
        return State(
            self.position,
            self.time,
            self.messages.copy(),
            self.threads.copy(),
            {person: held.copy() for person, held in self.copies.items()},
            self.labels.copy(),
            self.windows.copy(),
            self.exchanges.copy(),
            self.mentioned.copy(),
            {person: held.copy() for person, held in self.trashed.items()},
            self.setters.copy(),
            self.edited.copy(),
            self.attachments.copy(),
            self.opened.copy(),
            self.stored.copy(),
            self.subscribed.copy(),
            self.rules.copy(),
            self.absent.copy(),
            self.absent_threads.copy(),
            self.decided_under,
            self.delivered_under,
        )

    def mailbox(self, owner: str) -> dict[str, None]:
        """The ids of the messages of which the owner holds a copy, oldest first."""
        return self.copies.get(owner, {})

    def written(self) -> list[Message]:
        """Every message that people know of, in the order of their ids' making: those that are absent, too."""
        if not self.absent:
            return list(self.messages.values())
        return sorted((*self.messages.values(), *self.absent.values()), key=lambda each: (len(each.id), each.id))

    def thread_of(self, name: str) -> Thread | None:
        """The thread as people know it, or None: it may be one that only absent messages are in."""
        return self.threads.get(name) or self.absent_threads.get(name)

    def would_hold(self, person: str, message: Message) -> bool:
        """Whether the person holds a copy; of one that is absent, whether they would if it had been sent.

        In the second run of a pair people do what they did in the first, with a message that is not there, too.
        """
        if message.absent:
            return person == message.author or (person in message.recipients and not message.draft)
        return message.id in self.mailbox(person)

    def is_pushing(self) -> bool:
        """Whether what people write is pushed to anybody."""
        return bool(self.subscribed or self.rules)

    def any_message(self, test: Callable[[Message], object], thread: str | None = None) -> bool:
        """Whether any message, of all or of a thread, passes a test."""
        messages = self.messages
        names = messages if thread is None else self.threads.get(thread, NO_THREAD).messages
        return any(test(messages[name]) for name in names)

    def labelled(self, message: str | Message, label: str) -> bool:
        """Whether the message bears the label, whoever looks."""
        return label in self.labels.get(_id_of(message), ())

    def labelled_by(self, message: str | Message, label: str) -> str | None:
        """Return who put the label on the message, or None if it does not bear it."""
        return self.setters.get((_id_of(message), label))

    def interacting(self, app: str, person: str, message: str | Message) -> bool:
        """Whether the person is using the app on the message now."""
        return (app, person, _id_of(message)) in self.opened

    def exchanged(self, app: str, one: str, other: str) -> bool:
        """Whether one of the two ever wrote to the other via the app."""
        return (app, one, other) in self.exchanges

    def consented(self, app: str, person: str) -> bool:
        """Whether the person ever granted or mentioned the app."""
        return (app, person) in self.windows or (app, person) in self.mentioned

    def covered(self, app: str, user: str, message: Message) -> bool:
        """Whether the user's grant to the app, if one is in force, covers the message."""
        grant = self.granted(app, user)
        return grant is not None and grant.scope.extent.holds(message, app, user, self)

    def window(self, app: str, user: str, position: int, time: float) -> Window | None:
        """The grant of `user` to `app` that was in force at a moment, or None."""
        for window in reversed(self.windows.get((app, user), ())):
            if window.covers(position, time):
                return window
        return None

    def granted(self, app: str, user: str) -> Grant | None:
        """The grant of `user` to `app` that is in force now, or None."""
        window = self.window(app, user, self.position, self.time)
        return window.grant if window else None

    def grants(self, app: str, user: str) -> tuple[Grant, ...]:
        """Return every grant that the user ever gave the app, oldest first."""
        return tuple([window.grant for window in self.windows.get((app, user), ())])


def _id_of(message: str | Message) -> str:
    """Return the id of a message that is named by itself or by its id.

    Raises `InputError` for anything else: to answer False would be to say that the message is another one.
    """
    if isinstance(message, str):
        return message
    if isinstance(message, Message):
        return message.id
    raise InputError(f"`{message!r:.40}` is no message; ask with its id, as in `facts.labelled(message.id, label)`")


def apply(state: State, record: Record) -> None:
    """Bring the state from before a record to after it. The one place where what is true changes."""
    if isinstance(record, Called):  # before all others, for a class pattern costs twice as much in the hot path
        _look_back(state, record)
        if record.outcome == "done":
            _take_effect(state, record)
    else:
        _change(state, record)
    state.position += 1
    state.time = record.time


def _change(state: State, record: records.Change) -> None:
    """Let what a person did take effect, and what apps did among themselves."""
    match record:
        case records.Wrote():
            _deliver(state, record.message)
        case records.Edited(message=message):
            if message.absent:
                state.absent[message.id] = message
            else:
                state.messages[message.id] = message
                state.edited[message.id] = state.edited.get(message.id, 0) + 1
        case records.Moved():
            _move(state, record.person, record.message, trashed=record.trashed)
        case records.Membership():
            _join(state, record)
        case records.Session():
            key = record.app, record.person, record.message
            if record.message in state.absent:
                pass
            elif record.opened:
                state.opened[key] = None
            else:
                del state.opened[key]
        case records.Labelled():
            if record.message not in state.absent:
                _label(state, record.message, record.app, record.person)
        case records.Granted():
            grant = record.grant
            state.windows[grant.app, grant.user] = (
                *state.windows.get((grant.app, grant.user), ()),
                Window(grant, start=state.position + 1),
            )
        case records.Revoked():
            *before, window = state.windows[record.app, record.person]
            ended = Window(window.grant, window.start, revoked=state.position + 1, revoked_at=record.time)
            state.windows[record.app, record.person] = (*before, ended)
        case records.Handed():
            if record.messages:
                state.stored.setdefault((record.to, record.owner), state.position)
        case records.Forgot():
            state.stored.pop((record.app, record.owner), None)
        case _:
            assert_never(record)


def _take_effect(state: State, call: Called) -> None:
    """Let a call that changes something do so."""
    target = call.target or ""
    match call.operation:
        case "label":
            _label(state, target, call.app, call.app)
        case "delete":
            for holder in call.holders:
                del state.copies[holder][target]
        case "trash" | "undelete":
            _move(state, call.owner, target, trashed=call.operation == "trash")
        case "subscribe":
            state.subscribed[call.app, call.owner] = None
        case "rule":
            state.rules[call.app, call.owner] = None
        case _:
            if call.sent is not None:
                _deliver(state, call.sent)


def _look_back(state: State, call: Called) -> None:
    """Note once, for all who ask, which grants were in force when the last call was decided and delivered."""
    asked = call.asked
    app, owner = key = asked.app, asked.owner
    if call.shown and key not in state.stored:
        state.stored[key] = state.position
    windows = state.windows.get(key)
    if windows is None:
        state.decided_under = state.delivered_under = None
        return
    last = windows[-1]
    if last.start <= call.opened and last.revoked is None and last.grant.until is None:
        state.decided_under = state.delivered_under = last
        return
    state.decided_under = state.window(app, owner, call.opened, call.decided_at)
    state.delivered_under = state.window(app, owner, call.closed, call.time)


def _deliver(state: State, message: Message) -> None:
    if message.absent:
        _hide(state, message)
        return
    thread = state.threads.get(message.thread) or _emerging(state, message)
    people, app = message.people, message.via
    state.messages[message.id] = message
    members = tuple(dict.fromkeys(thread.members + people))
    if message.draft:
        people = (message.author,)
    state.threads[message.thread] = Thread(
        members=members,
        messages=thread.messages if message.id in thread.messages else (*thread.messages, message.id),
        apps=thread.apps if app is None or app in thread.apps else (*thread.apps, app),
        past=thread.past,
    )
    for person in people:
        state.copies.setdefault(person, {})[message.id] = None
    for attachment in message.attachments:
        state.attachments.setdefault(attachment, message.id)
    if message.draft:
        return
    for mentioned in message.mentions:
        state.mentioned[mentioned, message.author] = None
    if app is not None:
        for recipient in message.recipients:
            state.exchanges[app, message.author, recipient] = None
            state.exchanges[app, recipient, message.author] = None


def _hide(state: State, message: Message) -> None:
    """Keep a place for a message that was never sent, and for the thread that it would have opened."""
    state.absent[message.id] = message
    if message.thread not in state.threads:
        thread = state.absent_threads.get(message.thread, NO_THREAD)
        members = tuple(dict.fromkeys(thread.members + message.people))
        state.absent_threads[message.thread] = Thread(members, past=thread.past)


def _emerging(state: State, message: Message) -> Thread:
    """The thread that a message is the first in; its members are those who would have been in it already."""
    hidden = state.absent_threads.pop(message.thread, None)
    return (
        NO_THREAD if hidden is None else Thread(tuple(dict.fromkeys(message.people + hidden.members)), past=hidden.past)
    )


def _move(state: State, person: str, message: str, *, trashed: bool) -> None:
    """Move a copy between mailbox and trash; in a mailbox messages are in the order of their ids' making."""
    if message in state.absent:
        return
    here, there = (state.copies, state.trashed) if trashed else (state.trashed, state.copies)
    del here[person][message]
    place = there.setdefault(person, {})
    place[message] = None
    if not trashed:
        age = {name: number for number, name in enumerate(state.messages)}
        state.copies[person] = dict.fromkeys(sorted(place, key=age.__getitem__))


def _join(state: State, record: records.Membership) -> None:
    threads = state.threads if record.thread in state.threads else state.absent_threads
    thread, member = threads[record.thread], record.member
    if record.joined:
        members, past = (*thread.members, member), tuple([each for each in thread.past if each != member])
    else:
        members, past = tuple([each for each in thread.members if each != member]), (*thread.past, member)
    threads[record.thread] = Thread(members, thread.messages, thread.apps, past)


def _label(state: State, message: str, label: str, setter: str) -> None:
    labels = state.labels.get(message, ())
    if label not in labels:
        state.labels[message] = (*labels, label)
        state.setters[message, label] = setter
