"""Note which conditions of a policy were ever true, and which ever false.

A branch that was never taken may permit anything: a search in which it was not taken says nothing of it. The policy's
function, and each function of the user's that it calls, is compiled once more, with each condition in it noted as it is
evaluated. A condition that the model decides by itself (whether a message is None, whether the thread of a message is
there) need not vary.
"""

import builtins
import math
import operator
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    FrameType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, TypeVar, cast

from attrs import Factory, define, field

from permiscope.model.access import Decision, Request, Scope
from permiscope.model.mail import Message, Thread
from permiscope.model.reads import IDS, NAMES
from permiscope.model.seen import OF_APPS, SeenNumber, SeenText
from permiscope.model.views import Filled, Lookup
from permiscope.service.policies.instrumenting import ASIDE, BOTH, FALSE, NOTED, TRUE, Condition, compiled, within

ALWAYS = (Message, Thread, Scope, Request, Lookup, Filled)
"""What is never None or empty, if something is there to ask about. Of a `Lookup`, to ask would be a read."""

OURS = str(Path(__file__).parents[2])
STANDARD = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib")})
INSTALLED = tuple({sysconfig.get_path(name) for name in ("purelib", "platlib")})


WATCHED = (ModuleType, type(None), str, dict, list, set, tuple, frozenset)
"""What has functions that use what they are given as Python would: each use is seen."""
FUNCTIONS = (FunctionType, MethodType, partial)
CONSTANTS = (bool, int, float, str, type(None))


