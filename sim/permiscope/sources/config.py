"""What does a project say about the test of its own policy? The table `[tool.permiscope]` of its pyproject.toml."""

from pathlib import Path
from typing import TypeVar

from attrs import AttrsInstance, evolve, field, fields, frozen

from permiscope.model.codec import Codec, Plain, read_toml
from permiscope.model.errors import InputError

TABLE = "[tool.permiscope]"
Table = TypeVar("Table", bound=AttrsInstance)


@frozen
class Accepted:
    """A counterexample that is known, and why it is accepted.

    It is named by a claim (`I5:authored`), or by a scenario file, and then no shorter one is accepted.
    """

    reason: str
    claim: str | None = None
    scenario: str | None = None


@frozen
class Settings:
    """What to test, as the options of `permiscope test` say it too, and which counterexamples are accepted.

    `vary` has values that the policy compares with, by attribute, so that the search tries them.
    """

    policy: str
    readings: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    max_steps: int | None = None
    accepted: tuple[Accepted, ...] = ()
    vary: dict[str, tuple[str | float, ...]] = field(factory=dict, hash=False)


def load_settings(path: Path) -> Settings | None:
    """The settings in a pyproject.toml; None if there is no such file, or no such table in it.

    Raises `InputError` that names the file and the key if the table is malformed.
    """
    if not path.exists():
        return None
    tool = read_toml(path).get("tool", {})
    plain = tool.get("permiscope") if isinstance(tool, dict) else None
    if plain is None:
        return None
    if not isinstance(plain, dict):
        raise InputError(f"`{path}`: `tool.permiscope` is no table; write {TABLE} and its keys below")
    accepted = plain.pop("accepted", [])
    if not isinstance(accepted, list):
        raise InputError(f"`{path}`: `accepted` is no list; write each as a table [[tool.permiscope.accepted]]")
    settings = _read(f"`{path}`, {TABLE}", plain, Settings)
    read = tuple(_accepted(f"`{path}`, accepted {number}", each) for number, each in enumerate(accepted, start=1))
    return evolve(settings, accepted=read)


def _accepted(where: str, plain: object) -> Accepted:
    if not isinstance(plain, dict):
        raise InputError(f"{where} is no table; write [[tool.permiscope.accepted]] and its keys below")
    accepted = _read(where, plain, Accepted)
    if not accepted.reason.strip():
        raise InputError(f"{where}: say why it is accepted, in `reason`")
    if bool(accepted.claim) == bool(accepted.scenario):
        raise InputError(f"{where}: name what is accepted by `claim` or by `scenario`, one of the two")
    return accepted


def _read(where: str, plain: Plain, kind: type[Table]) -> Table:
    """A table as a value of this kind. TOML's keys have hyphens where Python's names have none."""
    known = [field.name.replace("_", "-") for field in fields(kind)]
    for key in plain:
        if key not in known:
            raise InputError(f"{where}: there is no key `{key}`; there are {', '.join(known)}")
    try:
        table: Table = Codec().read({key.replace("-", "_"): value for key, value in plain.items()}, kind)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    return table
