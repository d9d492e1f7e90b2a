"""Which of our words is which of theirs? What an engine is told of a request, and under which names.

Without a mapping, an engine is told everything under our names. A mapping is a TOML file beside the policy,
`reply.mapping.toml` for `reply.cedar`, so that whatever names the policy finds it: a saved history, a project's
settings, a colleague's command. All of its tables may be left out:

    entities = "entities.json"           # more entities, in the engine's own form

    [types]                              # ours = theirs
    app = "Partner"
    message = "Document"

    [actions]                            # ours = theirs; for sending, perhaps where to
    read = "ViewDocument"
    send = { id = "CreateDocument", resource = { type = "Drive", id = "drive" } }

    [resource]                           # theirs = ours, or a value that never changes
    owner = "author"
    public = { value = false }

    [context]                            # the same; `[principal]` too
    is_authenticated = "granted"
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal

from attrs import Factory, frozen

from permiscope.model.access import ACTIONS, Request
from permiscope.model.codec import Plain, read_toml
from permiscope.model.errors import InputError
from permiscope.model.extents import EVERYTHING
from permiscope.model.mail import Thread
from permiscope.model.reads import Read, Reads

Kind = Literal["app", "person", "message", "action"]
Value = str | tuple[str, ...] | bool | None
"""What we know: a name or several, yes or no, or nothing. It is hashable, so that an answer can be remembered by it."""
Uid = tuple[str, str]
"""The type of an entity and its id."""

KINDS: Mapping[str, str] = {"app": "App", "person": "Person", "message": "Message", "action": "Action"}
NO_THREAD = Thread()


@frozen
class Attribute:
    """One thing that an engine can be told: of what kind the things are that it names, and how a request answers it.

    Nothing here tells of ids, ages or clock times, and each treats all people alike: the search rests on it. `reads` is
    what of the state the answer looks at.
    """

    kind: Kind | None
    of: Callable[[Request], Value]
    reads: Reads = frozenset()


def _answers_via(request: Request) -> Value:
    parent = request.facts.messages.get(request.message.in_reply_to or "")
    return None if parent is None else parent.via


def _thread(request: Request) -> Thread:
    """The thread; one that a draft would open is not there yet."""
    return request.facts.threads.get(request.message.thread, NO_THREAD)


def _session(request: Request) -> Value:
    return request.facts.interacting(request.app, request.owner, request.message.id)


def _root_via(request: Request) -> Value:
    thread = _thread(request)
    return request.facts.messages[thread.messages[0]].via if thread.messages else None


def _labels(request: Request) -> Value:
    return (request.app,) if request.facts.labelled(request.message.id, request.app) else ()


def _exchanged(request: Request) -> Value:
    app, owner, exchanged = request.app, request.owner, request.facts.exchanged
    thread = _thread(request)
    return tuple([one for one in (*thread.members, *thread.past) if one != owner and exchanged(app, owner, one)])


def _granted_extent(request: Request) -> Value:
    grant = request.grant
    if grant is None:
        return False
    extent = grant.scope.extent
    if extent is EVERYTHING or request.action in ("send", "settings"):
        return True
    return extent.holds(request.message, request.app, request.owner, request.facts)


def _looks(*reads: Read) -> Reads:
    return frozenset(reads)


OURS: Mapping[str, Attribute] = {
    # Who sent the message, and with which app; in whose mailbox it is asked for.
    "author": Attribute("person", lambda request: request.message.author, _looks("message.author")),
    "via": Attribute("app", lambda request: request.message.via, _looks("message.via")),
    "owner": Attribute("person", lambda request: request.owner),
    "recipients": Attribute("person", lambda request: request.message.recipients, _looks("message.recipients")),
    "links": Attribute("app", lambda request: request.message.links, _looks("message.links")),
    "mentions": Attribute("app", lambda request: request.message.mentions, _looks("message.mentions")),
    # The label of the app that asks, if the message bears it.
    "labels": Attribute("app", _labels, _looks("message.labels")),
    # The apps that it is about, and the one that its owner is using on it now.
    "about": Attribute("app", lambda request: request.message.about, _looks("message.about")),
    "session": Attribute(None, _session, _looks("message.opened")),
    # With which app the message that this one answers was sent, and the first of the thread, and any in it.
    "answers_via": Attribute("app", _answers_via, _looks("message.in_reply_to", "message.via")),
    "root_via": Attribute("app", _root_via, _looks("message.thread", "message.via")),
    "thread_apps": Attribute(
        "app", lambda request: _thread(request).apps, _looks("thread.apps", "message.via", "message.thread")
    ),
    "thread_members": Attribute(
        "person", lambda request: _thread(request).members, _looks("thread.members", "message.thread")
    ),
    # The other members of the thread with whom the owner exchanged a message via the app.
    "exchanged": Attribute(
        "person",
        _exchanged,
        _looks("message.via", "message.author", "message.recipients", "message.draft", "thread.members", "thread.past"),
    ),
    # The owner's grant: whether there is one, for what, and whether its extent, which we evaluate, has the message.
    # Sending and settings ask for no extent.
    "granted": Attribute(None, lambda request: request.grant is not None, _looks("grant.given")),
    "granted_actions": Attribute(
        "action",
        lambda request: request.grant.scope.actions if request.grant else (),
        _looks("grant.given", "grant.scope"),
    ),
    "granted_extent": Attribute(None, _granted_extent, _looks("grant.given", "grant.scope")),
    "granted_backfill": Attribute(
        None,
        lambda request: request.grant is not None and request.grant.backfill,
        _looks("grant.given", "grant.backfill"),
    ),
}


Place = Literal["principal", "resource", "context"]
NAMES: Mapping[Place, tuple[str, ...]] = {
    "principal": (),
    "resource": tuple([name for name in OURS if not name.startswith("granted")]),
    "context": tuple([name for name in OURS if name.startswith("granted")]),
}
"""Where each attribute is found under our own name."""


@frozen
class Fields:
    """What a mapping says of the attributes in one place: theirs that are ours, and those that never change."""

    told: Mapping[str, str] = Factory(dict)
    fixed: Mapping[str, object] = Factory(dict)


@frozen
class Vocabulary:
    """How a request is put to an engine: types, actions and attributes that are not called as ours are.

    `targets` has what an action is taken on, if not on the message. `entities` is a file with more of them.
    """

    types: Mapping[str, str] = KINDS
    actions: Mapping[str, str] = Factory(dict)
    targets: Mapping[str, Uid] = Factory(dict)
    fields: Mapping[Place, Fields] = {place: Fields() for place in NAMES}
    entities: Path | None = None


def read_vocabulary(path: Path) -> Vocabulary:
    """What a mapping file says. Raises `InputError` if it names what there is not, with what there is."""
    tables = read_toml(path)
    _check(path, "the mapping", tables, ("entities", "types", "actions", *NAMES))
    entities = tables.pop("entities", None)
    if not isinstance(entities, str | None):
        raise InputError(f"`{path}`: `entities` is no name of a file")
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise InputError(f"`{path}`: `{name}` is no table; write `[{name}]` and its entries below")
    types = tables.get("types", {})
    _check(path, "[types]", types, KINDS)
    actions = tables.get("actions", {})
    _check(path, "[actions]", actions, ACTIONS)
    targets = {}
    for ours, theirs in actions.items():
        if isinstance(theirs, dict):
            _check(path, f"the action `{ours}`", theirs, ("id", "resource"))
            actions[ours] = theirs.get("id", ours)
            if "resource" in theirs:
                targets[ours] = _uid(path, theirs["resource"])
    return Vocabulary(
        {**KINDS, **{ours: _text(path, theirs) for ours, theirs in types.items()}},
        {ours: _text(path, theirs) for ours, theirs in actions.items()},
        targets,
        {place: _fields(path, place, tables.get(place, {})) for place in NAMES},
        None if entities is None else path.parent / entities,
    )


def _fields(path: Path, table: str, plain: Plain) -> Fields:
    told, fixed = {}, {}
    for theirs, ours in plain.items():
        if isinstance(ours, dict) and ours.keys() == {"value"}:
            fixed[theirs] = ours["value"]
        elif isinstance(ours, str) and ours in OURS:
            told[theirs] = ours
        else:
            raise InputError(
                f"`{path}`: `{theirs}` in [{table}] is `{ours}`, which is no attribute of ours; use "
                f"{', '.join(OURS)}, or {{ value = ... }}"
            )
    return Fields(told, fixed)


def _check(path: Path, what: str, named: Iterable[str], known: Iterable[str]) -> None:
    for name in named:
        if name not in known:
            raise InputError(f"`{path}`: {what} has no `{name}`; use {', '.join(known)}")


def _uid(path: Path, plain: object) -> Uid:
    if not isinstance(plain, dict) or plain.keys() != {"type", "id"}:
        raise InputError(f'`{path}`: `{plain}` is no entity; write {{ type = "Drive", id = "drive" }}')
    return _text(path, plain["type"]), _text(path, plain["id"])


def _text(path: Path, plain: object) -> str:
    if not isinstance(plain, str):
        raise InputError(f"`{path}`: `{plain}` is no name; put it in quotes")
    return plain