@define(eq=False)
class Noted:
    """The conditions of one function, and which values each had: `TRUE`, `FALSE`, or none but `ASIDE`."""

    all: "Conditions"
    conditions: tuple[Condition, ...]
    seen: list[int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget which values there were."""
        self.seen = [0] * len(self.conditions)

    def note(self, number: int, value: object) -> object:
        """Note the value of a condition, and return it."""
        if self.seen[number] & BOTH == BOTH:
            return value
        if self.all.watching and _is_always(value):
            self.seen[number] |= BOTH
        elif self.all.watching:
            known = self.seen[number] & BOTH or self.conditions[number].needed == TRUE
            self.seen[number] |= (TRUE if _is_true(value) else FALSE) if known or not self.all.aside else ASIDE
        return value

    def note_none(self, number: int, value: object, negated: bool) -> bool:
        """Note and return whether a value is None."""
        is_so = (value is None) is not negated
        if self.seen[number] & BOTH != BOTH:
            self.note(number, value if _is_always(value) else is_so)
        return is_so

    def note_in(self, number: int, item: Any, items: Any, negated: bool) -> bool:  # noqa: ANN401  # whatever `in` takes
        """Note and return whether an item is among items. A message's own ids always are among all ids."""
        if self.all.watching and isinstance(items, Lookup) and isinstance(item, SeenText) and item.read == IDS:
            self.seen[number] |= BOTH
        self.all.look_among(items, item)
        return cast("bool", self.note(number, _is_in(items, item) is not negated))

    def note_is(self, number: int, one: object, other: object, negated: bool) -> bool:
        """Note and return whether two are one thing. Views never are, where what they stand for may be."""
        is_same = _is_same(one, other)
        return cast("bool", self.note(number, is_same is not negated))

    def follow(self, called: Any) -> Any:  # noqa: ANN401  # whatever is called
        """Return a function of the user's with its conditions noted, and anything else as it is."""
        return self.all.follow(called)

    def formatted(self, one: Any, other: Any) -> Any:  # noqa: ANN401  # whatever `%` takes
        """Return a text with others in it, which do not hear of it, or what is left of a number."""
        if isinstance(one, str):
            self.all.look_inside("%", other if isinstance(other, tuple) else (other,))
        return one % other

    def item(self, table: Any, key: Any) -> Any:  # noqa: ANN401  # whatever is indexed
        """Return an item, and note it if it is the row of a table of constants."""
        found = table[key]
        self.all.look_up(table, key)
        return found

    def given(self, value: Any) -> Any:  # noqa: ANN401  # whatever is given to what is called
        """Return the same of a value that may be a function."""
        return self.all.follow(value) if isinstance(value, FUNCTIONS) else value


@define(eq=False)
class Conditions:
    """All conditions of a policy, by the function that has them.

    While a question is asked `aside`, only what was evaluated before is noted, and which cases match.
    """

    package: str = ""
    watching: bool = True
    aside: bool = False
    followed: dict[int, tuple[object, Any, Noted]] = Factory(dict)
    """By the identity of a function: the function, which keeps it alive, what is called instead, and what is noted."""
    unread: dict[str, None] = Factory(dict)
    """Functions whose conditions nobody can see."""
    computed: dict[str, None] = Factory(dict)
    """What is computed, as a count of something may be."""
    rows: dict[tuple[tuple[Any, Any], ...], set[object]] = Factory(dict)
    """By the rows of a table of constants, which may be made anew each time: those that were looked up."""
    _known: set[CodeType] = Factory(set)

    def reset(self) -> None:
        """Forget which values there were."""
        for _, _, noted in self.followed.values():
            noted.reset()
        self.rows.clear()

    def unvaried(self) -> tuple[str, ...]:
        """Return what is to be said of each condition that had one value only.

        What was never evaluated at all is named if nothing else is, for then it stands behind that.
        """
        said, behind = [], []
        for _, _, noted in self.followed.values():
            for each, seen in zip(noted.conditions, noted.seen, strict=True):
                missing = each.needed & ~seen
                if missing and each.otherwise:
                    said.append(f"{each.text} {each.otherwise}")
                elif missing and seen & BOTH:
                    said.append(f"{each.text} was never {'true' if missing & TRUE else 'false'}")
                elif missing and not seen:
                    behind.append(f"{each.text} was never asked")
        for rows, looked_up in self.rows.items():
            said += [f"row `{key!r}` of a table was never looked up" for key, _ in rows if key not in looked_up][:1]
        return (
            *dict.fromkeys(said or behind),
            *(f"`{name}` has conditions that cannot be seen" for name in self.unread),
        )

    def look_up(self, table: Any, key: Any) -> None:  # noqa: ANN401  # whatever is indexed
        """Note which row of a table of constants was looked up."""
        if not self.watching or type(table) not in (dict, list, tuple) or len(table) < 2:  # noqa: PLR2004  # no choice
            return
        if type(table) is not dict and isinstance(key, int) and key < 0:
            key += len(table)
        self._look(tuple(table.items() if type(table) is dict else enumerate(table)), key)

    def look_among(self, items: Any, item: Any) -> None:  # noqa: ANN401  # whatever `in` takes
        """Note which of several constants something was: one of more than one part, or a text that sets look up."""
        if self.watching and isinstance(items, set | frozenset) and isinstance(item, SeenText):
            for each in sorted(each for each in items if type(each) is str):
                item.looked.compare(item.read, each)
        if (
            self.watching
            and type(items) in (set, frozenset, list, tuple)
            and all(type(each) is tuple for each in items)
        ):
            # By the constant, for what is looked for may have no hash.
            known = next((each for each in items if each == item), OTHERWISE)
            self._look(tuple([(each, True) for each in sorted(items, key=repr)]), known)

    def _look(self, rows: tuple[tuple[Any, Any], ...], key: Any) -> None:  # noqa: ANN401  # of whatever there is
        if len(rows) > 1 and all(_is_constant(each) for row in rows for each in row):
            self.rows.setdefault(rows, set()).add(str.__str__(key) if isinstance(key, str) else key)

    @contextmanager
    def overseen(self) -> Iterator[None]:
        """Note each function of the user's that runs and was not followed: a property, say, or what is evaluated."""

        def see(frame: FrameType, event: str, _: object) -> None:
            code = frame.f_code
            is_made = code.co_filename.startswith("<") and (code.co_filename != "<string>" or code.co_name[:2] == "__")
            if event == "call" and not is_made and code not in self._known:
                name = str(frame.f_globals.get("__name__", ""))
                if self._is_users(code.co_filename, name):
                    self.unread[code.co_qualname if code.co_name[0] != "<" else code.co_filename] = None

        before = sys.getprofile()
        sys.setprofile(see)
        try:
            yield
        finally:
            sys.setprofile(before)

    def follow(self, called: Any) -> Any:  # noqa: ANN401  # whatever is called
        """Return a function of the user's with its conditions noted, and anything else as it is."""
        known = self.followed.get(id(called))
        if known is not None:
            return known[1]
        if isinstance(called, FunctionType):
            return self._follow_function(called)
        if isinstance(called, MethodType):
            return MethodType(self.follow(called.__func__), called.__self__)
        if isinstance(called, partial):
            return partial(self.follow(called.func), *called.args, **called.keywords)
        if isinstance(called, CACHED):
            return self.follow(called.__wrapped__)
        if isinstance(called, BuiltinFunctionType):
            of = called.__self__
            if called in COMPUTING or (isinstance(of, ModuleType) and of is not builtins):
                self.computed[called.__qualname__] = None
            if called in INSTEAD_OF:
                return INSTEAD_OF[called]
            if isinstance(of, set | frozenset):
                return partial(self._look_up_in, called, of)
            if type(of) is dict and called.__name__ == "get":
                return partial(self._get, of)
            if isinstance(of, str):
                return partial(self._join if called.__name__ == "join" else self._look_in, called)
            return called if isinstance(of, WATCHED) and of is not math else partial(self._look_in, called)
        if isinstance(called, WRITTEN_IN_C) or (isinstance(called, type) and self._is_of_others(called)):
            return partial(self._look_in, called)
        if not isinstance(called, type) and callable(called):
            inner = type(called).__call__
            if isinstance(inner, FunctionType) and self._is_users(inner.__code__.co_filename, inner.__module__):
                return MethodType(self.follow(inner), called)
        return called

    def _follow_function(self, function: FunctionType) -> Callable[..., object]:
        is_users = self._is_users(function.__code__.co_filename, function.__module__ or "")
        if not is_users and not function.__code__.co_filename.startswith(OURS):
            self.computed[function.__qualname__] = None
            return partial(self._look_in, function)
        if not is_users or NOTED in function.__code__.co_freevars:
            return function
        made = compiled(function.__code__, is_helper=bool(self.followed))
        if made is None:
            self.unread[function.__name__] = None
            self._known.add(function.__code__)
            return function
        self._known.update((made.code, *within(made.code)))
        self.computed.update(dict.fromkeys(made.computed))
        noted = Noted(self, made.conditions)
        own = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        own[NOTED] = CellType(noted)
        cells = tuple([own[name] for name in made.code.co_freevars])
        followed = FunctionType(made.code, function.__globals__, function.__name__, function.__defaults__, cells)
        followed.__kwdefaults__ = function.__kwdefaults__
        self.followed[id(function)] = function, followed, noted
        return followed

    def _look_in(self, called: Callable[..., object], *given: object, **named: object) -> object:
        """Call what may look into a text or number without a trace, as a regular expression does."""
        self.look_inside(getattr(called, "__qualname__", str(called)), (*given, *named.values()))
        return called(*given, **named)

    def look_inside(self, how: str, given: Iterable[object]) -> None:
        """Note that texts and numbers are looked into otherwise than by what they hear of."""
        for each in given:
            if self.watching and isinstance(each, SeenText) and each.read != IDS:
                if each.read not in OF_APPS:  # of which no other value is tried for that
                    each.looked.note(each.read)
                each.looked.look_inside(each.read, how)
            elif self.watching and isinstance(each, SeenNumber):
                each.note((), how)

    def _look_up_in(self, called: Callable[..., object], items: object, *given: object) -> object:
        """Call what a set can be asked, which looks up each of what is given."""
        for each in chain.from_iterable(one for one in given if isinstance(one, tuple | list | set | frozenset)):
            self.look_among(items, each)
        return called(*given)

    def _join(self, called: Callable[..., object], texts: Iterable[object]) -> object:
        """Call what makes one text of several, of which the parts do not hear."""
        joined = list(texts)
        self.look_inside("join", joined)
        return called(joined)

    def _get(self, table: dict[object, object], key: object, default: object = None) -> object:
        if self.watching:
            # What is answered for all that has no row is a row, too.
            self._look((*table.items(), (OTHERWISE, default)), key if key in table else OTHERWISE)
        return table.get(key, default)

    def _is_of_others(self, kind: type) -> bool:
        """Whether a type is of the standard library or another package, and may look into what it is made of."""
        path = getattr(sys.modules.get(kind.__module__), "__file__", None) or "<frozen"
        return kind not in SEEING and not path.startswith(OURS) and not self._is_users(path, kind.__module__)

    def _is_users(self, path: str, module: str) -> bool:
        """Whether a function is of the user's own: not of Python, not ours, of no other package."""
        package = module.partition(".")[0]
        if package.startswith("namedtuple_"):
            return False
        if path.startswith((OURS, "<frozen")) or (path.startswith(STANDARD) and not path.startswith(INSTALLED)):
            return False
        return not path.startswith(INSTALLED) or package == self.package


OTHERWISE = "anything else"


def _is_always(value: object) -> bool:
    """Whether it is something that the model never leaves out: a name, say, if there is one, is no empty text."""
    return isinstance(value, ALWAYS) or (isinstance(value, SeenText) and value.read in (NAMES, *OF_APPS, IDS))


def _is_true(value: object) -> bool:
    """Whether it counts as true. A view is not asked, for that would be a read."""
    match value:
        case Decision():
            return value.permit
        case str():
            return str.__len__(value) > 0
        case tuple():
            return tuple.__len__(value) > 0
        case _:
            return bool(value)


def _is_same(one: object, other: object) -> bool:
    """Whether two are one thing; of texts nobody can say."""
    for each in (one, other):
        if isinstance(each, SeenText) and isinstance(one, str) and isinstance(other, str):
            each.looked.look_inside(each.read, "is")
    return one is other


def _is_other(one: object, other: object) -> bool:
    return not _is_same(one, other)


def _is_in(items: Any, item: object) -> bool:  # noqa: ANN401  # whatever `in` takes
    """Whether an item is among items; if these are a text, the item is one that is looked into."""
    if isinstance(items, str) and isinstance(item, SeenText):
        item.note((), "in a text")
    return item in items


INSTEAD_OF: Mapping[object, Callable[..., object]] = {
    operator.is_: _is_same,
    operator.is_not: _is_other,
    operator.contains: _is_in,
}
"""What is called instead of what looks at things otherwise than by their attributes."""


COMPUTING: tuple[Callable[..., object], ...] = (sum, pow, divmod)
"""Functions that compute with what they are given."""
WRITTEN_IN_C = (MethodDescriptorType, WrapperDescriptorType)
"""What a type has of its own, as `str.startswith`, which sees no view."""
SEEING: tuple[type, ...] = (
    *(str, int, float, bool, list, tuple, set, frozenset, dict),
    *(enumerate, filter, map, range, reversed, super, type, zip),
)
"""Types that ask what they are made of as Python does."""


def _is_constant(value: object) -> bool:
    """Whether it is a constant, or a tuple of such."""
    return all(map(_is_constant, value)) if type(value) is tuple else type(value) in CONSTANTS


Answer = TypeVar("Answer")
CACHED = type(lru_cache(len))


def watch_conditions(function: Callable[[Request], Answer]) -> tuple[Callable[[Request], Answer], Conditions]:
    """Return a policy's function with its conditions noted, and these."""
    conditions = Conditions((getattr(function, "__module__", None) or "").partition(".")[0])
    return cast("Callable[[Request], Answer]", conditions.follow(function)), conditions
