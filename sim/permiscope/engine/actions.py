"""Which steps can be taken from here, and how is one made? Each kind of step is written once, in this table.

A move asks some questions, one after the other (which person, which message?), and makes a step of the answers. All
answers, one after the other, make every step (`enabled`, `calls`); random ones make a random step (`guided`), and
bytes the step that they spell (`byte_codec`). So a new kind of step is one row here: from then on it is enumerated,
drawn and shrunk.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import combinations, groupby, product
from typing import ParamSpec, Protocol, TypeVar, cast

from attrs import evolve, frozen

from permiscope.engine.alphabet import AT_ONCE, ATTRIBUTES, READ, Kind
from permiscope.engine.values import Values
from permiscope.model import steps
from permiscope.model.access import Operation, Scope
from permiscope.model.extents import READINGS
from permiscope.model.steps import Call, Step
from permiscope.service.door.messaging import Platform

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
AT_ONCE_WITH = -1.0
"""The time of a message that is written at the same time as what came before."""

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

    Both are called with the platform and the answers, the app first; the test with the one that it tests, too.
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
    """A kind of step or an operation, the questions that it asks, and the step that comes of the platform and answers.

    Moves that follow each other and ask the same are enumerated together, answer by answer.
    """

    name: Kind | Operation
    questions: tuple[Question, ...]
    make: Callable[..., Step]
    apps: slice = FIRST

    def __call__(self, platform: Platform, choose: Chooser) -> Step:
        """One such step, as the chooser wants it. Raises `ImpossibleError` if there is no answer to a question."""
        apps = platform.apps[self.apps]
        if not apps:
            raise ImpossibleError
        answers: list[Answer] = [choose(apps) if len(apps) > 1 else apps[0]]
        for question in self.questions:
            items, test = question.items(platform, *answers), question.test
            answers.append(
                choose(items if test is None else [each for each in items if test(platform, *answers, each)])
            )
        return self.make(platform, *answers)


def granted(platform: Platform, app: str, person: str) -> bool:
    """Whether a grant will be in force when the next step is taken."""
    state = platform.state
    return state.window(app, person, state.position, platform.clock + 1.0) is not None


def _is_granted(platform: Platform, app: str, owner: str) -> bool:
    return platform.state.granted(app, owner) is not None


def _granters(platform: Platform, app: str) -> Collection[str]:
    """The people who ever granted the app something: the owners of the mailboxes that it knows of."""
    windows = platform.state.windows
    return [person for person in platform.people if (app, person) in windows]


def _members(platform: Platform, thread: str) -> Collection[str]:
    return platform.state.threads[thread].members


def _others(platform: Platform, person: str) -> tuple[str, ...]:
    return tuple([other for other in platform.people if other != person])


def _offered(platform: Platform) -> Scope:
    return platform.door.service.offers


def _remembered(make: Callable[Given, Made]) -> Callable[Given, Made]:
    """The same steps are made over and over; they are values, and to remember one costs less than to make it."""
    return cast("Callable[Given, Made]", cache(make))


call, compose, forward = _remembered(Call), _remembered(steps.Compose), _remembered(steps.Forward)
label, reply = _remembered(steps.Label), _remembered(steps.Reply)

ANYBODY = Question(lambda platform, _app: platform.people)
TO_GRANT = ANYBODY.where(lambda platform, app, person: not granted(platform, app, person))
GRANTER = Question(_granters)
# Not the same question as who: what apps do comes after all that people do, and is enumerated by itself.
OWNER = Question(lambda platform, _app: platform.people)
SERVED = OWNER.where(_is_granted)
UNSUBSCRIBED = OWNER.where(
    lambda platform, app, owner: _is_granted(platform, app, owner) and (app, owner) not in platform.state.subscribed
)
UNRULED = OWNER.where(
    lambda platform, app, owner: _is_granted(platform, app, owner) and (app, owner) not in platform.state.rules
)
NOT_SUBSCRIBED = OWNER.where(lambda platform, app, owner: (app, owner) not in platform.state.subscribed)
NOT_RULED = OWNER.where(lambda platform, app, owner: (app, owner) not in platform.state.rules)
HOLDER = OWNER.where(lambda platform, app, owner: (app, owner) in platform.state.stored)

OTHER = Question(lambda platform, _app, person: [other for other in platform.people if other != person])
THEIRS = Question(lambda platform, _app, _person, other: platform.state.mailbox(other))
HELD = Question(lambda platform, _app, person, *_: platform.state.mailbox(person))
ANSWERED = HELD.where(
    lambda platform, _app, person, message: person in _members(platform, platform.state.messages[message].thread)
)
UNLABELLED = HELD.where(lambda platform, app, _person, message: not platform.state.labelled(message, app))
OWN = HELD.where(lambda platform, _app, person, message: platform.state.messages[message].author == person)
OWN_DRAFT = HELD.where(
    lambda platform, _app, person, message: (
        platform.state.messages[message].draft and platform.state.messages[message].author == person
    )
)
USED = HELD.where(lambda platform, app, person, message: platform.state.interacting(app, person, message))
UNUSED = HELD.where(lambda platform, app, person, message: not platform.state.interacting(app, person, message))
TRASHED = Question(lambda platform, _app, person: platform.state.trashed.get(person, ()))
EXISTING = Question(lambda platform, _app, _owner: platform.state.messages)

THREAD = Question(lambda platform, _app, _owner: platform.state.threads)
JOINED = THREAD.where(lambda platform, _app, person, thread: person in _members(platform, thread))
WRITTEN_IN = Question(
    lambda platform, _app, person: [name for name, each in platform.state.threads.items() if person in each.members]
)
ANYBODY_ELSE = Question(lambda platform, *_: platform.people)
NEWCOMER = ANYBODY_ELSE.where(lambda platform, _app, _person, thread, other: other not in _members(platform, thread))
MEMBER = ANYBODY_ELSE.where(lambda platform, _app, _person, thread, other: other in _members(platform, thread))

ATTACHMENT = Question(lambda platform, _app, _owner: platform.state.attachments)
OTHER_APP = Question(lambda platform, app, _owner: [other for other in platform.apps if other != app])
IN_FLIGHT = Question(lambda platform, _app: [number for number, _ in platform.in_flight()])

TO = (ANYBODY, OTHER)
OF_THEIRS = (ANYBODY, OTHER, THEIRS)

MOVES: tuple[Move, ...] = (
    Move("grant", (TO_GRANT,), lambda platform, app, person: steps.Consent(person, app, _offered(platform))),
    Move("grant-other", (TO_GRANT,), lambda _, app, person: steps.Consent(person, app), OTHERS),
    Move(
        "grant-briefly",
        (TO_GRANT,),
        lambda platform, app, person: steps.Consent(person, app, _offered(platform), platform.clock + 1.0 + BRIEFLY),
    ),
    Move("grant-narrowly", (TO_GRANT,), lambda _, app, person: steps.Consent(person, app, NARROW)),
    Move(
        "grant-backfill",
        (TO_GRANT,),
        lambda platform, app, person: steps.Consent(person, app, _offered(platform), backfill=True),
    ),
    Move(
        "grant-purpose",
        (TO_GRANT,),
        lambda platform, app, person: steps.Consent(person, app, _offered(platform), purposes=(PURPOSE,)),
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
        lambda platform, _app, person, other: compose(
            other, (person,), attachments=(f"a{len(platform.state.messages) + 1}",), text=PRIVATE
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
        lambda platform, _app, person, other: compose(other, (person,), text=PRIVATE, at=platform.clock + LATE),
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
        lambda platform, _app, person: compose(person, _others(platform, person), text=PRIVATE),
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
        lambda platform, app, owner: call(app, "send", owner, to=_others(platform, owner), text=PUBLIC),
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


@cache
def moves_of(
    alphabet: frozenset[Kind], operations: frozenset[Operation] = frozenset(), values: Values | None = None
) -> Moves:
    """Return the moves of these kinds and operations, always in the same order.

    With values that were chosen by what is looked at, messages are composed and grants are given in all combinations of
    what the alphabet has.
    """
    asked = [move for move in CALLS if move.name in operations]
    if values is None:
        return (*(move for move in MOVES if move.name in alphabet), *asked)
    single = [
        each
        for move in MOVES
        if move.name in alphabet and move.name not in TOGETHER
        for each in (_reading(move.name, values) if move.name in ("begin", "app-get") else [_to_anybody(move, values)])
    ]
    composed = (*_composing(alphabet, values), *_answering(alphabet, values))
    return (*_granting(alphabet, values), *composed, *_forwards(alphabet, values), *single, *_labelling(values), *asked)


def _to_anybody(move: Move, values: Values) -> Move:
    """The move, with an app's call to the mailboxes of those too who granted nothing: a policy may permit it.

    What apps label and forward, others do, too.
    """
    if values.widely and move.name in ("app-label", "app-forward"):
        move = evolve(move, apps=EACH)
    instead = {SERVED: OWNER, UNSUBSCRIBED: NOT_SUBSCRIBED, UNRULED: NOT_RULED}
    first, *others = move.questions
    return evolve(move, questions=(instead.get(first, first), *others))


def _reading(name: Kind | Operation, values: Values) -> Iterator[Move]:
    """Reads that come before the last step, by each channel: made at once, or begun."""
    for move in CALLS:
        if move.name in values.channels:
            make, apps = (_beginning(move), EACH) if name == "begin" else (move.make, FIRST)
            yield Move(name, move.questions, make, apps)


def _beginning(move: Move) -> Callable[..., Step]:
    return lambda *answers: steps.Begin(cast("Call", move.make(*answers)))


OF_APP: tuple[Kind, ...] = ("link", "mention", "about")
TOGETHER: frozenset[Kind] = frozenset(
    {
        *("grant", "grant-briefly", "grant-narrowly", "grant-backfill", "grant-purpose"),
        *("compose", "compose-via", "compose-other", "compose-in", "compose-wide", "late"),
        *("forward", "forward-via", *(set(ATTRIBUTES) - {"quote"})),
    }
)
"""The kinds of which several together make one step."""


def _granting(alphabet: frozenset[Kind], values: Values) -> Iterator[Move]:
    """Consents of each scope, with and without an end, backfill and purposes."""
    scopes = [None, NARROW, SENDING, *values.scopes] if "grant-narrowly" in alphabet else [None]
    ends = (None, *ENDING) if "grant-briefly" in alphabet else (None,)
    backfills = (False, True) if "grant-backfill" in alphabet else (False,)
    purposes = [(), *((word,) for word in (PURPOSE, *values.purposes))] if "grant-purpose" in alphabet else [()]
    for scope, end, backfill, purpose in product(scopes, ends, backfills, purposes):
        yield Move("grant", (TO_GRANT,), _consent(scope, end, purpose, backfill=backfill))


def _consent(
    scope: Scope | None, end: float | None, purposes: tuple[str, ...], *, backfill: bool
) -> Callable[..., Step]:
    def make(platform: Platform, app: str, person: str) -> Step:
        until = None if end is None else platform.clock + 1.0 + end
        return steps.Consent(person, app, scope or _offered(platform), until, backfill, purposes=purposes)

    return make


def _composing(alphabet: frozenset[Kind], values: Values) -> Iterator[Move]:
    """Messages to one other person, to both, or into a thread, with every few of the attributes at once."""
    vias: list[int | None] = [None]
    vias += [0] if "compose-via" in alphabet else []
    vias += [-1] if "compose-other" in alphabet else []
    ends: dict[str, list[object]] = {
        "attach": [True, *values.attachments],
        "subject": [*values.subjects],
        "text": [*values.texts],
        "draft": [True],
        "quote": [True],
        "late": [AT_ONCE_WITH, *values.times],
    }
    kinds = [kind for kind in (*ATTRIBUTES, "late") if kind in alphabet]
    counts = [count for count in range(len(kinds) + 1) if count <= AT_ONCE or count >= len(kinds) - 1]
    several = [some for count in counts for some in combinations(kinds, count)]
    for via, some in product(vias, several):
        # A message speaks of either app; alone, of both.
        apps: tuple[tuple[int, ...], ...] = ((0,), (-1,)) if _varies_apps(values) else ((0,),)
        apps += ((0, -1),) if len(some) == 1 and len(apps) > 1 else ()
        for chosen in product(*(apps if kind in OF_APP else ends[kind] for kind in some)):
            having: dict[str, object] = dict(zip(some, chosen, strict=True))
            name: Kind = some[0] if some else "compose" if via is None else "compose-via"
            theirs, quoted = ((THEIRS,), (HELD,)) if "quote" in having else ((), ())
            yield Move(name, (*TO, *theirs), _message(via, having, "one"))
            if "compose-wide" in alphabet:
                yield Move(name, (ANYBODY, *quoted), _message(via, having, "both"))
            if via is not None or "compose-in" in alphabet:
                yield Move(name, (ANYBODY, WRITTEN_IN, *quoted), _message(via, having, "thread"))


def _message(via: int | None, having: Mapping[str, object], target: str) -> Callable[..., Step]:
    """How a message with these attributes is made, for what is asked about its target."""

    def make(platform: Platform, app: str, person: str, *chosen: str) -> Step:
        answers = list(chosen)
        quote = None
        if "quote" in having:
            *answers, quote = answers
        to: tuple[str, ...] = ()
        thread: str | None = None
        if target == "one":
            # Mail to a person before mail by them, as in the moves above.
            (author,), to = answers, (person,)
        elif target == "both":
            author, to = person, _others(platform, person)
        else:
            author, (thread,) = person, answers
        attached = having.get("attach")
        name = f"a{len(platform.state.messages) + 1}" if attached is True else attached
        places = {kind: cast("tuple[int, ...]", having.get(kind, ())) for kind in OF_APP}
        about = {kind: tuple([platform.apps[place] for place in of]) for kind, of in places.items()}
        late = cast("float | None", having.get("late"))
        return compose(
            author,
            to,
            thread,
            None if via is None else platform.apps[via],
            about["link"],
            about["mention"],
            str(having.get("text", PRIVATE if via is None else PUBLIC)),
            late if late is None else platform.clock if late < 0.0 else max(platform.clock, late) + 1.0,
            about["about"],
            str(having.get("subject", "")),
            quote,
            (str(name),) if name else (),
            "draft" in having,
        )

    return make


def _answering(alphabet: frozenset[Kind], values: Values) -> Iterator[Move]:
    """Replies, forwards and edits with the policy's own words."""
    for word in values.texts if "text" in alphabet else ():
        if "reply" in alphabet:
            yield Move("reply", (ANYBODY, ANSWERED), _answers_with(word))
        if "forward" in alphabet:
            yield Move("forward", OF_THEIRS, _forwarding(None, word))
        if "edit" in alphabet:
            yield Move("edit", (ANYBODY, OWN), _edits_with(word))


