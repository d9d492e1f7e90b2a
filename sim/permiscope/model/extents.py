"""Which messages does a phrase such as "the app's content" mean?

An extent decides, for one app and the owner of one mailbox, whether a message belongs. Extents form a small
algebra (`|`, `&`, `~`); the ten atoms are the readings of "the app's content". An extent is a tree, so that whoever
needs more of it than its answers can walk it. The same extent is what a policy enforces and what a claim is read as;
that the two may differ is what Permiscope looks for.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, assert_never

from attrs import field, frozen

from permiscope.model.errors import InputError, unknown
from permiscope.model.mail import Message, Thread
from permiscope.model.reads import OF_STATE, Read, Reads


class Facts(Protocol):
    """What an extent may ask about the world around a message; `State` answers it."""

    @property
    def messages(self) -> Mapping[str, Message]:
        """Every message by its id."""

    @property
    def threads(self) -> Mapping[str, Thread]:
        """Every thread by its id."""

    def any_message(self, test: Callable[[Message], object], thread: str | None = None) -> bool:
        """Whether any message, of all or of a thread, passes a test."""

    def labelled(self, message: str | Message, label: str) -> bool:
        """Whether the message, or that of the id, bears the label."""

    def labelled_by(self, message: str | Message, label: str) -> str | None:
        """Return who put the label on the message: a person, an app, "" for a filter; None if it does not bear it."""

    def exchanged(self, app: str, one: str, other: str) -> bool:
        """Whether one of the two ever wrote to the other via the app."""

    def interacting(self, app: str, person: str, message: str | Message) -> bool:
        """Whether the person is using the app on the message now."""

    def consented(self, app: str, person: str) -> bool:
        """Whether the person ever granted or mentioned the app."""

    def covered(self, app: str, user: str, message: Message) -> bool:
        """Whether the user's grant to the app, if one is in force, covers the message."""

    def granted(self, app: str, user: str) -> Any:  # noqa: ANN401  # a `Grant`, which has an extent itself
        """The user's grant to the app that is in force now, or None."""

    def grants(self, app: str, user: str) -> tuple[Any, ...]:
        """Return every grant that the user ever gave the app, oldest first."""


Test = Callable[[Message, str, str, Facts], bool]

GROWING: Reads = frozenset(
    {"thread.apps", "thread.members", "message.labels", "message.via", "message.recipients", "grant.ever"}
)
"""What only ever grows: thread and exchanges by messages, labels, consents."""


@frozen(eq=False)
class _Node:
    """What each node of an extent has: what its parts decide, and the signs that join it to others.

    `holds(message, app, owner, facts)` decides; `phrase` completes "a message belongs when ...". `reads` is what of
    the state the test looks at. `falls` says that a message can cease to belong. Two extents are equal when they are
    written alike; `compare_extents` of the questions tells whether they mean the same.
    """

    name: str = field(init=False)
    phrase: str = field(init=False)
    holds: Test = field(init=False, repr=False)
    reads: Reads = field(init=False, repr=False)
    falls: bool = field(init=False, repr=False)

    def _derive(self, name: str, phrase: str, holds: Test, reads: Reads, *, falls: bool) -> None:
        """Keep what the parts decide. It is made once, because a search asks `holds` millions of times."""
        for key, value in (("name", name), ("phrase", phrase), ("holds", holds), ("reads", reads), ("falls", falls)):
            object.__setattr__(self, key, value)

    def __eq__(self, other: object) -> bool:
        return self.name == other.name if isinstance(other, _Node) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)

    def __or__(self: "Extent", other: "Extent") -> "Or":  # type: ignore[misc]  # every node is an extent
        return Or(self, other)

    def __and__(self: "Extent", other: "Extent") -> "And":  # type: ignore[misc]  # as above
        return And(self, other)

    def __invert__(self: "Extent") -> "Not":  # type: ignore[misc]  # as above
        return Not(self)

    @property
    def sentence(self) -> str:
        """The extent in one English sentence."""
        return f"A message belongs when {self.phrase}."


