"""How does Cedar decide? A policy in a `.cedar` file, asked through `cedarpy`.

Cedar is told of an app, an action and a message, under the names that the mapping gives them (`mapping.py`), and
in the context of the grant. It knows nothing else: an answer rests on what was told alone, and is remembered by
it. Cedar skips a policy that fails, a `forbid` too; what it skipped is the decision's `error`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import cedarpy
from attrs import field, frozen

from permiscope.model import reads as looks
from permiscope.model.access import Action, Decision, Request
from permiscope.model.errors import InputError
from permiscope.service.policies.engines.mapping import (
    NAMES,
    OURS,
    Attribute,
    Kind,
    Place,
    Uid,
    Value,
    Vocabulary,
    read_vocabulary,
)
from permiscope.service.policies.engines.operands import Operand, operands_of, policies_from
from permiscope.service.policies.policy import Parts, Sayings

T = TypeVar("T")

REMEMBERED = 1 << 14
"""So many answers are remembered, a few megabytes: a search within five steps asks for some dozens."""

FAILED = re.compile(r"error while evaluating policy `(\w+)`: (.*)", re.DOTALL)
TOKEN = re.compile(r'\s+|//[^\n]*|"(?:\\.|[^"\\])*"|\w+|::|[=!<>]=|&&|\|\||.', re.DOTALL)
NAMED = re.compile(r"[`'](.+?)[`']|(\w+)$")
UNFINISHED = "unexpected end of input"
"""What Cedar says of a text that could still become a policy."""


@frozen
class CedarPolicy:
    """A Cedar text, asked with what it is told of each request.

    It `says` that it looks at the attributes that the text asks for, and at names and ids if it has any of its own; and
    which people, apps and actions it names.
    """

    name: str
    text: str = field(repr=False)
    says: Sayings = field(repr=False, eq=False)
    _answer: Callable[[Request], Decision] = field(repr=False, eq=False)

    def decide(self, request: Request) -> Decision:
        """Ask Cedar, unless it was told the same before."""
        return self._answer(request)


def load_cedar(name: str) -> CedarPolicy:
    """The policy in a `.cedar` file, with the mapping beside it if there is one.

    Raises `InputError` for a text that is no Cedar, with where and why, and for a mapping that names what is not
    there.
    """
    path = Path(name)
    text = _read(path)
    parsed = _parse(path, text)
    vocabulary, texts, entities = Vocabulary(), [text], cedarpy.Entities.from_json_str("[]")
    beside = path.with_suffix(".mapping.toml")
    if beside.exists():
        vocabulary = read_vocabulary(beside)
        texts.append(_read(beside))
    if vocabulary.entities is not None:
        texts.append(_read(vocabulary.entities))
        entities = _entities(vocabulary.entities, texts[-1])
    document = json.loads(str(entities))
    existing = frozenset((each["uid"]["type"], each["uid"]["id"]) for each in document)
    _check_theirs(beside, vocabulary, parsed, existing)
    told = tuple(_told(vocabulary, parsed.reads))
    engine = _Engine(parsed, vocabulary, told, entities, existing)
    named = {*parsed.names, *_uids(document), *vocabulary.targets.values(), *_uids(engine.fixed)}
    ours = {theirs: ours for ours, theirs in vocabulary.actions.items()}
    people, apps = (sorted(each for kind, each in named if kind == vocabulary.types[of]) for of in ("person", "app"))
    reads = frozenset({"call.action", "grant.given"}).union(
        *(each.attribute.reads for each in told if _is_read(each, parsed))
    )
    if people:
        reads |= {looks.NAMES}
    if any(kind == vocabulary.types["message"] for kind, _ in named):
        reads |= {looks.IDS}
    parts = Parts(
        tuple(parsed.called.values()),
        operands=tuple([each.text for each in parsed.operands]),
        untold=tuple(sorted(parsed.reads - {each.theirs for each in told} - _keys([document, engine.fixed]))),
        truths=engine.remembered(engine.truths),
    )
    words = tuple(sorted({ours.get(name, name) for kind, name in named if kind == vocabulary.types["action"]}))
    says = Sayings(reads, parts=parts, people=tuple(people), apps=tuple(apps), words=words)
    return CedarPolicy(name, "\n".join(texts), says, answer=engine.remembered(engine.ask))


@frozen
class _Parsed:
    """A policy set, and of each policy its effect and what it is called: its `@id`, or its place in the text.

    `reads` has every attribute that the text asks for, `names` every entity that it names. Of each operand, `truths`
    has two policies, one after the other: for where it is true, and where it is not.
    """

    policies: cedarpy.PolicySet
    called: Mapping[str, str]
    effects: Mapping[str, str]
    reads: frozenset[str]
    names: frozenset[Uid]
    operands: tuple[Operand, ...]
    truths: cedarpy.PolicySet


@frozen
class _Told:
    """One attribute, where Cedar finds it and under which name."""

    place: Place
    theirs: str
    attribute: Attribute


@frozen
class _Engine:
    """Cedar, prepared: the policies and the entities that never change are parsed once."""

    parsed: _Parsed
    vocabulary: Vocabulary
    told: tuple[_Told, ...]
    entities: cedarpy.Entities
    existing: frozenset[Uid]

    @property
    def fixed(self) -> dict[Place, dict[str, object]]:
        """The attributes that never change, in a copy that others can be added to."""
        return {place: dict(fields.fixed) for place, fields in self.vocabulary.fields.items()}

    def remembered(self, answer: Callable[[str, Action, str, tuple[Value, ...]], T]) -> Callable[[Request], T]:
        """Return how a request is answered: as another one was of which Cedar was told the same."""
        known = lru_cache(REMEMBERED)(answer)
        attributes = [each.attribute for each in self.told]

        def ask(request: Request) -> T:
            values = tuple([attribute.of(request) for attribute in attributes])
            return known(request.app, request.action, request.message.id, values)

        return ask

    def ask(self, app: str, action: Action, message: str, values: tuple[Value, ...]) -> Decision:
        """What Cedar decides when it is told these values; `message` is an id.

        Raises `ValueError` if Cedar can make nothing of a name, such as one that is no Unicode.
        """
        return self._decision(self._put(self.parsed.policies, app, action, message, values))

    def truths(self, app: str, action: Action, message: str, values: tuple[Value, ...]) -> frozenset[tuple[int, bool]]:
        """Which operands are come to when Cedar is told these values, and what they are."""
        found = self._put(self.parsed.truths, app, action, message, values).diagnostics.reasons
        return frozenset((int(each) // 2, int(each) % 2 == 0) for each in found)

    def _put(
        self, policies: cedarpy.PolicySet, app: str, action: Action, message: str, values: tuple[Value, ...]
    ) -> cedarpy.AuthzResult:
        words = self.vocabulary
        attributes = self.fixed
        for told, value in zip(self.told, values, strict=True):
            if value is not None:
                attributes[told.place][told.theirs] = self._plain(told.attribute.kind, value, app)
        principal = words.types["app"], app
        resource = words.targets.get(action) or (words.types["message"], message)
        # An entity that the user's file has is as the file says.
        added = [
            {"uid": _plain_uid(uid), "attrs": given, "parents": []}
            for uid, given in ((principal, attributes["principal"]), (resource, attributes["resource"]))
            if uid not in self.existing
        ]
        return cedarpy.is_authorized(
            {
                "principal": _plain_uid(principal),
                "action": _plain_uid((words.types["action"], words.actions.get(action, action))),
                "resource": _plain_uid(resource),
                "context": attributes["context"],
            },
            policies,
            self.entities.with_added_json_str(json.dumps(added)),
        )

    def _plain(self, kind: Kind | None, value: Value, app: str) -> object:
        """A value as Cedar's JSON has it; the app may be among those to whom a message is addressed."""
        if isinstance(value, tuple):
            return [self._plain(kind, each, app) for each in value]
        if kind is None or not isinstance(value, str):
            return value
        words = self.vocabulary
        if kind == "action":
            value = words.actions.get(value, value)
        elif kind == "person" and value == app:
            kind = "app"
        return {"__entity": _plain_uid((words.types[kind], value))}

    def _decision(self, result: cedarpy.AuthzResult) -> Decision:
        said = result.diagnostics
        if result.decision is cedarpy.Decision.NoDecision:
            raise ValueError("; ".join(said.errors))
        called = self.parsed.called
        failed = {found[1]: found[2] for found in map(FAILED.match, said.errors) if found}
        # Cedar's own order is that of a hash.
        skipped = [
            f"Cedar skipped the {self.parsed.effects[each]} `{called[each]}`, which failed: {failed[each]}"
            for each in called
            if each in failed
        ]
        return Decision(
            permit=result.allowed,
            reason="permitted" if result.allowed else "refused by the policy",
            error="; ".join(skipped) or None,
            because=tuple([called[each] for each in called if each in said.reasons]),
        )


