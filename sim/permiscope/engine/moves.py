"""How is a step made? Each kind of step is written once, in this table.

A move asks some questions, one after the other (which person, which message?), and makes a step of the answers. All
answers, one after the other, make every step (`enabled`, `calls`); random ones make a random step (`guided`), and
bytes the step that they spell (`byte_codec`). So a new kind of step is one row here: from then on it is enumerated,
drawn and shrunk.
"""

from collections.abc import Callable, Collection
from functools import cache
from typing import ParamSpec, Protocol, TypeVar, cast

from attrs import frozen

from permiscope.engine.alphabet import Kind
from permiscope.model import steps
from permiscope.model.access import Operation, Scope
from permiscope.model.extents import READINGS
from permiscope.model.steps import Call, Step
from permiscope.service.door.messaging import MessagingService

PRIVATE = "My results came. Keep it quiet."
PUBLIC = "I think you would like this film."
ANSWER = "Thanks. Between us: I am leaving my job."
SECOND = "On second thoughts, forget it."
UNRELATED = "See you there."
SUBJECT = "A film"
LATE = 60.0
"""Virtual seconds that pass before a message that is late."""
TERM = "a"
"""What the app searches for: a letter of most of these texts."""
EVERYWHERE = "e"
"""A letter of all of them."""

NARROW = Scope(("read", "send"), READINGS["authored"])
"""What a narrow grant is for: writing, and reading back what was written with the app."""

SENDING = Scope(("send",))
"""What a grant for writing alone is for."""

PURPOSE = "recommend"

BRIEFLY = 2.5
"""For so many virtual seconds a brief grant is in force: two steps long."""
ENDING = (BRIEFLY, 0.5, 1.5, 3.5)
"""So long they are where it goes by reads: until after two more steps, none, one, three. More are not tried."""
ON_TIME = (-1.0, 1.0)
"""When the step before was taken, so that it never is; and when the next one is."""
AT_ONCE_WITH = -1.0
"""The time of a message that is written at the same time as what came before."""
SOON_AFTER = -2.0
"""That of one that comes so soon after it that a second run has them the other way round."""

Item = TypeVar("Item")
Made = TypeVar("Made")
Given = ParamSpec("Given")
Answer = str | int


class ImpossibleError(Exception):
    """There is nothing to choose from: no such step can be taken now."""


class Chooser(Protocol):
    """Whoever answers the questions that are open in a move."""

    def __call__(self, items: Collection[Item]) -> Item:
        """One of the items. Raises `ImpossibleError` if there is none."""


@frozen
class Question:
    """What there is to choose from, after the answers before: those of `items` that pass the `test`, if there is one.

    Both are called with the messaging service and the answers, the app first; the test with the one that it tests, too.
    """

    items: Callable[..., Collection[Answer]]
    test: Callable[..., bool] | None = None

    def where(self, test: Callable[..., bool]) -> "Question":
        """The same question, about fewer."""
        return Question(self.items, test)


EACH, FIRST, LAST, OTHERS = slice(None), slice(1), slice(-1, None), slice(1, None)
"""Which apps a move is for."""


@frozen(eq=False)
class Move:
    """A kind of step or an operation, the questions that it asks, and the step that comes of the service and answers.

    Moves that follow each other and ask the same are enumerated together, answer by answer.
    """

    name: Kind | Operation
    questions: tuple[Question, ...]
    make: Callable[..., Step]
    apps: slice = FIRST

    def __call__(self, messaging: MessagingService, choose: Chooser) -> Step:
        """One such step, as the chooser wants it. Raises `ImpossibleError` if there is no answer to a question."""
        apps = messaging.apps[self.apps]
        if not apps:
            raise ImpossibleError
        answers: list[Answer] = [choose(apps) if len(apps) > 1 else apps[0]]
        for question in self.questions:
            items, test = question.items(messaging, *answers), question.test
            answers.append(
                choose(items if test is None else [each for each in items if test(messaging, *answers, each)])
            )
        return self.make(messaging, *answers)


def granted(messaging: MessagingService, app: str, person: str) -> bool:
    """Whether a grant will be in force when the next step is taken."""
    state = messaging.state
    return state.window(app, person, state.position, messaging.clock + 1.0) is not None


def _is_granted(messaging: MessagingService, app: str, owner: str) -> bool:
    return messaging.state.granted(app, owner) is not None


def reached(messaging: MessagingService, time: float) -> float:
    """A time, if it is not over; else a second later."""
    return time if time > messaging.clock else messaging.clock + 1.0


