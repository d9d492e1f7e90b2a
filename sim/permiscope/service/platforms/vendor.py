"""What does a vendor offer, in its own words? A platform is a data file; this reads it, and knows none by name.

A file says which scopes there are and which methods each of them opens, as the vendor's tables have it, which of our
operations a method is, and on which messages. What no table says is a fact with a mark of its own.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from attrs import evolve, field, frozen

from permiscope.model.access import OPERATIONS, Grade, Operation
from permiscope.model.codec import Codec, read_toml
from permiscope.model.errors import InputError, unknown
from permiscope.model.extents import EVERYTHING, Extent
from permiscope.service.door.build import Denials

HERE = Path(__file__).parent

Mark = Literal["V", "S", "A", "R", "I"]
MARKS: Mapping[str, str] = {
    "V": "seen in a primary or official text",
    "S": "in a secondary source only",
    "A": "seen quoted only",
    "R": "recalled, not seen",
    "I": "our inference",
}
"""How well a fact is known."""

Reach = Literal["owner", "member", "everyone"]
REACHES: Mapping[Reach, str] = {
    "owner": "in the mailbox of whoever consents",
    "member": "in every conversation of which one member consents",
    "everyone": "in every mailbox as soon as one person, an administrator, consents",
}
"""Whose mailboxes a consent opens."""


@frozen
class Source:
    """Where facts were found: a title, where it is, as of when, and how well what it says is known."""

    title: str
    ref: str
    mark: Mark
    date: str = ""


@frozen
class Fact:
    """A sentence with its mark and the key of its source."""

    text: str
    source: str
    mark: Mark


@frozen
class VendorScope:
    """A scope or permission as a person, or an administrator, grants it.

    The methods that it opens work on the messages of its `extent` (of an operation in `extents`, on those), and hand
    over no more than `grade` of each. `says` is what its `consent` text lets a reader expect to be shown in full, as
    we read it; without it that is the extent. One that `narrows` adds nothing, and cuts what the others open down to
    its extent. What it `refuses` is refused to whoever holds it, whatever else they hold.
    """

    source: str = ""
    mark: Mark | None = None
    uri: str = ""
    consent: str = ""
    tier: str = ""
    extent: Extent = ~EVERYTHING
    extents: Mapping[Operation, Extent] = field(factory=dict)
    grade: Grade = Grade.BODY
    says: Extent | None = None
    reach: Reach = "owner"
    narrows: bool = False
    refuses: tuple[Operation, ...] = ()
    facts: tuple[Fact, ...] = ()

    @property
    def said(self) -> Extent:
        """What the person is led to expect: of which messages the app may be shown the text."""
        if self.says is not None:
            return self.says
        return self.extent if self.grade is Grade.BODY else ~EVERYTHING


@frozen
class Methods:
    """Methods that any one of some scopes opens, by the operation of ours that each of them is, or `other` ones.

    No scope at all means that none is needed.
    """

    any_of: tuple[str, ...]
    calls: Mapping[Operation, tuple[str, ...]] = field(factory=dict)
    other: tuple[str, ...] = ()


@frozen
class Refusal:
    """How a refusal looks, and how well that is known."""

    looks: Denials
    text: str
    source: str
    mark: Mark


@frozen
class Revocation:
    """For how many virtual seconds after a revocation the app is still served, and what is recalled."""

    lag: float
    text: str
    source: str
    mark: Mark


@frozen
class Vendor:
    """A platform: its scopes, its methods, and what is known of how it treats them.

    `pushes` is how much of a message a subscriber is sent at most; `deletes` is whose copies a delete removes.
    """

    name: str
    title: str
    about: str
    as_of: str
    sources: Mapping[str, Source]
    refusal: Refusal
    scopes: Mapping[str, VendorScope]
    methods: tuple[Methods, ...]
    revocation: Revocation | None = None
    pushes: Grade = Grade.METADATA
    deletes: Literal["own", "everyone"] = "own"
    facts: tuple[Fact, ...] = ()

    def may_call(self, scopes: frozenset[str], method: str) -> bool:
        """Whether somebody with these scopes may call a method at all, as the vendor's table says."""
        return any(
            not each.any_of or not scopes.isdisjoint(each.any_of) for each in self.methods if method in _named(each)
        )

    @property
    def method_names(self) -> tuple[str, ...]:
        """Every method once, in the order of the file."""
        return tuple(dict.fromkeys(name for each in self.methods for name in _named(each)))

    def opened(self, scope: str) -> Mapping[Operation, tuple[str, ...]]:
        """The operations that a scope opens, in our order, with the methods that are them."""
        opened: dict[Operation, list[str]] = {}
        for each in self.methods:
            if scope in each.any_of:
                for operation, names in each.calls.items():
                    opened.setdefault(operation, []).extend(names)
        return {operation: tuple(opened[operation]) for operation in OPERATIONS if operation in opened}

    def scope(self, name: str) -> str:
        """The key of the scope that somebody named, by its key or its address. Raises `InputError` if there is none."""
        for key, scope in self.scopes.items():
            if name in (key, scope.uri):
                return key
        raise unknown("scope", name, self.scopes, f"permiscope explain {self.name}")

    def mark(self, scope: VendorScope) -> Mark:
        """How well it is known what a scope opens, and on which messages."""
        return scope.mark or self.sources[scope.source].mark


