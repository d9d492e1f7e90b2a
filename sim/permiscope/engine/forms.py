"""In which forms is a step taken, where the alphabet goes by what is looked at?

A policy may ask several things of one message or grant at once. Each of them may have been so, and never two together:
so what a step can have is tried in every combination, and where that would be too much, it is said (`untried`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, permutations, product
from math import prod
from typing import Any, cast

from attrs import evolve

from permiscope.engine.alphabet import ATTRIBUTES, OF_APPS, Kind
from permiscope.engine.moves import (
    ANSWER,
    ANSWERED,
    ANYBODY,
    ANYBODY_ELSE,
    AT_ONCE_WITH,
    BRIEFLY,
    CALLS,
    EACH,
    ENDING,
    EVERYWHERE,
    FIRST,
    HELD,
    NARROW,
    NOT_RULED,
    NOT_SUBSCRIBED,
    OF_THEIRS,
    ON_TIME,
    OWNER,
    PRIVATE,
    PUBLIC,
    PURPOSE,
    SENDING,
    SERVED,
    SOON_AFTER,
    THEIRS,
    TO,
    TO_GRANT,
    UNRULED,
    UNSUBSCRIBED,
    WRITTEN_IN,
    Move,
    call,
    compose,
    forward,
    label,
    offered,
    others,
    reached,
    reply,
)
from permiscope.engine.values import Values, other_than
from permiscope.judge.noninterference import LATER
from permiscope.model import steps
from permiscope.model.access import FULL
from permiscope.model.steps import Call, Step
from permiscope.service.door.messaging import MessagingService

MANY_MESSAGES, MANY_GRANTS = 100, 200
"""So many forms of a message and of a grant are tried at most. Messages make more states."""
NEW = "*"
"""Stands for an attachment with a name of its own."""
BACKWARDS = slice(None, None, -1)

OF_APP: tuple[Kind, ...] = ("link", "mention", "about")
TOGETHER: frozenset[Kind] = frozenset(
    {
        *("grant", "grant-other", "grant-narrowly", "grant-briefly", "grant-backfill", "grant-purpose"),
        *("compose", "compose-via", "compose-other", "compose-in", "compose-wide", "late", *ATTRIBUTES),
        *("forward", "forward-via", "reply"),
    }
)
"""The kinds of steps of which several together make one, and all of which are moves of `combined`."""

Ends = Mapping[Kind, Sequence[Any]]
"""By the kinds that say what a step can have: what that may be."""
Having = Mapping[Kind, Any]
"""By the same kinds: what a step has."""


def combined(alphabet: frozenset[Kind], values: Values) -> Iterator[Move]:
    """Yield the moves of the kinds of which several make one step."""
    yield from _granting(alphabet, values)
    yield from _composing(alphabet, values)
    yield from _forwarding(alphabet, values)
    yield from _answering(alphabet, values)


def single(move: Move, alphabet: frozenset[Kind], values: Values) -> Iterator[Move]:
    """Yield the forms of any other move.

    Calls are made to the mailboxes of those too who granted nothing: a policy may permit them. What apps label and
    forward, and what people label for an app, others do, too.
    """
    times = late_times(values) if "late" in alphabet else ()
    match move.name:
        case "app-get":
            apps = EACH if values.told_apart else FIRST
            yield from [Move("app-get", each.questions, each.make, apps) for each in _early(values)]
        case "begin":
            yield from [Move("begin", each.questions, _beginning(each), EACH) for each in _early(values)]
        case "edit":
            yield move
            yield from [Move("edit", move.questions, _edit(word)) for word in values.texts]
        case "send-draft":
            for time in (None, *times):
                yield Move("send-draft", move.questions, _send_draft(time))
        case "app-forward" if values.widely:
            for whom, time in product(_recipients(values), (None, *times)):
                yield Move("app-forward", (OWNER, HELD), _app_forward(whom, time), EACH)
        case "app-forward":
            yield move
            yield Move("app-forward", (SERVED, HELD, ANYBODY_ELSE), _app_forward_to_one)
        case "app-label" if values.widely:
            first, *more = move.questions
            yield Move("app-label", (OWNER, *more), move.make, EACH)
        case "label":
            yield evolve(move, apps=EACH if _varies_apps(values) else FIRST)
            yield from map(_labelling, values.labels)
        case _:
            instead = {SERVED: OWNER, UNSUBSCRIBED: NOT_SUBSCRIBED, UNRULED: NOT_RULED}
            first, *more = move.questions
            is_of_each = values.told_apart and move.name in OF_APPS
            is_used = (values.told_apart or _varies_apps(values)) and move.name in ("open", "close")
            apps = EACH if is_of_each or is_used else move.apps
            yield evolve(move, questions=(instead.get(first, first), *more), apps=apps)


def untried(alphabet: frozenset[Kind], values: Values) -> tuple[str, ...]:
    """Return what is to be said of each kind of step that has more forms than are tried."""
    parts = (
        ("a message", _of_message(alphabet, values), values.attachments, MANY_MESSAGES),
        ("a grant", _of_grant(alphabet, values), values.purposes, MANY_GRANTS),
    )
    return tuple(
        [
            f"all combinations of {', '.join(ends)} in {what}"
            for what, ends, words, many in parts
            if _count(ends, len(ends)) > many or _are_too_many(words, values)
        ]
    )


def _early(values: Values) -> Iterator[Move]:
    """Yield the reads before the last step, and a search for each word that matters."""
    for each in CALLS:
        if each.name in values.channels:
            yield each
            for word in (EVERYWHERE, *filter(None, values.texts)) if each.name == "search" else ():
                yield evolve(each, make=_searching(word))


def _searching(word: str) -> Callable[..., Step]:
    return lambda _, app, owner: call(app, "search", owner, text=word)


def _beginning(move: Move) -> Callable[..., Step]:
    return lambda *answers: steps.Begin(cast("Call", move.make(*answers)))


def _edit(word: str) -> Callable[..., Step]:
    return lambda _, _app, person, message: steps.Edit(person, message, word)


def _send_draft(time: float | None) -> Callable[..., Step]:
    return lambda messaging, _app, person, message: steps.SendDraft(person, message, time_of(messaging, time))


def _app_forward_to_one(_: MessagingService, app: str, owner: str, message: str, other: str) -> Step:
    return call(app, "forward", owner, message=message, to=(app, other))


def _recipients(values: Values) -> list[tuple[int, ...]]:
    """Whom an app forwards to: itself (-1), each of the three people by their place, and several of these."""
    whom = (-1, 0, 1, 2)
    several = [some for count in range(1, len(whom) + 1) for some in combinations(whom, count)]
    return [*several, *(some[::-1] for some in several if len(some) > 1 and values.ordered)]


def _app_forward(whom: tuple[int, ...], time: float | None) -> Callable[..., Step]:
    def make(messaging: MessagingService, app: str, owner: str, message: str) -> Step:
        to = tuple([app if place < 0 else messaging.people[place] for place in whom])
        return call(app, "forward", owner, message=message, to=to, at=time_of(messaging, time))

    return make


def _labelling(word: str) -> Move:
    """The move that sets a label of the policy's own."""
    held = HELD.where(lambda messaging, _app, _person, message: not messaging.state.labelled(message, word))
    return Move("label", (ANYBODY, held), lambda _, _app, person, message: label(person, message, word))