def granters(messaging: MessagingService, app: str) -> Collection[str]:
    """The people who ever granted the app something: the owners of the mailboxes that it knows of."""
    windows = messaging.state.windows
    return [person for person in messaging.people if (app, person) in windows]


def _members(messaging: MessagingService, thread: str) -> Collection[str]:
    return messaging.state.threads[thread].members


def others(messaging: MessagingService, person: str) -> tuple[str, ...]:
    """Everybody else."""
    return tuple([other for other in messaging.people if other != person])


def offered(messaging: MessagingService) -> Scope:
    """The scope that people are asked for."""
    return messaging.door.service.offers


def _remembered(make: Callable[Given, Made]) -> Callable[Given, Made]:
    """The same steps are made over and over; they are values, and to remember one costs less than to make it."""
    return cast("Callable[Given, Made]", cache(make))


call, compose, forward = _remembered(Call), _remembered(steps.Compose), _remembered(steps.Forward)
label, reply = _remembered(steps.Label), _remembered(steps.Reply)

ANYBODY = Question(lambda messaging, _app: messaging.people)
TO_GRANT = ANYBODY.where(lambda messaging, app, person: not granted(messaging, app, person))
# Not the same question as who: what apps do comes after all that people do, and is enumerated by itself.
OWNER = Question(lambda messaging, _app: messaging.people)
SERVED = OWNER.where(_is_granted)
UNSUBSCRIBED = OWNER.where(
    lambda messaging, app, owner: _is_granted(messaging, app, owner) and (app, owner) not in messaging.state.subscribed
)
UNRULED = OWNER.where(
    lambda messaging, app, owner: _is_granted(messaging, app, owner) and (app, owner) not in messaging.state.rules
)
NOT_SUBSCRIBED = OWNER.where(lambda messaging, app, owner: (app, owner) not in messaging.state.subscribed)
NOT_RULED = OWNER.where(lambda messaging, app, owner: (app, owner) not in messaging.state.rules)
HOLDER = OWNER.where(lambda messaging, app, owner: (app, owner) in messaging.state.stored)

OTHER = Question(lambda messaging, _app, person: [other for other in messaging.people if other != person])
THEIRS = Question(lambda messaging, _app, _person, other: messaging.state.mailbox(other))
HELD = Question(lambda messaging, _app, person, *_: messaging.state.mailbox(person))
ANSWERED = HELD.where(
    lambda messaging, _app, person, message: person in _members(messaging, messaging.state.messages[message].thread)
)
UNLABELLED = HELD.where(lambda messaging, app, _person, message: not messaging.state.labelled(message, app))
OWN = HELD.where(lambda messaging, _app, person, message: messaging.state.messages[message].author == person)
OWN_DRAFT = HELD.where(
    lambda messaging, _app, person, message: (
        messaging.state.messages[message].draft
        and messaging.state.messages[message].author == person
        and person in _members(messaging, messaging.state.messages[message].thread)
    )
)
USED = HELD.where(lambda messaging, app, person, message: messaging.state.interacting(app, person, message))
UNUSED = HELD.where(lambda messaging, app, person, message: not messaging.state.interacting(app, person, message))
TRASHED = Question(lambda messaging, _app, person: messaging.state.trashed.get(person, ()))
EXISTING = Question(lambda messaging, _app, _owner: messaging.state.messages)

THREAD = Question(lambda messaging, _app, _owner: messaging.state.threads)
JOINED = THREAD.where(lambda messaging, _app, person, thread: person in _members(messaging, thread))
WRITTEN_IN = Question(
    lambda messaging, _app, person: [name for name, each in messaging.state.threads.items() if person in each.members]
)
ANYBODY_ELSE = Question(lambda messaging, *_: messaging.people)
NEWCOMER = ANYBODY_ELSE.where(lambda messaging, _app, _person, thread, other: other not in _members(messaging, thread))
MEMBER = ANYBODY_ELSE.where(lambda messaging, _app, _person, thread, other: other in _members(messaging, thread))

ATTACHMENT = Question(lambda messaging, _app, _owner: messaging.state.attachments)
OTHER_APP = Question(lambda messaging, app, _owner: [other for other in messaging.apps if other != app])
IN_FLIGHT = Question(lambda messaging, _app: [number for number, _ in messaging.in_flight()])

TO = (ANYBODY, OTHER)
OF_THEIRS = (ANYBODY, OTHER, THEIRS)