def _plain_uid(uid: Uid) -> dict[str, str]:
    kind, name = uid
    return {"type": kind, "id": name}


def _told(vocabulary: Vocabulary, reads: frozenset[str]) -> Iterator[_Told]:
    """What a text of these attributes need be told. A context can be compared as a whole, so it is told whole."""
    for place, fields in vocabulary.fields.items():
        names = {name: name for name in NAMES[place] if name not in fields.fixed} | {**fields.told}
        for theirs, ours in names.items():
            if place == "context" or theirs in reads:
                yield _Told(place, theirs, OURS[ours])


def _is_read(told: _Told, parsed: _Parsed) -> bool:
    """Whether the text asks for the attribute. Of a context it may ask for all at once, which it does by no name."""
    return told.theirs in parsed.reads


def _check_theirs(path: Path, vocabulary: Vocabulary, parsed: _Parsed, existing: frozenset[Uid]) -> None:
    """Raises `InputError` for an attribute or an action of theirs that the Cedar text does not have."""
    for fields in vocabulary.fields.values():
        for theirs in (*fields.told, *fields.fixed):
            if theirs not in parsed.reads:
                read = ", ".join(sorted(parsed.reads)) or "none"
                raise InputError(f"`{path}` names the attribute `{theirs}`; those that the policies read are {read}")
        for theirs, value in fields.fixed.items():
            if not _is_entity(("Any", ""), {theirs: value}):
                raise InputError(f"`{path}`: Cedar has no such value as `{value}`, which `{theirs}` is given")
    for kind in (*vocabulary.types.values(), *(kind for kind, _ in vocabulary.targets.values())):
        if not _is_entity((kind, ""), {}):
            raise InputError(f"`{path}`: `{kind}` is no type that Cedar can read; write one as in `Mail::App`")
    if (kind := vocabulary.types["action"]).rpartition("::")[2] != "Action":
        raise InputError(f"`{path}`: the type of actions is `{kind}`; Cedar's is `Action`, or as in `Mail::Action`")
    known = sorted(name for kind, name in parsed.names | existing if kind == vocabulary.types["action"])
    for theirs in vocabulary.actions.values():
        if known and theirs not in known:
            raise InputError(
                f"`{path}` names the action `{theirs}`; those that the policies name are {', '.join(known)}"
            )


