"""Note which conditions of a policy were ever true, and which ever false.

A branch that was never taken may permit anything: a search in which it was not taken says nothing of it. The policy's
function is compiled once more, with each condition in it noted as it is evaluated. A condition that the model decides
by itself (whether a message is None, whether the thread of a message is there) need not vary.
"""

import ast
import inspect
from collections.abc import Callable
from textwrap import dedent
from types import CellType, FunctionType
from typing import Any, cast

from attrs import Factory, define

from sim.model.access import Request, Scope
from sim.model.mail import Message, Thread
from sim.model.reads import IDS
from sim.model.views import Lookup, SeenText

TRUE, FALSE = 1, 2
ALWAYS = (Message, Thread, Scope, Request)
"""What is never None, if something is there to ask about."""


@define(eq=False)
class Conditions:
    """The conditions of a function: their texts with their lines, and which values each had (`TRUE`, `FALSE`).

    While a question is asked `aside`, only what was evaluated before is noted, and which cases match.
    """

    texts: list[str] = Factory(list)
    needed: list[int] = Factory(list)
    seen: list[int] = Factory(list)
    watching: bool = True
    aside: bool = False

    def add(self, text: str, needed: int = TRUE | FALSE) -> int:
        """Add a condition that has to have the values in `needed`. Return its number."""
        self.texts.append(text)
        self.needed.append(needed)
        self.seen.append(0)
        return len(self.texts) - 1

    def reset(self) -> None:
        """Forget which values there were."""
        self.seen = [0] * len(self.seen)

    def unvaried(self) -> tuple[str, ...]:
        """Return what is to be said of each condition that was evaluated and had one value only."""
        said = []
        for text, needed, seen in zip(self.texts, self.needed, self.seen, strict=True):
            if seen and needed & ~seen:
                said.append(f"{text} was never {'true' if needed & ~seen & TRUE else 'false'}")
            elif not seen and needed == TRUE:
                said.append(f"{text} never matched")
        return tuple(said)

    def note(self, number: int, value: object) -> object:
        """Note the value of a condition, and return it."""
        if self.watching and (not self.aside or self.seen[number] or self.needed[number] == TRUE):
            self.seen[number] |= TRUE if value else FALSE
        return value

    def note_none(self, number: int, value: object, negated: bool) -> bool:
        """Note and return whether a value is None."""
        if self.watching:
            self.seen[number] |= TRUE | FALSE if isinstance(value, ALWAYS) else 0
        return cast("bool", self.note(number, (value is None) is not negated))

    def note_in(self, number: int, item: Any, items: Any, negated: bool) -> bool:  # noqa: ANN401  # whatever `in` takes
        """Note and return whether an item is among items. A message's own ids always are among all ids."""
        if self.watching and isinstance(items, Lookup) and isinstance(item, SeenText) and item.read == IDS:
            self.seen[number] |= TRUE | FALSE
        return cast("bool", self.note(number, (item in items) is not negated))


def _noted(name: str) -> ast.expr:
    return ast.Attribute(ast.Name("__conditions__", ast.Load()), name, ast.Load())


