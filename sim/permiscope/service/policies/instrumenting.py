"""Compile a function of a policy once more, with a note at each of its conditions.

The notes are calls of what stands under the name `NOTED`, which the function is closed over: `note` and the like of
`permiscope.service.policies.conditions`.
"""

import ast
import linecache
from collections.abc import Iterator
from copy import deepcopy
from dis import get_instructions
from functools import lru_cache
from types import CodeType
from typing import Any, cast

from attrs import frozen

TRUE, FALSE, ASIDE = 1, 2, 4
BOTH = TRUE | FALSE

LIKE_AND = ("all", "min", "prod", "reduce")
VALUED = (ast.Call, ast.Name, ast.Attribute, ast.Subscript, ast.IfExp)
BRANCHING = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.Match)
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift)
NOTED = "__noted__"
"""The name by which a function finds what notes its conditions."""


@frozen
class Condition:
    """A condition: its text, the values that it has to have, and what is said if it never had one of them."""

    text: str
    needed: int = BOTH
    otherwise: str = ""


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
class Compiled:
    """The code of a function with its conditions noted, these, and what it computes."""

    code: CodeType
    conditions: tuple[Condition, ...]
    computed: tuple[str, ...]


@lru_cache(maxsize=1000)
def compiled(code: CodeType, *, is_helper: bool) -> Compiled | None:
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
    return Compiled(inner.replace(co_name=code.co_name), tuple(noting.conditions), tuple(noting.computed))


def _is_private(node: ast.AST) -> bool:
    """Whether a node has a name that means something else outside of its class."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.startswith("__") and not name.endswith("__")


def _codes(code: CodeType) -> Iterator[CodeType]:
    return (each for each in code.co_consts if isinstance(each, CodeType))


def within(code: CodeType) -> Iterator[CodeType]:
    """Return every code that is in another one, however deep."""
    for each in _codes(code):
        yield each
        yield from within(each)


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
