"""Which policy does a name on the command line stand for? One that is built in, a file's, or a platform's."""

import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType

from permiscope.model.errors import InputError, unknown
from permiscope.model.extents import parse_extent
from permiscope.service.policies.policy import BUILT_IN, ExtentPolicy, FunctionPolicy, Policy


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
    return _of_platform(name)


def _of_platform(name: str) -> Policy:
    """The rule of a platform for some of its scopes. Nothing is left that the name could stand for if it is none."""
    from permiscope.service.platforms.scopes import (  # only here: what a rehearsal loads needs none
        load_scopes,
        vendor_of,
    )
    from permiscope.service.platforms.vendor import is_vendor, vendor_names

    vendor = vendor_of(name)
    if is_vendor(vendor):
        return load_scopes(name)
    if vendor.endswith(".toml"):
        raise InputError(f"`{vendor}` describes no platform, for it has no scopes; `permiscope run` runs a scenario")
    names = [*BUILT_IN, *vendor_names()]
    raise unknown("policy or platform", vendor, names, "permiscope list policies` or `permiscope list platforms")


def _load_cedar(name: str) -> Policy:
    try:
        from permiscope.service.policies.engines.cedar import load_cedar
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
