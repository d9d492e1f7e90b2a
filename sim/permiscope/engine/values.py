"""Collect the values that a policy compares what it reads with, so that a search can try them.

A kind of step is not a value: a policy that asks whether the subject is "Invoice" shows what it does only to a message
with that subject. The words and numbers of a policy's own stand in its code, in what its code refers to, and in the
comparisons that were observed.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from enum import Enum
from functools import partial
from itertools import combinations, pairwise, product
from math import inf
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from attrs import evolve, frozen

from permiscope.model.access import ACTIONS, Operation, Scope
from permiscope.model.errors import InputError
from permiscope.model.extents import ATOMS, EVERYTHING, READINGS, Extent, parse_extent
from permiscope.model.reads import ALIKE, CLOCK, COUNTED, ELSEWHERE, EXTENT, FEW, WHOLE, Looked, Reads


@frozen
class Values:
    """What there is of each attribute, besides what every search has.

    `waits` are the virtual seconds that may pass before a last step. `channels` are the reads that are made, or begun,
    before that. `widely` says that steps are taken in forms that make no difference to a policy of ours: to two people
    at once, in both orders if they are `ordered`; with the second app where the first would be, if `two_apps` take
    part, and with its calls, too, if these are `told_apart`. So many attachments are `unnamed` at most. Grants end
    `on_time` if it is asked when they do; what is written is `late` if its time matters, and comes `soon` after what
    was before if a second run moves that.
    """

    subjects: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    times: tuple[float, ...] = ()
    people: tuple[str, ...] = ()
    waits: tuple[float, ...] = ()
    channels: tuple[Operation, ...] = ("get",)
    widely: bool = False
    two_apps: bool = False
    ordered: bool = False
    told_apart: bool = False
    unnamed: int = 1
    on_time: bool = False
    late: bool = False
    soon: bool = False


NO_VALUES = Values()

VARIED: Mapping[str, str] = {
    **{name: f"{name}s" for name in ("subject", "text", "label", "attachment", "purpose", "time")},
    "person": "people",
}
"""What values can be declared of, and where they are kept."""


def parse_values(given: Mapping[str, Iterable[object]]) -> Values:
    """Return the values that somebody declares, by what they are of: `subject`, `time` (virtual seconds), ...

    Raises `InputError` for an attribute that takes none, and for a time that is no number.
    """
    declared: dict[str, Any] = {}
    for name, words in given.items():
        if name not in VARIED:
            raise InputError(f"values of `{name}` cannot be declared; declare some of {', '.join(VARIED)}")
        texts = tuple([str(word) for word in words])
        if not all(texts) or not texts:
            raise InputError(f"`{name}` is declared without a value; write `{name}=VALUE,VALUE`")
        try:
            declared[VARIED[name]] = tuple(map(float, texts)) if name == "time" else texts
        except ValueError:
            raise InputError(f"`{','.join(texts)}` are no times; write seconds, as in `time=60,3600`") from None
    return evolve(NO_VALUES, **declared)


def reads_of_values(declared: Values) -> Reads:
    """Return what values were declared of."""
    given = {
        "message.subject": declared.subjects,
        "message.text": declared.texts,
        "message.attachments": declared.attachments,
        "grant.purposes": declared.purposes,
        "clock.value": declared.times,
    }
    return frozenset(read for read, values in given.items() if values)


def split_values(options: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return what options like `subject=Invoice,Hello` declare. Raises `InputError` for one that is no such."""
    declared: dict[str, tuple[str, ...]] = {}
    for option in options:
        name, equals, words = option.partition("=")
        if not equals:
            raise InputError(f"`--vary {option}` declares nothing; write it as in `--vary subject=Invoice,Hello`")
        declared[name] = (*declared.get(name, ()), *words.split(","))
    return declared