class _Noting(ast.NodeTransformer):
    """Puts a note around each condition."""

    def __init__(self, conditions: Conditions, source: str) -> None:
        self._conditions = conditions
        self._source = source

    def _text(self, node: ast.AST) -> str:
        text = " ".join((ast.get_source_segment(self._source, node) or ast.unparse(node)).split())
        return f"`{text}`"

    def _call(self, name: str, node: ast.expr, *arguments: ast.expr) -> ast.expr:
        number = ast.Constant(self._conditions.add(self._text(node)))
        call = ast.Call(
            ast.Attribute(ast.Name("__conditions__", ast.Load()), name, ast.Load()), [number, *arguments], []
        )
        return ast.fix_missing_locations(ast.copy_location(call, node))

    def _condition(self, node: ast.expr) -> ast.expr:
        """The node with notes in it, and around it if there are none within that say as much."""
        visited = cast("ast.expr", self.visit(node))
        if isinstance(node, ast.BoolOp | ast.Compare | ast.Constant):
            return visited
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return visited
        return self._call("note", node, visited)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:  # as the library calls it
        """Note each operand."""
        return ast.copy_location(ast.BoolOp(node.op, [self._condition(each) for each in node.values]), node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """Note what is negated."""
        if not isinstance(node.op, ast.Not):
            return cast("ast.expr", self.generic_visit(node))
        return ast.copy_location(ast.UnaryOp(node.op, self._condition(node.operand)), node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """Note what a comparison comes to."""
        visited = cast("ast.Compare", self.generic_visit(node))
        if len(node.ops) == 1:
            operator, other = node.ops[0], node.comparators[0]
            negated = ast.Constant(isinstance(operator, ast.IsNot | ast.NotIn))
            if isinstance(operator, ast.Is | ast.IsNot) and isinstance(other, ast.Constant) and other.value is None:
                return self._call("note_none", node, visited.left, negated)
            if isinstance(operator, ast.In | ast.NotIn):
                return self._call("note_in", node, visited.left, visited.comparators[0], negated)
        return self._call("note", node, visited)

    def _test(self, node: Any) -> Any:  # noqa: ANN401  # any node with a test
        test = self._condition(node.test)
        self.generic_visit_but(node, "test")
        node.test = test
        return node

    visit_If = visit_While = visit_IfExp = visit_Assert = _test  # noqa: N815  # as the library calls them

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        """Note what is filtered by."""
        ifs = [self._condition(each) for each in node.ifs]
        self.generic_visit_but(node, "ifs")
        node.ifs = ifs
        return node

    def visit_Return(self, node: ast.Return) -> ast.Return:
        """Note what is returned, unless it goes without saying."""
        if node.value is not None:
            node.value = self._condition(node.value)
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        """Note that a case matched."""
        number = self._conditions.add(f"`case {ast.unparse(node.pattern)}`", TRUE)
        first = node.body[0]
        self.generic_visit(node)
        matched = ast.Expr(ast.Call(_noted("note"), [ast.Constant(number), ast.Constant(value=True)], []))
        node.body.insert(0, ast.fix_missing_locations(ast.copy_location(matched, first)))
        return node

    def generic_visit_but(self, node: ast.AST, field: str) -> None:
        """Visit all of a node but one field."""
        kept = getattr(node, field)
        setattr(node, field, [] if isinstance(kept, list) else ast.Constant(value=True))
        self.generic_visit(node)


def watch_conditions(function: Callable[..., object]) -> tuple[Callable[..., object], Conditions] | None:
    """Return the function with its conditions noted; None if its source is not there, or is not all of it."""
    if not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
        return None
    try:
        source = dedent(inspect.getsource(function))
        tree = ast.parse(source)
    except (OSError, TypeError, SyntaxError):
        return None
    match tree.body:
        case [ast.FunctionDef(decorator_list=[]) as found] if found.name == function.__name__:
            pass
        case _:
            return None
    conditions = Conditions()
    transformer = _Noting(conditions, source)
    found.body = [transformer.visit(each) for each in found.body]
    # Defaults and annotations were evaluated when the function was made.
    found.returns, found.args.defaults, found.args.kw_defaults = None, [], [None] * len(found.args.kw_defaults)
    for argument in (*found.args.posonlyargs, *found.args.args, *found.args.kwonlyargs):
        argument.annotation = None
    names = function.__code__.co_freevars
    outer = ast.parse(f"def make(__conditions__, {', '.join(names)}):\n    pass\n    return {found.name}")
    maker = cast("ast.FunctionDef", outer.body[0])
    maker.body[0] = found
    scope: dict[str, Any] = {}
    exec(compile(ast.fix_missing_locations(outer), function.__code__.co_filename, "exec"), function.__globals__, scope)  # noqa: S102  # the user's own function
    made = scope["make"](conditions, *names)
    own = dict(zip(names, function.__closure__ or (), strict=True)) | {"__conditions__": CellType(conditions)}
    cells = tuple([own[name] for name in made.__code__.co_freevars])
    watched = FunctionType(made.__code__, function.__globals__, function.__name__, function.__defaults__, cells)
    watched.__kwdefaults__ = function.__kwdefaults__
    return watched, conditions
