"""Note which conditions of a policy were ever true, and which ever false.

A branch that was never taken may permit anything: a search in which it was not taken says nothing of it. The policy's
function, and each function of the user's that it calls, is compiled once more, with each condition in it noted as it is
evaluated. A condition that the model decides by itself (whether a message is None, whether the thread of a message is
there) need not vary.
"""

import ast
import builtins
import linecache
import math
import operator
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dis import get_instructions
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

from attrs import Factory, define, field, frozen

from permiscope.model.access import Decision, Request, Scope
from permiscope.model.mail import Message, Thread
from permiscope.model.reads import IDS, NAMES
from permiscope.model.views import OF_APPS, Filled, Lookup, SeenNumber, SeenText

TRUE, FALSE, ASIDE = 1, 2, 4
BOTH = TRUE | FALSE
ALWAYS = (Message, Thread, Scope, Request, Lookup, Filled)
"""What is never None or empty, if something is there to ask about. Of a `Lookup`, to ask would be a read."""

OURS = str(Path(__file__).parents[2])
STANDARD = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib")})
INSTALLED = tuple({sysconfig.get_path(name) for name in ("purelib", "platlib")})


WATCHED = (ModuleType, type(None), str, dict, list, set, tuple, frozenset)
"""What has functions that use what they are given as Python would: each use is seen."""
FUNCTIONS = (FunctionType, MethodType, partial)
CONSTANTS = (bool, int, float, str, type(None))


@frozen
class Condition:
    """A condition: its text, the values that it has to have, and what is said if it never had one of them."""

    text: str
    needed: int = BOTH
    otherwise: str = ""


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
        made = _compiled(function.__code__, is_helper=bool(self.followed))
        if made is None:
            self.unread[function.__name__] = None
            self._known.add(function.__code__)
            return function
        self._known.update((made.code, *_within(made.code)))
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
            if self.watching and isinstance(each, SeenText) and each.read not in (*OF_APPS, IDS):
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
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift)


def _is_constant(value: object) -> bool:
    """Whether it is a constant, or a tuple of such."""
    return all(map(_is_constant, value)) if type(value) is tuple else type(value) in CONSTANTS


LIKE_AND = ("all", "min", "prod", "reduce")
VALUED = (ast.Call, ast.Name, ast.Attribute, ast.Subscript, ast.IfExp)
BRANCHING = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.Match)
Answer = TypeVar("Answer")
CACHED = type(lru_cache(len))
NOTED = "__noted__"
"""The name by which a function finds what notes its conditions."""