def _answers_with(word: str) -> Callable[..., Step]:
    return lambda _, _app, person, message: reply(person, message, text=word)


def _forwarding(via: int | None, word: str) -> Callable[..., Step]:
    """How a message is forwarded to one person, or by a person to both others."""

    def make(platform: Platform, _app: str, person: str, *chosen: str) -> Step:
        app = None if via is None else platform.apps[via]
        if len(chosen) == 1:
            return forward(person, *chosen, _others(platform, person), app, text=word)
        other, message = chosen
        return forward(other, message, (person,), app, text=word)

    return make


def _varies_apps(values: Values) -> bool:
    """Whether a second app may be spoken of where the first one is."""
    return values.widely and values.two_apps


def _forwards(alphabet: frozenset[Kind], values: Values) -> Iterator[Move]:
    """Forwards via nothing and via each app, to one person and to both others."""
    vias: list[int | None] = [None] if "forward" in alphabet else []
    vias += [0] if "forward-via" in alphabet else []
    vias += [-1] if "forward-via" in alphabet and _varies_apps(values) else []
    for via in vias:
        name: Kind = "forward" if via is None else "forward-via"
        for questions in (OF_THEIRS, (ANYBODY, HELD))[: 2 if values.widely else 1]:
            yield Move(name, questions, _forwarding(via, PUBLIC))