def _is_entity(uid: Uid, attributes: dict[str, object]) -> bool:
    """Whether Cedar takes this for an entity."""
    try:
        cedarpy.Entities.from_json_str(json.dumps([{"uid": _plain_uid(uid), "attrs": attributes, "parents": []}]))
    except (TypeError, ValueError):
        return False
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"there is no file `{path}`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"`{path}` cannot be read: {error}") from None


def _entities(path: Path, text: str) -> cedarpy.Entities:
    try:
        json.loads(text)
        return cedarpy.Entities.from_json_str(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"`{path}` has no entities that Cedar can read: {error}") from None


def _parse(path: Path, text: str) -> _Parsed:
    try:
        policies = cedarpy.PolicySet.from_str(text)
    except ValueError as error:
        raise _misspelt(path, text, str(error)) from None
    if templates := policies.templates():
        raise InputError(
            f"`{path}` has a template, `{templates[0]['id_annotation'] or templates[0]['id']}`, which permits nothing "
            f"by itself; put an entity in place of `{templates[0]['slots'][0]}`"
        )
    plain = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    operands = tuple(operands_of(plain))
    ordered = sorted(plain, key=lambda each: int(each.removeprefix("policy")))
    return _Parsed(
        policies,
        {each: plain[each].get("annotations", {}).get("id") or each for each in ordered},
        {each: plain[each]["effect"] for each in ordered},
        frozenset(_reads(plain)),
        frozenset(_uids(plain)),
        operands,
        policies_from([each for operand in operands for each in (operand.true, operand.false)]),
    )