class _Noting(ast.NodeTransformer):
    """Puts a note around each condition, and at the start of each branch that has none."""

    def __init__(self, source: str, *, is_helper: bool) -> None:
        self.conditions: list[Condition] = []
        self._source = source
        self._is_helper = is_helper
        self._compared = 0
        self.computed: list[str] = []

    def _text(self, node: ast.AST) -> str:
        return " ".join((ast.get_source_segment(self._source, node) or ast.unparse(node)).split())

    def _call(self, name: str, node: ast.expr, *arguments: ast.expr, needed: int = BOTH) -> ast.expr:
        self.conditions.append(Condition(f"`{self._text(node)}`", needed))
        number = ast.Constant(len(self.conditions) - 1)
        return ast.fix_missing_locations(ast.copy_location(_noted(name, number, *arguments), node))

    def condition(self, node: ast.expr, needed: int = BOTH) -> ast.expr:
        """Return the node with notes in it, and around it if there are none within that say as much."""
        match node:
            case ast.BoolOp():
                return ast.copy_location(ast.BoolOp(node.op, [self.condition(each) for each in node.values]), node)
            case ast.Compare() | ast.Constant() | ast.Starred() | ast.UnaryOp(op=ast.Not()):
                return cast("ast.expr", self.visit(node))
            case ast.List() | ast.Tuple() | ast.Set() | ast.Dict():  # empty or not, as it is written
                return cast("ast.expr", self.visit(node))
            case ast.BinOp():
                return self._call("note", node, self._parts(node), needed=needed)
            case _:
                return self._call("note", node, cast("ast.expr", self.visit(node)), needed=needed)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:  # as the library calls it
        """Note each operand; of the last one, which is a value like others here, that it was there."""
        *first, last = node.values
        operands = [*map(self.condition, first), self.condition(last, TRUE)]
        return ast.copy_location(ast.BoolOp(node.op, operands), node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """Note what is negated."""
        if not isinstance(node.op, ast.Not):
            return cast("ast.expr", self.generic_visit(node))
        return ast.copy_location(ast.UnaryOp(node.op, self.condition(node.operand)), node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """Note what a comparison comes to."""
        self._compared += 1
        visited = cast("ast.Compare", self.generic_visit(node))
        self._compared -= 1
        if len(node.ops) == 1:
            compares, other = node.ops[0], node.comparators[0]
            negated = ast.Constant(isinstance(compares, ast.IsNot | ast.NotIn))
            if isinstance(compares, ast.Is | ast.IsNot) and isinstance(other, ast.Constant) and other.value is None:
                return self._call("note_none", node, visited.left, negated)
            if isinstance(compares, ast.In | ast.NotIn):
                return self._call("note_in", node, visited.left, visited.comparators[0], negated)
            if isinstance(compares, ast.Is | ast.IsNot):
                return self._call("note_is", node, visited.left, visited.comparators[0], negated)
        return self._call("note", node, visited)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Note what is computed, unless it is compared with something, and what may be hidden in it by another part."""
        # A product is a condition like `and`, wherever it stands.
        if not self._compared or isinstance(node.op, ast.Mult | ast.BitAnd):
            return self.condition(node, TRUE)
        return self._parts(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AugAssign:
        """Note what is added to something: it may be all that the sum ever is."""
        if isinstance(node.op, ARITHMETIC):
            self.computed.append(self._text(node))
        node.value = self.condition(node.value, TRUE)
        return node

    def _parts(self, node: ast.BinOp) -> ast.expr:
        """Note the operands that say yes or no by themselves, as in `own | any(...)`."""
        left, right = [
            self.condition(each, TRUE) if isinstance(each, VALUED) else cast("ast.expr", self.visit(each))
            for each in (node.left, node.right)
        ]
        if isinstance(node.op, ARITHMETIC):
            self.computed.append(self._text(node))
        if isinstance(node.op, ast.Mod):
            return ast.copy_location(_noted("formatted", left, right), node)
        return ast.copy_location(ast.BinOp(left, node.op, right), node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Note which row of a table is looked up."""
        visited = cast("ast.Subscript", self.generic_visit(node))
        if not isinstance(node.ctx, ast.Load) or isinstance(node.slice, ast.Slice | ast.Constant | ast.UnaryOp):
            return visited
        return ast.fix_missing_locations(ast.copy_location(_noted("item", visited.value, visited.slice), node))

    def follow_statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Note that what follows an `if`, a loop and the like was reached at all."""
        following: list[ast.stmt] = []
        for before, statement in zip((None, *body), body, strict=False):
            if isinstance(before, BRANCHING) and isinstance(statement, ast.stmt):
                text = self._text(statement).partition(":")[0]
                self.conditions.append(Condition(f"`{text}`", TRUE, "was never reached"))
                note = ast.Expr(_noted("note", ast.Constant(len(self.conditions) - 1), ast.Constant(value=True)))
                following.append(ast.fix_missing_locations(ast.copy_location(note, statement)))
            following.append(statement)
        for statement in body:
            for name, value in ast.iter_fields(statement):
                if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                    setattr(statement, name, self.follow_statements(value))
        return following

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Follow what is called, and the functions that are given to it; note what is like `and`."""
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        visited = cast("ast.Call", self.generic_visit(node))
        if not (isinstance(node.func, ast.Name) and node.func.id == "super"):
            visited.func = ast.copy_location(_noted("follow", visited.func), node.func)
            visited.args = [self._given(each) for each in visited.args]
            for keyword in visited.keywords:
                keyword.value = self._given(keyword.value)
        visited = ast.fix_missing_locations(visited)
        return self._call("note", node, visited, needed=TRUE) if name in LIKE_AND else visited

    def _given(self, node: ast.expr) -> ast.expr:
        is_named = isinstance(node, ast.Name | ast.Attribute)
        return ast.copy_location(_noted("given", node), node) if is_named else node

    def _test(self, node: Any) -> Any:  # noqa: ANN401  # any node with a test
        test = self.condition(node.test)
        self._visit_but(node, "test")
        node.test = test
        return node

    visit_If = visit_While = visit_IfExp = visit_Assert = _test  # noqa: N815  # as the library calls them

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        """Note what is filtered by."""
        ifs = [self.condition(each) for each in node.ifs]
        self._visit_but(node, "ifs")
        node.ifs = ifs
        return node

    def _each(self, node: Any) -> Any:  # noqa: ANN401  # a comprehension of any kind
        element = self.condition(node.elt, TRUE)
        if isinstance(node.elt, ast.Constant):
            element = self._call("note", node, node.elt, needed=TRUE)
        self._visit_but(node, "elt")
        node.elt = element
        return node

    visit_GeneratorExp = visit_ListComp = visit_SetComp = _each  # noqa: N815  # as the library calls them

    def _display(self, node: Any) -> Any:  # noqa: ANN401  # a list, tuple or set
        if isinstance(getattr(node, "ctx", None), ast.Store) or self._compared:
            return self.generic_visit(node)
        node.elts = [self.condition(each, TRUE) for each in node.elts]
        return node

    visit_List = visit_Tuple = visit_Set = _display  # noqa: N815  # as the library calls them

    def visit_Return(self, node: ast.Return) -> ast.Return:
        """Note what is returned, unless it goes without saying. What a helper returns need not be a condition."""
        if node.value is not None:
            node.value = self.condition(node.value, TRUE if self._is_helper else BOTH)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        """Leave a type alone."""
        node.value = cast("ast.expr | None", self.visit(node.value)) if node.value else None
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """Leave a type alone."""
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Visit a function within; what it returns may be anything."""
        returns, is_helper = node.returns, self._is_helper
        node.returns, self._is_helper = None, True
        self.generic_visit(node)
        node.returns, self._is_helper = returns, is_helper
        return node

    def _branch(self, node: Any, text: str, otherwise: str) -> Any:  # noqa: ANN401  # any node with a body
        self.conditions.append(Condition(f"`{text}`", TRUE, otherwise))
        note = ast.Expr(_noted("note", ast.Constant(len(self.conditions) - 1), ast.Constant(value=True)))
        first = node.body[0]
        self.generic_visit(node)
        node.body.insert(0, ast.fix_missing_locations(ast.copy_location(note, first)))
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        """Note that a case matched."""
        return cast("ast.match_case", self._branch(node, f"case {ast.unparse(node.pattern)}", "never matched"))

    def visit_For(self, node: ast.For) -> ast.For:
        """Note that there was something to go through."""
        text = f"for {self._text(node.target)} in {self._text(node.iter)}"
        return cast("ast.For", self._branch(node, text, "never had an item"))

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        """Note that something was caught."""
        text = f"except {self._text(node.type)}" if node.type else "except"
        return cast("ast.ExceptHandler", self._branch(node, text, "never caught anything"))

    def _visit_but(self, node: ast.AST, field: str) -> None:
        """Visit all of a node but one field."""
        kept = getattr(node, field)
        setattr(node, field, [] if isinstance(kept, list) else ast.Constant(value=True))
        self.generic_visit(node)


def _noted(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(ast.Name(NOTED, ast.Load()), name, ast.Load()), [*arguments], [])


@frozen
class _Compiled:
    """The code of a function with its conditions noted, these, and what it computes."""

    code: CodeType
    conditions: tuple[Condition, ...]
    computed: tuple[str, ...]


@lru_cache(maxsize=1000)
def _compiled(code: CodeType, *, is_helper: bool) -> _Compiled | None:
    """Compile the source of a function once more, with its conditions noted; None if its source is not there."""
    source = "".join(linecache.getlines(code.co_filename))
    found = _source_of(code, source)
    if found is None:
        return None
    if any(_is_private(node) for node in ast.walk(found)):
        return None
    noting = _Noting(source, is_helper=is_helper)
    body = [ast.copy_location(ast.Return(found.body), found.body)] if isinstance(found, ast.Lambda) else found.body
    noted = noting.follow_statements([noting.visit(deepcopy(each)) for each in body])
    made = ast.FunctionDef("made", deepcopy(found.args), noted, [])
    # Defaults and annotations were evaluated when the function was made.
    made.args.defaults, made.args.kw_defaults = [], [None] * len(made.args.kw_defaults)
    every = [*made.args.posonlyargs, *made.args.args, *made.args.kwonlyargs]
    for argument in filter(None, (*every, made.args.vararg, made.args.kwarg)):
        argument.annotation = None
    outer = ast.parse(f"def make({', '.join((NOTED, *code.co_freevars))}):\n    pass")
    cast("ast.FunctionDef", outer.body[0]).body = [ast.copy_location(made, found)]
    whole = compile(ast.fix_missing_locations(outer), code.co_filename, "exec")
    inner = next(_codes(next(_codes(whole))))
    return _Compiled(inner.replace(co_name=code.co_name), tuple(noting.conditions), tuple(noting.computed))


def _is_private(node: ast.AST) -> bool:
    """Whether a node has a name that means something else outside of its class."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.startswith("__") and not name.endswith("__")


def _codes(code: CodeType) -> Iterator[CodeType]:
    return (each for each in code.co_consts if isinstance(each, CodeType))


def _within(code: CodeType) -> Iterator[CodeType]:
    """Return every code that is in another one, however deep."""
    for each in _codes(code):
        yield each
        yield from _within(each)


def _source_of(code: CodeType, source: str) -> ast.FunctionDef | ast.Lambda | None:
    """Find a function in its file: by its name and line, or, for a lambda, by all positions in its code."""
    steps = [each for each in get_instructions(code) if each.opname not in ("RESUME", "COPY_FREE_VARS", "MAKE_CELL")]
    places = [each.positions for each in steps if each.positions and each.positions.col_offset is not None]
    starts = [(each.lineno or 0, each.col_offset or 0) for each in places]
    ends = [(each.end_lineno or 0, each.end_col_offset or 0) for each in places]
    if not places:
        return None
    within: list[ast.FunctionDef | ast.Lambda] = []
    for node in _functions(source):
        if isinstance(node, ast.Lambda):
            body = node.body
            begins, stops = (body.lineno, body.col_offset), (body.end_lineno or 0, body.end_col_offset or 0)
            if code.co_name == "<lambda>" and begins <= min(starts) and max(ends) <= stops:
                within.append(node)
        else:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            if node.name == code.co_name and first == code.co_firstlineno:
                within.append(node)
    return within[-1] if within else None


@lru_cache(maxsize=20)
def _functions(source: str) -> tuple[ast.FunctionDef | ast.Lambda, ...]:
    """Return every function in a text, outer ones first."""
    try:
        return tuple([each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.FunctionDef | ast.Lambda)])
    except SyntaxError:
        return ()


def watch_conditions(function: Callable[[Request], Answer]) -> tuple[Callable[[Request], Answer], Conditions]:
    """Return a policy's function with its conditions noted, and these."""
    conditions = Conditions((getattr(function, "__module__", None) or "").partition(".")[0])
    return cast("Callable[[Request], Answer]", conditions.follow(function)), conditions