MOVES: tuple[Move, ...] = (
    Move("grant", (TO_GRANT,), lambda messaging, app, person: steps.Consent(person, app, offered(messaging))),
    Move("grant-other", (TO_GRANT,), lambda _, app, person: steps.Consent(person, app), OTHERS),
    Move(
        "grant-briefly",
        (TO_GRANT,),
        lambda messaging, app, person: steps.Consent(person, app, offered(messaging), messaging.clock + 1.0 + BRIEFLY),
    ),
    Move("grant-narrowly", (TO_GRANT,), lambda _, app, person: steps.Consent(person, app, NARROW)),
    Move(
        "grant-backfill",
        (TO_GRANT,),
        lambda messaging, app, person: steps.Consent(person, app, offered(messaging), backfill=True),
    ),
    Move(
        "grant-purpose",
        (TO_GRANT,),
        lambda messaging, app, person: steps.Consent(person, app, offered(messaging), purposes=(PURPOSE,)),
    ),
    Move("revoke", (ANYBODY.where(granted),), lambda _, app, person: steps.Revoke(person, app), EACH),
    # Mail to a person before mail by them: of equally short stories, that is told in which others' words are shown.
    Move("compose", TO, lambda _, _app, person, other: compose(other, (person,), text=PRIVATE)),
    Move("link", TO, lambda _, app, person, other: compose(other, (person,), links=(app,), text=PRIVATE)),
    Move("mention", TO, lambda _, app, person, other: compose(other, (person,), mentions=(app,), text=PRIVATE)),
    Move("about", TO, lambda _, app, person, other: compose(other, (person,), about=(app,), text=PRIVATE)),
    Move(
        "attach",
        TO,
        lambda messaging, _app, person, other: compose(
            other, (person,), attachments=(f"a{len(messaging.state.messages) + 1}",), text=PRIVATE
        ),
    ),
    Move("draft", TO, lambda _, _app, person, other: compose(other, (person,), text=PRIVATE, draft=True)),
    Move("compose-via", TO, lambda _, app, person, other: compose(other, (person,), via=app, text=PUBLIC)),
    Move(
        "compose-other",
        TO,
        lambda _, app, person, other: compose(other, (person,), via=app, text=PUBLIC),
        OTHERS,
    ),
    Move("subject", TO, lambda _, _app, person, other: compose(other, (person,), subject=SUBJECT, text=PRIVATE)),
    Move("text", TO, lambda _, _app, person, other: compose(other, (person,), text=UNRELATED)),
    Move(
        "late",
        TO,
        lambda messaging, _app, person, other: compose(other, (person,), text=PRIVATE, at=messaging.clock + LATE),
    ),
    Move(
        "paste",
        OF_THEIRS,
        lambda _, app, person, other, message: compose(other, (person,), via=app, quote=message, text=PUBLIC),
    ),
    Move(
        "draft-quote",
        OF_THEIRS,
        lambda _, _app, person, other, message: compose(other, (person,), quote=message, text=PRIVATE, draft=True),
    ),
    Move("forward", OF_THEIRS, lambda _, _app, person, other, message: forward(other, message, (person,), text=PUBLIC)),
    Move(
        "forward-via",
        OF_THEIRS,
        lambda _, app, person, other, message: forward(other, message, (person,), app, text=PUBLIC),
    ),
    Move(
        "compose-via",
        (ANYBODY, WRITTEN_IN),
        lambda _, app, person, thread: compose(person, thread=thread, via=app, text=PUBLIC),
    ),
    Move(
        "compose-in",
        (ANYBODY, WRITTEN_IN),
        lambda _, _app, person, thread: compose(person, thread=thread, text=PRIVATE),
    ),
    Move(
        "compose-wide",
        (ANYBODY,),
        lambda messaging, _app, person: compose(person, others(messaging, person), text=PRIVATE),
    ),
    Move("reply", (ANYBODY, ANSWERED), lambda _, _app, person, message: reply(person, message, text=ANSWER)),
    Move(
        "quote",
        (ANYBODY, ANSWERED, HELD),
        lambda _, _app, person, message, quoted: reply(person, message, quote=quoted, text=ANSWER),
    ),
    Move("label", (ANYBODY, UNLABELLED), lambda _, app, person, message: label(person, message, app)),
    Move("trash", (ANYBODY, HELD), lambda _, _app, person, message: steps.Trash(person, message)),
    Move("edit", (ANYBODY, OWN), lambda _, _app, person, message: steps.Edit(person, message, SECOND)),
    Move("send-draft", (ANYBODY, OWN_DRAFT), lambda _, _app, person, message: steps.SendDraft(person, message)),
    Move("open", (ANYBODY, UNUSED), lambda _, app, person, message: steps.Open(person, app, message)),
    Move("close", (ANYBODY, USED), lambda _, app, person, message: steps.Close(person, app, message)),
    Move("restore", (ANYBODY, TRASHED), lambda _, _app, person, message: steps.Restore(person, message)),
    Move("add", (ANYBODY, JOINED, NEWCOMER), lambda _, _app, person, thread, other: steps.Add(person, thread, other)),
    Move(
        "remove", (ANYBODY, JOINED, MEMBER), lambda _, _app, person, thread, other: steps.Remove(person, thread, other)
    ),
    Move(
        "begin",
        (OWNER, EXISTING),
        lambda _, app, owner, message: steps.Begin(call(app, "get", owner, message=message)),
        EACH,
    ),
    Move("hand", (HOLDER, OTHER_APP), lambda _, app, owner, other: steps.Hand(app, other, owner), EACH),
    Move("forget", (HOLDER,), lambda _, app, owner: steps.Forget(app, owner), EACH),
    Move("app-get", (SERVED, HELD), lambda _, app, owner, message: call(app, "get", owner, message=message)),
    Move("app-label", (SERVED, UNLABELLED), lambda _, app, owner, message: call(app, "label", owner, message=message)),
    Move("app-trash", (SERVED, HELD), lambda _, app, owner, message: call(app, "trash", owner, message=message)),
    Move("app-delete", (SERVED, HELD), lambda _, app, owner, message: call(app, "delete", owner, message=message)),
    Move(
        "app-forward",
        (SERVED, HELD),
        lambda _, app, owner, message: call(app, "forward", owner, message=message, to=(app,)),
    ),
    Move("app-subscribe", (UNSUBSCRIBED,), lambda _, app, owner: call(app, "subscribe", owner)),
    Move("app-rule", (UNRULED,), lambda _, app, owner: call(app, "rule", owner)),
    # It is of no app: a delivery comes after what all of them can do.
    Move("deliver", (IN_FLIGHT,), lambda _, _app, number: steps.Deliver(number), LAST),
)
"""Every kind of step before the last one.

What people write and keep has to do with the first app alone: others are granted something, and what they are handed.
"""