def _every_few(word: str, named: Sequence[str], values: Values) -> list[tuple[str, ...]]:
    """Every choice of some words that are named, beside some that are not, in every order if that matters.

    Of very many, each by itself, and all at once.
    """
    # If they are counted, what else is counted can be three: an app and two people.
    unnamed = values.unnamed if values.unnamed == 1 or values.ordered else max(values.unnamed, 4)
    others = [word, *(f"{word}{'0' * number}" for number in range(1, unnamed))]
    words = [*others, *named]
    if _are_too_many(named, values):
        return [*((each,) for each in words), tuple(words)]
    if values.ordered:
        return [some for count in range(1, len(words) + 1) for some in permutations(words, count)]
    # Those that nobody names are alike: of them only the number matters.
    chosen = [some for count in range(len(named) + 1) for some in combinations(named, count)]
    return [(*others[:count], *some) for count in range(unnamed + 1) for some in chosen if count or some]


def _are_too_many(named: Sequence[str], values: Values) -> bool:
    """Whether not every choice of words is tried."""
    return len(named) + values.unnamed > (4 if values.ordered else 6)


def _granting(alphabet: frozenset[Kind], values: Values) -> Iterator[Move]:
    """Yield consents with every scope, end, backfill and purpose, to the second app as to the first one."""
    apps = EACH if "grant-other" in alphabet else FIRST
    for having in _together(_of_grant(alphabet, values), MANY_GRANTS):
        yield Move("grant", (TO_GRANT,), _consent(having), apps)