@frozen(eq=False)
class Atom(_Node):
    """An extent that one test decides. A test that does not say what it reads may look at anything."""

    name: str
    phrase: str
    holds: Test = field(repr=False)
    reads: Reads = field(default=OF_STATE, repr=False)
    falls: bool = field(default=True, repr=False)


@frozen(eq=False)
class Or(_Node):
    """The messages of either extent."""

    one: "Extent" = field(repr=False)
    two: "Extent" = field(repr=False)

    def __attrs_post_init__(self) -> None:
        left, right = self.one, self.two
        one, two = left.holds, right.holds
        self._derive(
            f"({left.name} | {right.name})",
            f"(either {left.phrase}, or {right.phrase})",
            lambda message, app, owner, facts: one(message, app, owner, facts) or two(message, app, owner, facts),
            left.reads | right.reads,
            falls=left.falls or right.falls,
        )


@frozen(eq=False)
class And(_Node):
    """The messages of both extents."""

    one: "Extent" = field(repr=False)
    two: "Extent" = field(repr=False)

    def __attrs_post_init__(self) -> None:
        left, right = self.one, self.two
        one, two = left.holds, right.holds
        self._derive(
            f"({left.name} & {right.name})",
            f"(both {left.phrase}, and {right.phrase})",
            lambda message, app, owner, facts: one(message, app, owner, facts) and two(message, app, owner, facts),
            left.reads | right.reads,
            falls=left.falls or right.falls,
        )


@frozen(eq=False)
class Not(_Node):
    """The messages outside an extent."""

    one: "Extent" = field(repr=False)

    def __attrs_post_init__(self) -> None:
        inner = self.one
        one = inner.holds
        self._derive(
            f"~{inner.name}",
            f"it is not so that {inner.phrase}",
            lambda message, app, owner, facts: not one(message, app, owner, facts),
            inner.reads,
            # What grows leaves the complement.
            falls=bool(inner.reads & GROWING) or inner.falls,
        )


Extent = Atom | Or | And | Not
"""A set of messages, as seen from one app and the owner of one mailbox: a tree whose leaves are atoms."""


def atoms(extent: Extent) -> Iterator[Atom]:
    """Return the atoms of an extent, from left to right, each as often as it is written."""
    match extent:
        case Atom():
            yield extent
        case Or(one, two) | And(one, two):
            yield from atoms(one)
            yield from atoms(two)
        case Not(one):
            yield from atoms(one)
        case _:
            assert_never(extent)