def values_for(
    code: Iterable[object],
    looked: Looked,
    reads: Reads,
    own: Reads,
    declared: Values,
    waits: tuple[float, ...],
    *,
    widely: bool,
    extents: bool,
) -> Values:
    """Return the values for what is read: those that were declared, then those that were observed, then the code's own.

    `code` are the functions of policies, and the words of those that are texts. Of what is read, these policies look at
    their `own` part, and words of the code are values of nothing else. `extents` of grants may matter, whatever they
    look at.
    """
    words, numbers = constants_of(code)

    def texts(read: str, given: tuple[str, ...]) -> tuple[str, ...]:
        if read not in reads:
            return given
        # What stands in the code is tried only if comparisons do not tell it, as behind a regular expression.
        observed = sorted(looked.words.get(read, ()))
        is_told = read not in own or (observed and read not in looked.inside)
        found = dict.fromkeys((*given, *observed, *(() if is_told else words)))
        known = [word for word in found if word or read == "message.text"][: max(FEW, len(given))]
        return tuple(dict.fromkeys((*known, *TWO))) if ALIKE in looked.reads else tuple(known)

    moments = _moments({*looked.numbers, *numbers}, declared.times) if CLOCK in reads else ()
    names = [name for name in sorted(looked.words.get("name.value", ())) if name]
    return Values(
        subjects=tuple(
            dict.fromkeys((other_than("A film", words), *texts("message.subject", declared.subjects)))
            if "message.subject" in reads
            else ()
        ),
        texts=texts("message.text", declared.texts),
        labels=tuple(dict.fromkeys((*declared.labels, *sorted(looked.labels)))),
        attachments=texts("message.attachments", declared.attachments),
        purposes=texts("grant.purposes", declared.purposes),
        scopes=_scopes(words, looked, extents=extents) if "grant.scope" in reads else (),
        times=moments,
        people=tuple(dict.fromkeys((*declared.people, *names))),
        waits=waits,
        widely=widely,
        unnamed=1 + int(max(1.0, *(min(each, MANY) for each in (*numbers, 1.0)))) if COUNTED in looked.reads else 1,
    )


TWO = ("One", "Another")
"""Two texts of no name, that two messages may differ though both have one, or agree."""
MANY = 6.0
"""So many attachments, and more, are more than every few of them are tried."""


def other_than(word: str, known: Iterable[str]) -> str:
    """Return a word that is none of those that are known."""
    return other_than(f"{word}!", known) if word in {*known} else word


def _moments(numbers: Iterable[float], declared: tuple[float, ...]) -> tuple[float, ...]:
    """For each of some times that time itself, and two after it that are before the next."""
    times = [*declared, *sorted({*numbers} - {*declared})[:FEW]]
    after = [
        min(one + wait, one + (other - one) * wait / 3)
        for one, other in pairwise((*sorted(times), inf))
        for wait in (1.0, 2.0)
    ]
    return tuple(sorted({*times, *after}))


def _scopes(words: Iterable[str], looked: Looked, *, extents: bool) -> tuple[Scope, ...]:
    """Scopes of every few of the actions that are named, with and without those that are not, on several extents.

    Whoever counts actions sees every few of them. Extents are those that are named, and two others of which every
    message belongs to one, if that makes a difference; and such as people choose for each message, or change, if it is
    asked of several messages, or of labels besides.
    """
    known = dict.fromkeys((*words, *sorted(looked.words.get("scope.actions", ()))))
    named = ACTIONS if WHOLE in looked.reads else tuple([action for action in ACTIONS if action in known])
    some = [several for count in range(len(named) + 1) for several in combinations(named, count)]
    others = [tuple([each for each in ACTIONS if each in few or each not in named]) for few in some]
    some_extents: list[Extent] = [EVERYTHING]
    if extents or not looked.reads or not looked.reads.isdisjoint(OF_EXTENT):
        of_extent = looked.words.get(EXTENT, set())
        called = {*words, *of_extent}
        other = next((each for each in READINGS.values() if not {each.name, (~each).name} & called), EVERYTHING)
        some_extents += [other, ~other]
        if ELSEWHERE in looked.reads:
            some_extents += [ATOMS["linked"], ~ATOMS["linked"]]  # which people choose for each message
        if {"facts.covered", "facts.labelled", "facts.labelled_by"} & looked.reads > {"facts.covered"}:
            some_extents += [ATOMS["tagged"], ~ATOMS["tagged"]]  # which a message can come to, and leave
        some_extents += [ATOMS[word] for word in ATOMS if word in called]
        some_extents += [parse_extent(word) for word in sorted(of_extent - ATOMS.keys()) if _is_extent(word)]
    scopes = product((*some, ("read", "send"), *others), some_extents)
    may_be_empty = "scope.actions" in looked.reads
    return tuple(dict.fromkeys(Scope(actions, extent) for actions, extent in scopes if actions or may_be_empty))