def _of_grant(alphabet: frozenset[Kind], values: Values) -> Ends:
    ends: Ends = {
        "grant-narrowly": [NARROW, SENDING, *values.scopes],
        "grant-briefly": [
            *((end, False) for end in (*ENDING, *(ON_TIME if values.on_time else ()))),
            *((end, True) for end in values.times),
        ],
        "grant-backfill": [True],
        "grant-purpose": _every_few(other_than(PURPOSE, values.purposes), values.purposes, values),
    }
    return {kind: each for kind, each in ends.items() if kind in alphabet and each}


def _together(ends: Ends, many: int = MANY_MESSAGES) -> list[dict[Kind, Any]]:
    """All that a step can have; if that is too much, a few things at a time, and the most of all or of all but one."""
    count = max(count for count in range(len(ends) + 1) if not count or _count(ends, count) <= many)
    forms = [
        dict(zip(some, chosen, strict=True))
        for several in range(count + 1)
        for some in combinations(ends, several)
        for chosen in product(*[ends[kind] for kind in some])
    ]
    if count == len(ends):
        return forms
    most: dict[Kind, Any] = {kind: each[-1] for kind, each in ends.items()}
    return [*forms, *({kind: each for kind, each in most.items() if kind != left_out} for left_out in (None, *ends))]


def _count(ends: Ends, most: int) -> int:
    """In how many forms there are at most so many things at a time."""
    counts = [len(each) for each in ends.values()]
    return sum(prod(some) for several in range(most + 1) for some in combinations(counts, several))


def _consent(having: Having) -> Callable[..., Step]:
    def make(messaging: MessagingService, app: str, person: str) -> Step:
        scope = having.get("grant-narrowly") or (offered(messaging) if app == messaging.apps[0] else FULL)
        until: float | None = None
        if "grant-briefly" in having:
            until, is_absolute = having["grant-briefly"]
            begin = messaging.clock + 1.0
            if not is_absolute or until <= begin:
                until = begin + (BRIEFLY if is_absolute else until)
        backfill, purposes = "grant-backfill" in having, having.get("grant-purpose", ())
        return steps.Consent(person, app, scope, until, backfill, purposes=purposes)

    return make


def _composing(alphabet: frozenset[Kind], values: Values) -> Iterator[Move]:
    """Yield messages to one other person, to both, or into a thread."""
    vias: list[int | None] = [None]
    vias += [0] if "compose-via" in alphabet else []
    vias += [-1] if "compose-other" in alphabet else []
    for via, having in product(vias, _together(_of_message(alphabet, values))):
        name: Kind = next(iter(having), "compose" if via is None else "compose-via")
        theirs, quoted = ((THEIRS,), (HELD,)) if "quote" in having else ((), ())
        yield Move(name, (*TO, *theirs), _to_one(via, having))
        if "compose-wide" in alphabet:
            for order in _orders(values):
                yield Move(name, (ANYBODY, *quoted), _to_both(via, having, order))
        if via is not None or "compose-in" in alphabet:
            yield Move(name, (ANYBODY, WRITTEN_IN, *quoted), _into_thread(via, having))


def _of_message(alphabet: frozenset[Kind], values: Values) -> Ends:
    # Sets, which have no order.
    apps = [(0,), (-1,), (0, -1)] if _varies_apps(values) else [(0,)]
    ends: Ends = {
        **dict.fromkeys(OF_APP, apps),
        "attach": _every_few(NEW, values.attachments, values),
        "subject": values.subjects,
        "text": values.texts,
        "draft": [True],
        "quote": [True],
        "late": late_times(values),
    }
    return {kind: each for kind, each in ends.items() if kind in alphabet and each}


def _to_one(via: int | None, having: Having) -> Callable[..., Step]:
    # Mail to a person before mail by them, as in the moves of one form.
    return lambda messaging, _app, person, author, quote=None: _message(
        messaging, via, having, author, (person,), quote
    )