def _named(methods: Methods) -> Iterator[str]:
    for names in methods.calls.values():
        yield from names
    yield from methods.other


def vendor_names() -> list[str]:
    """The platforms of the catalogue: their files' names, without the ending."""
    return sorted(file.relative_to(HERE).with_suffix("").as_posix() for file in HERE.rglob("*.toml"))


def is_vendor(name: str) -> bool:
    """Whether a platform is called so: one of the catalogue, or a data file of somebody's own.

    Raises `InputError` for a file that is not there or is no TOML.
    """
    if not name.endswith(".toml"):
        return name in vendor_names()
    return "scopes" in read_toml(Path(name))


@cache
def load_vendor(name: str) -> Vendor:
    """The platform of the catalogue, or of a data file (.toml). Raises `InputError` that names the file and the key."""
    path = Path(name) if name.endswith(".toml") else HERE / f"{name}.toml"
    if not name.endswith(".toml") and name not in vendor_names():
        raise unknown("platform", name, vendor_names(), "permiscope list platforms")
    try:
        vendor: Vendor = Codec().read({"name": name, **read_toml(path)}, Vendor)
        return _checked(vendor)
    except InputError as error:
        raise InputError(f"`{name}` is no platform: {error}") from None


def _checked(vendor: Vendor) -> Vendor:
    """The platform with each scope's source filled in. Raises `InputError` for what does not fit together."""
    if not vendor.sources:
        raise InputError("it names no source; write one as a table `[sources.NAME]`")
    first = next(iter(vendor.sources))
    scopes = {name: evolve(scope, source=scope.source or first) for name, scope in vendor.scopes.items()}
    facts = [*vendor.facts, *(fact for scope in scopes.values() for fact in scope.facts)]
    keys = [vendor.refusal.source, *(scope.source for scope in scopes.values()), *(fact.source for fact in facts)]
    keys += [vendor.revocation.source] if vendor.revocation else []
    for key in keys:
        if key not in vendor.sources:
            raise unknown("source", key, vendor.sources, "the tables [sources.NAME] of the file")
    seen: dict[str, Methods] = {}
    for methods in vendor.methods:
        for scope in methods.any_of:
            if scope not in scopes:
                raise unknown("scope", scope, scopes, "the tables [scopes.NAME] of the file")
        for name in _named(methods):
            if seen.setdefault(name, methods) is not methods:
                raise InputError(f"the method `{name}` stands in two blocks; name all its scopes in one")
    return evolve(vendor, scopes=scopes)