def _is_extent(word: str) -> bool:
    try:
        parse_extent(word)
    except InputError:
        return False
    return True


OF_EXTENT: Reads = frozenset({"scope.extent", "facts.covered"})


def constants_of(code: Iterable[object]) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return the texts and the numbers in functions, in their closures, and in what they refer to in their modules."""
    words: dict[str, None] = {}
    numbers: dict[float, None] = {}
    seen: set[int] = set()
    for constant in (each for function in code for each in _constants(function, seen)):
        if isinstance(constant, str):
            words[constant] = None
        elif isinstance(constant, int | float) and not isinstance(constant, bool) and constant > 1:
            numbers[float(constant)] = None
    return tuple(words), tuple(numbers)


def _constants(value: object, seen: set[int]) -> Iterator[object]:
    if id(value) in seen or isinstance(value, ModuleType):
        return
    seen.add(id(value))
    match value:
        case str() | int() | float():
            yield value
        case tuple() | list() | set() | frozenset():
            for each in _sorted(value):
                yield from _constants(each, seen)
        case Mapping():
            for each in (*value.keys(), *value.values()):
                yield from _constants(each, seen)
        case CodeType():
            for each in value.co_consts:
                yield from _constants(each, seen)
        case FunctionType() if (value.__module__ or "").partition(".")[0] in sys.stdlib_module_names:
            return
        case FunctionType():
            about = value.__doc__
            yield from (each for each in _constants(value.__code__, seen) if each is not about)
            for cell in value.__closure__ or ():
                try:
                    yield from _constants(cell.cell_contents, seen)
                except ValueError:  # a cell that is empty yet
                    continue
            for name in _names(value.__code__):
                referred = value.__globals__.get(name)
                if not isinstance(referred, FunctionType) or referred.__globals__ is value.__globals__:
                    yield from _constants(referred, seen)
        case partial():
            yield from _constants((value.func, value.args, value.keywords), seen)
        case MethodType():
            yield from _constants((value.__func__, vars(type(value.__self__)), _attributes(value.__self__)), seen)
        case type() if issubclass(value, Enum) and value.__module__ not in sys.stdlib_module_names:
            yield from _constants([member.value for member in value], seen)
        case _ if is_dataclass(value) and not isinstance(value, type):
            yield from _constants(_attributes(value), seen)
        case _ if callable(value) and not isinstance(value, type) and hasattr(value, "__dict__"):
            yield from _constants((vars(type(value)), vars(value)), seen)
        case _:
            return


def _attributes(value: object) -> dict[str, object]:
    """The attributes of an object, which may have slots for them."""
    named = [getattr(kind, "__slots__", ()) for kind in type(value).__mro__]
    slots = [name for names in named for name in ([names] if isinstance(names, str) else names)]
    return {**getattr(value, "__dict__", {}), **{name: getattr(value, name) for name in slots if hasattr(value, name)}}


def _sorted(values: Iterable[object]) -> list[object]:
    """Sets have no order that is the same everywhere."""
    return sorted(values, key=repr) if isinstance(values, set | frozenset) else list(values)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def people_with(people: tuple[str, ...], names: Iterable[str], apps: Iterable[str]) -> tuple[str, ...]:
    """Return the people of a search, some of them called by names that a policy asks for; the first one stays."""
    named = dict.fromkeys(names)
    new = [name for name in named if name not in (*people, *apps)][: len(people) - 1]
    # Whoever is named, too, stays if there is room.
    leaving = sorted(people[1:], key=lambda name: (name in named, -people.index(name)))[: len(new)]
    return (*(name for name in people if name not in leaving), *new)