def _objects(plain: object) -> Iterator[dict[str, object]]:
    """Every object in a JSON document, the inner ones too."""
    if isinstance(plain, dict):
        yield plain
        for each in plain.values():
            yield from _objects(each)
    elif isinstance(plain, list):
        for each in plain:
            yield from _objects(each)


def _keys(plain: object) -> frozenset[str]:
    """The names of everything in a JSON document."""
    return frozenset(key for node in _objects(plain) for key in node)


def _reads(plain: object) -> Iterator[str]:
    """Every attribute that a JSON document of Cedar's asks for, or asks about."""
    for node in _objects(plain):
        for sign in (".", "has"):
            match node.get(sign):
                case {"attr": str(attribute)}:
                    yield attribute
                case _:
                    pass


def _uids(plain: object) -> Iterator[Uid]:
    """Every entity that a JSON document of Cedar's names."""
    for node in _objects(plain):
        match node:
            case {"type": str(kind), "id": str(name)}:
                yield kind, name
            case _:
                pass


def _misspelt(path: Path, text: str, complaint: str) -> InputError:
    """What Cedar says of a text, with the place, which `cedarpy` does not say, and a note that points at it."""
    offset, complaint = _place(text) or (0, complaint)
    number = text.count("\n", 0, offset) + 1
    start = text.rfind("\n", 0, offset) + 1
    line = text[start:].partition("\n")[0]
    error = InputError(f"`{path}` line {number}, column {offset - start + 1}: {' '.join(complaint.split())}")
    printable = "".join(sign if sign.isprintable() else " " for sign in line)
    error.add_note(f"  {printable}\n  {' ' * (offset - start)}^")
    return error


def _place(text: str) -> tuple[int, str] | None:
    """Where the first statement goes wrong that is none, and what Cedar says of it.

    That is at the first word after which no end could make it one; or, when Cedar finds fault with a whole
    statement, at the word that it names.
    """
    start = 0
    words = []
    for word in TOKEN.finditer(text):
        words.append(word)
        last = word.end() == len(text)
        if word[0] != ";" and not last:
            continue
        statement, start_of_next = text[start : word.end()], word.end()
        if complaint := _complaint(statement):
            for each in words:
                if each[0].isspace() or each[0].startswith("//"):
                    continue
                if _complaint(text[start : each.end()]) not in (None, UNFINISHED):
                    named = NAMED.search(complaint)
                    meant = [one for one in words if named and one[0] == (named[1] or named[2])]
                    return (each if each in meant or not meant else meant[0]).start(), complaint
            return len(text.rstrip()), complaint
        start, words = start_of_next, []
    return None


def _complaint(text: str) -> str | None:
    try:
        cedarpy.PolicySet.from_str(text)
    except ValueError as error:
        return str(error)
    return None