def _edits_with(word: str) -> Callable[..., Step]:
    return lambda _, _app, person, message: steps.Edit(person, message, word)


def _labelling(values: Values) -> Iterator[Move]:
    """Labels of the policy's own, set by people."""
    for word in values.labels:
        yield _labels_with(word)


def _labels_with(word: str) -> Move:
    held = HELD.where(lambda platform, _app, _person, message: not platform.state.labelled(message, word))
    return Move("label", (ANYBODY, held), lambda _, _app, person, message: label(person, message, word))


def enabled(platform: Platform, alphabet: frozenset[Kind], values: Values | None = None) -> Iterator[Step]:
    """Every step of the alphabet that is possible now."""
    return enumerate_moves(platform, moves_of(alphabet, values=values))


def enumerate_moves(platform: Platform, moves: Moves) -> Iterator[Step]:
    """Every step of these moves that is possible now: by app, by person, by what it is about."""
    for place, app in enumerate(platform.apps):
        yield from _steps(platform, _of_app(moves, place, len(platform.apps)), (app,))


def reads(platform: Platform, app: str) -> Iterator[Call]:
    """Getting the body of any existing message in the mailbox of any person who ever granted: the published matrix."""
    for owner in _granters(platform, app):
        yield from calls_on(platform, app, owner, READ)


