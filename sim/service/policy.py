"""What may an app do with a message? The policy decision point, and the policies that are built in."""

import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Protocol

from attrs import field, frozen

from sim.model.access import (
    ACTION_NOT_GRANTED,
    NO_GRANT,
    OUTSIDE_GRANT,
    OUTSIDE_POLICY,
    PERMIT,
    REFUSED,
    Action,
    Decision,
    Request,
)
from sim.model.errors import InputError, unknown
from sim.model.extents import EVERYTHING, READINGS, Extent, Test, parse_extent


class Policy(Protocol):
    """A policy decision point: it answers requests, and must answer the same one the same way."""

    @property
    def name(self) -> str:
        """How the policy is called on the command line."""

    @property
    def text(self) -> str:
        """What the policy says, in full; verdicts attach to the hash of this text."""

    def decide(self, request: Request) -> Decision:
        """Permit or deny one action on one message."""


def fingerprint(policy: Policy) -> str:
    """The SHA-256 of the policy's text, in hexadecimal."""
    return hashlib.sha256(policy.text.encode()).hexdigest()


NOTHING = ~EVERYTHING


@frozen
class ExtentPolicy:
    """Permits exactly what the owner's grant covers and what lies in both the grant's and its own extent.

    `others` are extents for actions that do not go by the one for reading. A message that is being sent is in nobody's
    mailbox yet, and settings are about none, so for these only the grant is asked.
    """

    extent: Extent
    others: Mapping[Action, Extent] = field(factory=dict, hash=False)
    _holds: Test = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_holds", self.extent.holds)

    @property
    def name(self) -> str:
        """The name of the extent."""
        return self.extent.name

    @property
    def text(self) -> str:
        """The extent in one sentence, and those of the actions that have their own."""
        return " ".join(
            [
                self.extent.sentence,
                *(f"To {action}, it belongs when {extent.phrase}." for action, extent in self.others.items()),
            ]
        )

    def decide(self, request: Request) -> Decision:
        """Ask the grant first, then the two extents."""
        grant, action = request.grant, request.action
        if grant is None:
            return NO_GRANT
        scope = grant.scope
        if action not in scope.actions:
            return ACTION_NOT_GRANTED
        holds = self._holds
        if action != "read":
            if action in ("send", "settings"):
                return PERMIT
            if action in self.others:
                holds = self.others[action].holds
        message, app, owner, facts = request.message, request.app, request.owner, request.facts
        if not holds(message, app, owner, facts):
            return OUTSIDE_POLICY
        if scope.extent is not EVERYTHING and not scope.extent.holds(message, app, owner, facts):
            return OUTSIDE_GRANT
        return PERMIT


@frozen
class DenyAll:
    """Permits nothing: the policy that is safe and useless."""

    name: str = "deny-all"
    text: str = "Nothing is permitted."

    def decide(self, request: Request) -> Decision:
        """Deny."""
        return REFUSED


@frozen
class FunctionPolicy:
    """Any Python function that takes a `Request` and returns True or False (or a `Decision`)."""

    name: str
    text: str = field(repr=False)
    function: Callable[[Request], object]

    def decide(self, request: Request) -> Decision:
        """Ask the function. Raises `InputError` if it answers with anything else than it may."""
        match self.function(request):
            case True:
                return PERMIT
            case False:
                return REFUSED
            case Decision() as decision:
                return decision
            case other:
                raise InputError(
                    f"the policy `{self.name}` returned `{other!r:.60}`; let it return True, False or a Decision"
                )


BUILT_IN: dict[str, Policy] = {
    **{name: ExtentPolicy(extent) for name, extent in READINGS.items()},
    "deny-all": DenyAll(),
}


def load_policy(name: str) -> Policy:
    """The policy that a POLICY on the command line stands for.

    A built-in name, an expression over the readings (`reply | tagged`), `file.py:function`, `file.cedar`, or scopes of
    a real platform (`gmail:gmail.metadata+gmail.send`). Raises `InputError`, in one line, when there is none.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    if name.endswith(".cedar"):
        return _load_cedar(name)
    path, colon, function = name.rpartition(":")
    if colon and path.endswith(".py"):
        return _load_function(name, Path(path), function)
    if name.endswith(".py"):
        raise InputError(f"`{name}` names a file but no function; write `{name}:policy`")
    if any(sign in name for sign in "|&~("):
        return ExtentPolicy(parse_extent(name))
    if (scopes := _of_platform(name)) is not None:
        return scopes
    raise unknown("policy", name, BUILT_IN, "permiscope list policies")


def _of_platform(name: str) -> Policy | None:
    """The rule of a platform for some of its scopes, if the name begins with a platform's."""
    from sim.service.catalog.scopes import load_scopes, vendor_of
    from sim.service.catalog.vendor import is_vendor

    return load_scopes(name) if is_vendor(vendor_of(name)) else None


def _load_cedar(name: str) -> Policy:
    try:
        from sim.service.engines.cedar import load_cedar
    except ModuleNotFoundError:
        raise InputError(f"`{name}` needs the package `cedarpy`; run pip install 'permiscope[cedar]'") from None
    return load_cedar(name)


def _load_function(name: str, path: Path, attribute: str) -> Policy:
    function = getattr(_import(path), attribute, None)
    if function is None:
        raise InputError(f"`{path}` defines no `{attribute}`; check the part after the colon")
    if not callable(function):
        raise InputError(f"`{attribute}` in `{path}` is no function; let it take one Request and return True or False")
    try:
        inspect.signature(function).bind(object())
    except (TypeError, ValueError):
        raise InputError(f"`{attribute}` in `{path}` must take exactly one argument, the Request") from None
    return FunctionPolicy(name, importlib.util.decode_source(path.read_bytes()), function)


def _import(path: Path) -> ModuleType:
    if not path.is_file():
        raise InputError(f"there is no file `{path}`; check the part before the colon")
    spec = importlib.util.spec_from_file_location(f"permiscope_policy_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"`{path}` cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        line = f"{type(error).__name__}: {error}".splitlines()[0]
        raise InputError(f"`{path}` cannot be imported: {line}") from error
    return module