def _authored(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return message.via == app and message.author == owner


def _via_app(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return message.via == app


def _reply(message: Message, app: str, owner: str, facts: Facts) -> bool:
    if message.via == app:
        return True
    if message.in_reply_to is None:
        return False
    parent = facts.messages.get(message.in_reply_to)
    return parent is not None and parent.via == app


def _rooted(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return facts.messages[facts.threads[message.thread].root].via == app


def _threaded(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return app in facts.threads[message.thread].apps


def _addressed(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return app in message.mentions or app in message.recipients


def _linked(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return app in message.links


def _tagged(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return facts.labelled(message.id, app)


def _counterpart(message: Message, app: str, owner: str, facts: Facts) -> bool:
    if message.via == app:
        return True
    thread = facts.threads[message.thread]
    return any(member != owner and facts.exchanged(app, owner, member) for member in (*thread.members, *thread.past))


def _session(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return facts.interacting(app, owner, message.id)


def _topical(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return app in message.about


def _consented(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return message.author == owner or facts.consented(app, message.author)


def _granted(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return facts.covered(app, owner, message)


def _draft(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return message.draft


def _current_thread(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return facts.any_message(lambda each: facts.interacting(app, owner, each.id), message.thread)


def _owner_granted(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return facts.granted(app, owner) is not None


def _member_granted(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return any(facts.granted(app, member) is not None for member in facts.threads[message.thread].members)


def _everything(message: Message, app: str, owner: str, facts: Facts) -> bool:
    return True


def _atom(name: str, phrase: str, holds: Test, *reads: Read, falls: bool = False) -> Atom:
    return Atom(name, phrase, holds, frozenset(reads), falls)


VIA, AUTHOR, THREAD = "message.via", "message.author", "message.thread"

EVERYTHING = _atom("everything", "it is in the mailbox at all", _everything)

READINGS: dict[str, Atom] = {
    extent.name: extent
    for extent in (
        _atom("authored", "the owner of the mailbox sent it via the app", _authored, VIA, AUTHOR),
        _atom("via-app", "somebody sent it via the app", _via_app, VIA),
        _atom(
            "reply", "somebody sent it via the app, or it answers such a message", _reply, VIA, "message.in_reply_to"
        ),
        _atom("rooted", "the first message of its thread was sent via the app", _rooted, VIA, THREAD),
        _atom("threaded", "some message of its thread was sent via the app", _threaded, VIA, THREAD, "thread.apps"),
        _atom(
            "addressed",
            "it mentions the app or is addressed to it",
            _addressed,
            *("message.mentions", "message.recipients"),
        ),
        _atom("linked", "it links to the app", _linked, "message.links"),
        _atom("tagged", "it bears the app's label", _tagged, "message.labels"),
        _atom(
            "counterpart",
            "somebody sent it via the app, or its thread has a member with whom the owner exchanged such a message",
            _counterpart,
            *(VIA, AUTHOR, THREAD, "message.recipients", "thread.members", "thread.past", "message.draft"),
        ),
        EVERYTHING,
    )
}
"""The readings of the survey: each of its steps can make a message belong."""

ATOMS: dict[str, Atom] = READINGS | {
    extent.name: extent
    for extent in (
        _atom("session", "the owner of the mailbox is using the app on it now", _session, "message.opened", falls=True),
        _atom("topical", "it is about the app's content", _topical, "message.about"),
        _atom(
            "consented",
            "the owner wrote it, or its author ever granted or mentioned the app",
            _consented,
            *(AUTHOR, "grant.ever", "message.mentions", "message.draft"),
        ),
        _atom(
            "granted",
            "the owner's grant says so, as it was shown to them",
            _granted,
            *("grant.given", "grant.scope", VIA, AUTHOR),
            falls=True,
        ),
        _atom("draft", "it was not sent yet", _draft, "message.draft", falls=True),
        _atom(
            "current-thread",
            "the owner is using the app on a message of its thread now",
            _current_thread,
            *("message.opened", THREAD),
            falls=True,
        ),
        _atom("owner-granted", "the owner of the mailbox granted the app", _owner_granted, "grant.given", falls=True),
        _atom(
            "member-granted",
            "a member of its thread granted the app",
            _member_granted,
            *("grant.given", THREAD, "thread.members"),
            falls=True,
        ),
    )
}
"""All that an expression can name: the readings, and those that need steps or grants of their own, as those do that
real platforms enforce.
"""


def parse_extent(text: str) -> Extent:
    """The extent that an expression such as `reply | (tagged & ~linked)` stands for.

    Raises `InputError` for a name that is no reading, or for anything but names, `|`, `&`, `~` and brackets.
    """

    def build(node: ast.expr) -> Extent:
        match node:
            case ast.Name(id=name):
                if (reading := name.replace("_", "-")) not in ATOMS:
                    raise unknown("reading", reading, ATOMS, "permiscope list readings")
                return ATOMS[reading]
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return build(left) | build(right)
            case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
                return build(left) & build(right)
            case ast.UnaryOp(op=ast.Invert(), operand=operand):
                return ~build(operand)
            case _:
                raise malformed

    text = " ".join(text.split())
    malformed = InputError(f"`{text}` is no reading; write names joined by `|`, `&` and `~`, as in `reply | tagged`")
    if not re.fullmatch(r"[\w |&~()-]*", text):
        raise malformed
    try:
        # Readings are written with hyphens, which Python's own parser takes for a minus.
        expression = ast.parse(text.replace("-", "_"), mode="eval").body
        return build(expression)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise malformed from None