def calls(
    platform: Platform, app: str, operations: frozenset[Operation], values: Values | None = None
) -> Iterator[Call]:
    """Every call of these operations in anybody's mailbox; a delete in both its forms."""
    for owner in platform.people:
        yield from calls_on(platform, app, owner, operations, values)


def calls_on(
    platform: Platform, app: str, owner: str, operations: frozenset[Operation], values: Values | None = None
) -> Iterator[Call]:
    """Every call of these operations in one mailbox; with values, in the forms and after the waits that they want."""
    moves = _calls_of(operations, widely=values is not None and values.widely)
    steps = [cast("Call", step) for step in _steps(platform, _branches(moves, 1), (app, owner))]
    yield from cast("Iterator[Call]", waited(platform, steps, values))
    if values is None:
        return
    for word in (EVERYWHERE, *values.texts):
        yield from [evolve(step, text=word) for step in steps if step.operation == "search"]
    # Of what is sent, and of nothing else, a policy sees the text and the time of the call itself.
    sends = [step for step in steps if step.operation == "send"]
    for word in values.texts:
        yield from [evolve(step, text=word) for step in sends]
    for time in values.times:
        yield from [evolve(step, at=max(platform.clock, time) + 1.0) for step in sends]


def waited(platform: Platform, steps: Iterable[Step], values: Values | None) -> Iterator[Step]:
    """The steps, and each of them once more after every wait that the values want."""
    steps = list(steps)
    yield from steps
    for wait in values.waits if values is not None else ():
        time = platform.clock + 1.0 + wait
        # A grant may have ended by itself until then.
        yield from [evolve(step, at=time) for step in steps if not _is_late(platform, step, time)]


