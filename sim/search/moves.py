"""How is a step made? Each kind is written once, and asks back: which person, which message?

A move makes one step and leaves the choices in it to whoever asks for it. Random answers make a random step
(`guided`), bytes make the step that they spell (`tape`), and all answers, one after the other, make every step
(`every`). So a new kind of step is one function here: from then on it is enumerated, drawn and shrunk.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache, partial
from itertools import groupby
from operator import attrgetter
from typing import ParamSpec, Protocol, TypeVar, cast

from attrs import frozen

from sim.model.access import OPERATIONS, Operation
from sim.model.steps import Begin, Call, Compose, Consent, Deliver, Label, Reply, Revoke, Step
from sim.search.alphabet import ANSWER, KINDS, PRIVATE, PUBLIC, TERM, Kind, calls, enabled, granted, is_member
from sim.service.platform import Platform

Item = TypeVar("Item")
Made = TypeVar("Made")
Given = ParamSpec("Given")


class ImpossibleError(Exception):
    """There is nothing to choose from: no such step can be taken now."""


class Chooser(Protocol):
    """Whoever answers the questions that are open in a move."""

    def __call__(self, items: Collection[Item]) -> Item:
        """One of the items. Raises `ImpossibleError` if there is none."""


Who = Callable[[Platform, str], Collection[str]]
"""Who may take a step that has to do with this app."""

About = Callable[[Platform, str], Collection[str]]
"""What there is that such a person's step can be about."""

Make = Callable[[Platform, str, str, str, Chooser], Step | None]
"""The step of (app, person, what it is about) and further choices; None if it is not enabled."""


@frozen
class Move:
    """A kind of step or an operation: who can take it, what it is about, and the step itself.

    Moves that follow each other with the same `who` and `about` are enumerated together, subject by subject.
    """

    name: Kind | Operation
    who: Who
    about: About
    make: Make

    def __call__(self, platform: Platform, choose: Chooser) -> Step | None:
        """One such step, as the chooser wants it; None if that one is not enabled.

        Raises `ImpossibleError` if there is nobody to take it, or nothing for it to be about.
        """
        apps = platform.apps
        app = choose(apps) if len(apps) > 1 else apps[0]
        person = choose(self.who(platform, app))
        return self.make(platform, app, person, choose(self.about(platform, person)), choose)


def _anybody(platform: Platform, app: str) -> Collection[str]:
    return platform.people


def _granters(platform: Platform, app: str) -> Collection[str]:
    """The people who ever granted the app something: the owners of the mailboxes that it knows of."""
    windows = platform.state.windows
    return [person for person in platform.people if (app, person) in windows]


def _app_itself(platform: Platform, app: str) -> Collection[str]:
    return (app,)


def _nothing(platform: Platform, person: str) -> Collection[str]:
    return ("",)


def _others(platform: Platform, person: str) -> Collection[str]:
    return [other for other in platform.people if other != person]


def _own_threads(platform: Platform, person: str) -> Collection[str]:
    return [name for name, thread in platform.state.threads.items() if person in thread.members]


def _mailbox(platform: Platform, person: str) -> Collection[str]:
    return platform.state.mailbox(person)


def _messages(platform: Platform, person: str) -> Collection[str]:
    return platform.state.messages


def _threads(platform: Platform, person: str) -> Collection[str]:
    return platform.state.threads


def _remembered(make: Callable[Given, Made]) -> Callable[Given, Made]:
    """The same steps are made over and over; they are values, and to remember one costs less than to make it."""
    return cast("Callable[Given, Made]", cache(make))


call, compose, label, reply = _remembered(Call), _remembered(Compose), _remembered(Label), _remembered(Reply)


def _grant(platform: Platform, app: str, person: str, about: str, choose: Chooser) -> Step | None:
    return None if granted(platform, app, person) else Consent(person, app)


def _revoke(platform: Platform, app: str, person: str, about: str, choose: Chooser) -> Step | None:
    return Revoke(person, app) if granted(platform, app, person) else None


# Mail to a person before mail by them: of equally short stories, that is told in which others' words are shown.
def _compose(platform: Platform, app: str, person: str, other: str, choose: Chooser) -> Step:
    return compose(other, (person,), text=PRIVATE)


def _link(platform: Platform, app: str, person: str, other: str, choose: Chooser) -> Step:
    return compose(other, (person,), links=(app,), text=PRIVATE)


def _mention(platform: Platform, app: str, person: str, other: str, choose: Chooser) -> Step:
    return compose(other, (person,), mentions=(app,), text=PRIVATE)


def _compose_via(platform: Platform, app: str, person: str, other: str, choose: Chooser) -> Step:
    return compose(other, (person,), via=app, text=PUBLIC)


def _join_via(platform: Platform, app: str, person: str, thread: str, choose: Chooser) -> Step:
    return compose(person, thread=thread, via=app, text=PUBLIC)


def _reply(platform: Platform, app: str, person: str, message: str, choose: Chooser) -> Step | None:
    return reply(person, message, text=ANSWER) if is_member(platform, person, message) else None


def _quote(platform: Platform, app: str, person: str, message: str, choose: Chooser) -> Step | None:
    if not is_member(platform, person, message):
        return None
    return reply(person, message, quote=choose(platform.state.mailbox(person)), text=ANSWER)


