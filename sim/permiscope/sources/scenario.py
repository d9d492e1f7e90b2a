"""What does a scenario file say? A history with its people, its rule and what to judge it by, as TOML.

A counterexample is saved as one, and one that was written by hand runs the same way.
"""

from math import inf
from pathlib import Path

import tomli_w
from attrs import evolve, frozen

from permiscope.model.codec import Codec, read_toml
from permiscope.model.errors import InputError
from permiscope.model.steps import History


@frozen
class Scenario:
    """A history, the policy to run it under, and the invariants to judge it by, by name (`I5:reply`).

    The policy may be a whole service, as `L7` or `ideal`; `faults` are leaks that are built into it besides.
    """

    policy: str
    invariants: tuple[str, ...] = ()
    title: str = ""
    people: tuple[str, ...] = ("Ana", "Ben", "Cy")
    apps: tuple[str, ...] = ("StreamCo",)
    recheck: bool = False
    lag: float = 0.0
    faults: tuple[str, ...] = ()
    history: History = ()


def load_scenario(path: Path) -> Scenario:
    """The scenario in a TOML file. Raises `InputError` that names the file, and the step that is malformed."""
    plain = read_toml(path)
    steps = plain.pop("step", None)
    if not isinstance(steps, list) or not steps:
        raise InputError(f"`{path}` has no steps; write each as a table `[[step]]`")
    codec = Codec()
    history = []
    for number, step in enumerate(steps, start=1):
        try:
            history.append(codec.read_step(step))
        except InputError as error:
            raise InputError(f"`{path}`, step {number}: {error}") from None
    try:
        scenario: Scenario = codec.read(plain, Scenario)
    except InputError as error:
        raise InputError(f"`{path}`: {error}") from None
    names = [*scenario.people, *scenario.apps]
    if not scenario.people or not scenario.apps or len(set(names)) < len(names) or not all(names):
        raise InputError(f"`{path}`: people and apps need names, each another; there are {', '.join(names) or 'none'}")
    if not 0.0 <= scenario.lag < inf:
        raise InputError(f"`{path}`: a lag of `{scenario.lag}` is no number of seconds; use 0 or more")
    return evolve(scenario, history=tuple(history))


def dump_scenario(scenario: Scenario) -> str:
    """The scenario as TOML: what it is, then a table a step."""
    codec = Codec()
    plain = codec.write(evolve(scenario, history=()))
    return tomli_w.dumps({**plain, "step": [codec.write_step(step) for step in scenario.history]})