def _about_message(operation: Operation) -> Move:
    return Move(
        operation,
        (OWNER, EXISTING),
        lambda _, app, owner, message: call(app, operation, owner, message=message),
        EACH,
    )


def _about_mailbox(operation: Operation) -> Move:
    return Move(operation, (OWNER,), lambda _, app, owner: call(app, operation, owner), EACH)


OF_A_MESSAGE: tuple[Operation, ...] = ("get", "label", "delete", "metadata", "trash", "undelete")
OF_A_MAILBOX: tuple[Operation, ...] = ("list", "count", "export", "subscribe", "rule")

CALLS: tuple[Move, ...] = (
    *map(_about_message, OF_A_MESSAGE),
    Move(
        "delete",
        (OWNER, EXISTING),
        lambda _, app, owner, message: call(app, "delete", owner, message=message, everyone=True),
        EACH,
    ),
    Move(
        "forward",
        (OWNER, EXISTING),
        lambda _, app, owner, message: call(app, "forward", owner, message=message, to=(app,)),
        EACH,
    ),
    Move("thread", (OWNER, THREAD), lambda _, app, owner, thread: call(app, "thread", owner, thread=thread), EACH),
    Move(
        "attachment",
        (OWNER, ATTACHMENT),
        lambda _, app, owner, name: call(app, "attachment", owner, attachment=name),
        EACH,
    ),
    *map(_about_mailbox, OF_A_MAILBOX),
    Move("search", (OWNER,), lambda _, app, owner: call(app, "search", owner, text=TERM), EACH),
    Move("send", (OWNER, OTHER), lambda _, app, owner, other: call(app, "send", owner, to=(other,), text=PUBLIC), EACH),
)
"""Every operation that an app can ask for, in anybody's mailbox. Nobody asks for a push."""
MORE_CALLS: tuple[Move, ...] = (
    Move(
        "send",
        (OWNER,),
        lambda messaging, app, owner: call(app, "send", owner, to=others(messaging, owner), text=PUBLIC),
        EACH,
    ),
    Move(
        "send",
        (OWNER, WRITTEN_IN),
        lambda _, app, owner, thread: call(app, "send", owner, thread=thread, text=PUBLIC),
        EACH,
    ),
)
"""Other ways to ask for them, of which a policy of somebody's own may think otherwise."""

Moves = tuple[Move, ...]