def _is_late(platform: Platform, step: Step, time: float) -> bool:
    state = platform.state
    return isinstance(step, steps.Revoke) and state.window(step.app, step.person, state.position, time) is None


@cache
def _calls_of(operations: frozenset[Operation], *, widely: bool) -> Moves:
    return tuple([move for move in (*CALLS, *(MORE_CALLS if widely else ())) if move.name in operations])


@frozen(eq=False)
class _Loop:
    """A question that moves ask next, and for each test of what is chosen what follows where it passes."""

    items: Callable[..., Collection[Answer]]
    cases: "tuple[tuple[Callable[..., bool] | None, tuple[Move | _Loop, ...]], ...]"


@cache
def _of_app(moves: Moves, place: int, count: int) -> tuple[Move | _Loop, ...]:
    """What is asked by the moves that are for the app in this place of so many."""
    return _branches(tuple([move for move in moves if place in range(count)[move.apps]]), 0)


@cache
def _branches(moves: Moves, asked: int) -> tuple[Move | _Loop, ...]:
    """What is asked by moves that agree on so many questions; of neighbours that ask the same, only once."""

    def following(move: Move) -> Question | None:
        return move.questions[asked] if asked < len(move.questions) else None

    branches: list[Move | _Loop] = []
    for items, group in groupby(moves, lambda move: question.items if (question := following(move)) else None):
        if items is None:
            branches += group
        else:
            tests = groupby(group, lambda move: move.questions[asked].test)
            branches.append(_Loop(items, tuple([(test, _branches(tuple(same), asked + 1)) for test, same in tests])))
    return tuple(branches)


def _steps(platform: Platform, branches: tuple[Move | _Loop, ...], answers: tuple[Answer, ...]) -> Iterator[Step]:
    """Every step that comes of further answers, the first answers first, the last question fastest."""
    for branch in branches:
        if isinstance(branch, Move):
            yield branch.make(platform, *answers)
            continue
        for item in branch.items(platform, *answers):
            for test, below in branch.cases:
                if test is None or test(platform, *answers, item):
                    yield from _steps(platform, below, (*answers, item))