def _label(platform: Platform, app: str, person: str, message: str, choose: Chooser) -> Step | None:
    return None if platform.state.labelled(message, app) else label(person, message, app)


def _begin(platform: Platform, app: str, owner: str, message: str, choose: Chooser) -> Step:
    return Begin(call(app, "get", owner, message=message))


def _deliver(platform: Platform, app: str, person: str, about: str, choose: Chooser) -> Step:
    return Deliver(choose([number for number, record in platform.in_flight() if record.app == app]))


MOVES: tuple[Move, ...] = (
    Move("grant", _anybody, _nothing, _grant),
    Move("revoke", _anybody, _nothing, _revoke),
    Move("compose", _anybody, _others, _compose),
    Move("link", _anybody, _others, _link),
    Move("mention", _anybody, _others, _mention),
    Move("compose-via", _anybody, _others, _compose_via),
    Move("compose-via", _anybody, _own_threads, _join_via),
    Move("reply", _anybody, _mailbox, _reply),
    Move("quote", _anybody, _mailbox, _quote),
    Move("label", _anybody, _mailbox, _label),
    Move("begin", _granters, _messages, _begin),
    Move("deliver", _app_itself, _nothing, _deliver),
)
"""Every kind of step before the last one."""


def _get(platform: Platform, app: str, owner: str, message: str, choose: Chooser) -> Step:
    return call(app, "get", owner, message=message)


def _label_by_app(platform: Platform, app: str, owner: str, message: str, choose: Chooser) -> Step:
    return call(app, "label", owner, message=message)


def _delete(platform: Platform, app: str, owner: str, message: str, choose: Chooser) -> Step:
    return call(app, "delete", owner, message=message, everyone=choose((False, True)))


def _thread(platform: Platform, app: str, owner: str, thread: str, choose: Chooser) -> Step:
    return call(app, "thread", owner, thread=thread)


def _list(platform: Platform, app: str, owner: str, about: str, choose: Chooser) -> Step:
    return call(app, "list", owner)


def _search(platform: Platform, app: str, owner: str, about: str, choose: Chooser) -> Step:
    return call(app, "search", owner, text=TERM)


def _send(platform: Platform, app: str, owner: str, other: str, choose: Chooser) -> Step:
    return call(app, "send", owner, to=(other,), text=PUBLIC)


CALLS: tuple[Move, ...] = (
    Move("get", _granters, _messages, _get),
    Move("label", _granters, _messages, _label_by_app),
    Move("delete", _granters, _messages, _delete),
    Move("thread", _granters, _threads, _thread),
    Move("list", _granters, _nothing, _list),
    Move("search", _granters, _nothing, _search),
    Move("send", _granters, _others, _send),
)
"""Every operation of an app, in the mailbox of a person who ever granted."""


def moves_of(alphabet: Collection[Kind], operations: Collection[Operation]) -> tuple[Move, ...]:
    """The moves of these kinds and operations, always in the same order.

    For one that has no move of its own, all such steps are made, and one of them is chosen.
    """
    kinds, asked = {move.name for move in MOVES}, {move.name for move in CALLS}
    return (
        *(move for move in MOVES if move.name in alphabet),
        *(_one_of_all(kind, partial(_enabled, kind)) for kind in KINDS if kind in alphabet and kind not in kinds),
        *(move for move in CALLS if move.name in operations),
        *(_one_of_all(each, partial(_calls, each)) for each in OPERATIONS if each in operations and each not in asked),
    )


def _enabled(kind: Kind, platform: Platform, app: str) -> Iterator[Step]:
    return enabled(platform, frozenset({kind}))


def _calls(operation: Operation, platform: Platform, app: str) -> Iterator[Step]:
    return calls(platform, app, frozenset({operation}))


def _one_of_all(name: Kind | Operation, steps: Callable[[Platform, str], Iterator[Step]]) -> Move:
    def make(platform: Platform, app: str, person: str, about: str, choose: Chooser) -> Step:
        return choose(list(steps(platform, app)))

    return Move(name, _app_itself, _nothing, make)


def every(make: Callable[[Chooser], Step | None]) -> Iterator[Step]:
    """What comes of answering each question in each way; the first answers first, the last question fastest."""
    answers: list[int] = []
    while True:
        sizes: list[int] = []

        def choose(items: Collection[Item], sizes: list[int] = sizes) -> Item:
            if not items:
                raise ImpossibleError
            if len(sizes) == len(answers):
                answers.append(0)
            sizes.append(len(items))
            return tuple(items)[answers[len(sizes) - 1]]

        try:
            step = make(choose)
        except ImpossibleError:
            step = None
        if step is not None:
            yield step
        del answers[len(sizes) :]
        while answers and answers[-1] == sizes[len(answers) - 1] - 1:
            answers.pop()
        if not answers:
            return
        answers[-1] += 1


def enumerate_moves(moves: Sequence[Move], platform: Platform) -> Iterator[Step]:
    """Every step of these moves that is possible now: by app, by person, by what it is about."""
    for app in platform.apps:
        for who, theirs in groupby(moves, attrgetter("who")):
            blocks = [(about, tuple(block)) for about, block in groupby(theirs, attrgetter("about"))]
            for person in who(platform, app):
                for about, block in blocks:
                    for subject in about(platform, person):
                        for move in block:
                            yield from every(partial(move.make, platform, app, person, subject))