def _to_both(via: int | None, having: Having, order: slice) -> Callable[..., Step]:
    return lambda messaging, _app, person, quote=None: _message(
        messaging, via, having, person, others(messaging, person)[order], quote
    )


def _into_thread(via: int | None, having: Having) -> Callable[..., Step]:
    return lambda messaging, _app, person, thread, quote=None: _message(
        messaging, via, having, person, (), quote, thread
    )


def _message(
    messaging: MessagingService,
    via: int | None,
    having: Having,
    author: str,
    to: tuple[str, ...],
    quote: str | None,
    thread: str | None = None,
) -> Step:
    links, mentions, about = [tuple([messaging.apps[place] for place in having.get(kind, ())]) for kind in OF_APP]
    count = len(messaging.state.messages) + 1
    return compose(
        author,
        to,
        thread,
        None if via is None else messaging.apps[via],
        links,
        mentions,
        having.get("text", PRIVATE if via is None else PUBLIC),
        time_of(messaging, having.get("late")),
        about,
        having.get("subject", ""),
        quote,
        tuple([f"a{count}{name[1:]}" if name.startswith(NEW) else name for name in having.get("attach", ())]),
        "draft" in having,
    )


def _forwarding(alphabet: frozenset[Kind], values: Values) -> Iterator[Move]:
    """Yield forwards via nothing and via each app, to one person and to both others."""
    vias: list[int | None] = [None] if "forward" in alphabet else []
    vias += [0] if "forward-via" in alphabet else []
    vias += [-1] if "forward-via" in alphabet and _varies_apps(values) else []
    for via, having in product(vias, _together(_of_answer(alphabet, values))):
        name: Kind = "forward" if via is None else "forward-via"
        yield Move(name, OF_THEIRS, _forward_to_one(via, having))
        for order in _orders(values) if values.widely else ():
            yield Move(name, (ANYBODY, HELD), _forward_to_both(via, having, order))


def _forward_to_one(via: int | None, having: Having) -> Callable[..., Step]:
    return lambda messaging, _app, person, author, message: _forward(messaging, via, having, author, message, (person,))


def _forward_to_both(via: int | None, having: Having, order: slice) -> Callable[..., Step]:
    return lambda messaging, _app, person, message: _forward(
        messaging, via, having, person, message, others(messaging, person)[order]
    )


def _forward(
    messaging: MessagingService, via: int | None, having: Having, author: str, message: str, to: tuple[str, ...]
) -> Step:
    app = None if via is None else messaging.apps[via]
    return forward(author, message, to, app, having.get("text", PUBLIC), time_of(messaging, having.get("late")))


def _answering(alphabet: frozenset[Kind], values: Values) -> Iterator[Move]:
    """Yield replies, with and without a quote."""
    forms = _together(_of_answer(alphabet, values))
    if "reply" in alphabet:
        yield from [Move("reply", (ANYBODY, ANSWERED), _reply(having)) for having in forms]
    if "quote" in alphabet:
        yield from [Move("quote", (ANYBODY, ANSWERED, HELD), _reply(having)) for having in forms]


def _of_answer(alphabet: frozenset[Kind], values: Values) -> Ends:
    return {kind: each for kind, each in _of_message(alphabet, values).items() if kind in ("text", "late")}


def _reply(having: Having) -> Callable[..., Step]:
    return lambda messaging, _app, person, message, quote=None: reply(
        person, message, quote, having.get("text", ANSWER), time_of(messaging, having.get("late"))
    )


def _varies_apps(values: Values) -> bool:
    """Whether a second app may be spoken of where the first one is."""
    return values.widely and values.two_apps


def _orders(values: Values) -> tuple[slice, ...]:
    """In which orders two people are written to."""
    return (EACH, BACKWARDS) if values.ordered else (EACH,)


def late_times(values: Values) -> list[float]:
    """The times at which something is written that a policy or a claim may tell from a second after what was before."""
    return [AT_ONCE_WITH, *((SOON_AFTER,) if values.soon else ()), *values.times]


def time_of(messaging: MessagingService, time: float | None) -> float | None:
    """When a step is taken that is to be after a time, or at once with what came before; None a second after that."""
    if time is None:
        return None
    if time == SOON_AFTER:
        return messaging.clock + LATER / 2
    return messaging.clock if time == AT_ONCE_WITH else reached(messaging, time)
