"""What is a Cedar text made of, so that one can see what each part of its conditions was?

An operand that never was true in a search says nothing of what it lets in: *kept* may not be said then. Cedar tells
which policies decided, and so each operand is made into two policies of its own: one that holds where it is asked and
is true, and one where it is asked and is not. It is asked where Cedar would come to it: after what stands before it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import cedarpy
from attrs import frozen

Node = dict[str, Any]  # an expression in Cedar's JSON
Path = tuple[Node, ...]

BOOLEAN = ("&&", "||", "!", "if-then-else")
GIVEN = ("Value", "is", "has", "Var")
"""What does not vary by what people do: the types of things, and what there is to be asked of them."""


@frozen
class Operand:
    """A part of a condition, as Cedar writes it, and the policies that hold where it is true and where it is not."""

    text: str
    true: Node
    false: Node


def operands_of(policies: Mapping[str, Node]) -> Iterator[Operand]:
    """Yield the operands of policies in Cedar's JSON, in their order."""
    for policy in policies.values():
        path: Path = ()
        for condition in policy["conditions"]:
            body: Node = condition["body"]
            for leaf, before in _leaves(body, path):
                yield Operand(
                    _text(policy, leaf), _policy(policy, (*before, leaf)), _policy(policy, (*before, _not(leaf)))
                )
            path = (*path, body if condition["kind"] == "when" else _not(body))


def policies_from(documents: Sequence[Node]) -> cedarpy.PolicySet:
    """Return a set of policies, called by their places."""
    static = {str(place): each for place, each in enumerate(documents)}
    return cedarpy.PolicySet.from_json_str(_document(static))


def _leaves(node: Node, path: Path) -> Iterator[tuple[Node, Path]]:
    """Each operand that is none of a larger expression's, with what is true where it is asked."""
    match node:
        case {"&&": {"left": left, "right": right}}:
            yield from _leaves(left, path)
            yield from _leaves(right, (*path, left))
        case {"||": {"left": left, "right": right}}:
            yield from _leaves(left, path)
            yield from _leaves(right, (*path, _not(left)))
        case {"!": {"arg": inner}}:
            yield from _leaves(inner, path)
        case {"if-then-else": {"if": asked, "then": then, "else": other}}:
            yield from _leaves(asked, path)
            yield from _leaves(then, (*path, asked))
            yield from _leaves(other, (*path, _not(asked)))
        case {"contains": {"left": {"Set": several}, "right": item}} | {
            "in": {"left": item, "right": {"Set": several}}
        }:
            sign = "==" if "contains" in node else "in"
            yield from _leaves(_any([{sign: {"left": item, "right": each}} for each in several]), path)
        case {"containsAny": {"left": {"Set": several}, "right": other}} | {
            "containsAny": {"left": other, "right": {"Set": several}}
        }:
            yield from _leaves(_any([{"contains": {"left": other, "right": each}} for each in several]), path)
        case {"is": {"in": _}}:  # a group, and not the type alone
            yield node, path
        case _ if not any(name in node for name in GIVEN):
            yield node, path
            for inner in _inner(node):
                yield from _leaves(inner, path)
        case _:
            pass


def _inner(value: object) -> Iterator[Node]:
    """The conditions inside an operand, as in `(a || b) == c`."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        if isinstance(child, dict) and any(name in child for name in BOOLEAN):
            yield child
        else:
            yield from _inner(child)


def _any(nodes: Sequence[Node]) -> Node:
    first, *others = nodes or [{"Value": False}]
    for each in others:
        first = {"||": {"left": first, "right": each}}
    return first


def _not(node: Node) -> Node:
    return {"!": {"arg": node}}


def _policy(policy: Node, when: Path) -> Node:
    """A permit for what a policy is about, under these conditions."""
    conditions = [{"kind": "when", "body": each} for each in when]
    return {**policy, "effect": "permit", "conditions": conditions}


def _text(policy: Node, node: Node) -> str:
    """An operand as Cedar writes it."""
    written: str = cedarpy.policies_from_json_str(_document({"0": _policy(policy, (node,))}))
    return " ".join(written.partition("when {")[2].rpartition("}")[0].split())


def _document(static: Mapping[str, Node]) -> str:
    return json.dumps({"templates": {}, "templateLinks": [], "staticPolicies": static})
