"""What may an app do that was granted these scopes of a real platform? The data says what each opens; this composes.

Scopes unite: whatever one of them opens is open. Three things do not fit into a union, and are said in the data: a
scope that narrows what the others open (Exchange's access policies), one that takes away what another one gives
(Gmail's metadata), and one that opens more mailboxes than that of whoever consents (an administrator's). What may be
forwarded is what may be read, unless the data says otherwise.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_

from attrs import evolve, field, frozen

from permiscope.model.access import (
    ACTION_NOT_GRANTED,
    ACTION_OF,
    ACTIONS,
    NO_GRANT,
    OPERATIONS,
    OUTSIDE_GRANT,
    PERMIT,
    Decision,
    Grade,
    Operation,
    Request,
    Scope,
)
from permiscope.model.errors import InputError
from permiscope.model.extents import ATOMS, EVERYTHING, Extent
from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.l35_administrator import GrantsForAll
from permiscope.service.platforms.vendor import Vendor, VendorScope, load_vendor
from permiscope.service.policies.policy import NOTHING, Sayings, said_by

OF_TEXT: tuple[Operation, ...] = ("thread", "search", "attachment", "export", "rule", "forward")
"""Operations that a scope without text shuts, though its methods are open; of a message it gets the metadata."""


class AsCatalogued(EnforcementPoint):
    """A forward, a rule and a push are each decided as what they are, by what the platform's scopes say of them."""

    def _forwardable(self, record: Called, messages: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        return messages

    def _notify(self, message: Message, before: Message | None, time: float) -> None:
        for app, subscriber in self.state.subscribed:
            owner = self._recipient(message, subscriber, everywhere=isinstance(self, GrantsForAll))
            if owner is not None:
                self._push(app, owner, message, before, Grade.METADATA, time)
        if before is None:
            for app, owner in self.state.rules:
                if message.id in self.state.mailbox(owner):
                    self._push(app, owner, message, before, Grade.BODY, time)

    def _push(self, app: str, owner: str, message: Message, before: Message | None, grade: Grade, time: float) -> None:
        operation: Operation = "rule" if grade is Grade.BODY else "push"
        message, grade = self._carried(message, before, grade)
        record = self._of_push(app, owner, message, time, operation)
        if permitted := self._permitted(record, (message,), time):
            whole = grade is Grade.BODY or said_by(self.policy).whole.holds(message, app, owner, self.state)
            record.asked = evolve(record.asked, operation="push")
            self._pushed(record, permitted, Grade.BODY if whole else Grade.METADATA, time)

    def _recipient(self, message: Message, subscriber: str, *, everywhere: bool) -> str | None:
        """In whose mailbox a subscriber is told of a message: in theirs, or else in any where it is, if it may be so.

        Of a conversation there is one event, however many take part in it.
        """
        holders = [person for person, held in self.state.copies.items() if message.id in held]
        if subscriber in holders:
            return subscriber
        return holders[0] if everywhere and holders else None


@frozen
class ScopesPolicy:
    """The rule of a platform for an app with these scopes: for each operation that is open, the messages it is open on.

    That a call is not open at all is told apart from that it is not open on a message, as platforms do. Operations that
    are `near` are open in the mailboxes of those who consented alone, though others are open elsewhere; it is asked
    where there is no message yet to tell by.
    """

    vendor: Vendor = field(repr=False, hash=False)
    scopes: tuple[str, ...]
    channels: Mapping[Operation, Extent] = field(init=False, repr=False, hash=False)
    near: frozenset[Operation] = field(init=False, repr=False, hash=False)
    says: Sayings = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "channels", _channels(self.vendor, self.scopes))
        object.__setattr__(self, "near", _near(self.vendor, self.scopes))
        object.__setattr__(self, "says", self._says())

    @property
    def name(self) -> str:
        """The platform and the scopes, as on the command line."""
        alone = len(self.vendor.scopes) == 1
        return self.vendor.name if alone else f"{self.vendor.name}:{'+'.join(self.scopes)}"

    @property
    def text(self) -> str:
        """What is open, and on which messages, in a sentence each."""
        open_on = [f"{operation}: {extent.sentence}" for operation, extent in self.channels.items()]
        return " ".join([f"{self.says.platform}, {' and '.join(self.scopes)}.", *open_on])

    def _says(self) -> Sayings:
        """What the scopes open, and what their extents look at; that a channel is open goes by the operation."""
        whole = _whole(self.vendor, self.scopes)
        extents = (*self.channels.values(), whole)
        return Sayings(
            frozenset({"call.operation", "grant.given"}).union(*(extent.reads for extent in extents)),
            platform=f"{self.vendor.title}, as of {self.vendor.as_of}",
            scopes={name: self.vendor.mark(self.vendor.scopes[name]) for name in self.scopes},
            channels=self.channels,
            whole=whole,
            explain=self.explain,
        )

    @property
    def said(self) -> Scope:
        """What whoever consents is led to expect: the text of these messages, and the actions that are open."""
        adding = [scope for scope in _held(self.vendor, self.scopes) if not scope.narrows]
        actions = {ACTION_OF[operation] for operation in self.channels}
        return Scope(tuple(action for action in ACTIONS if action in actions), _either(each.said for each in adding))

    @property
    def service(self) -> Service:
        """The platform, as it is built around the rule."""
        vendor = self.vendor
        return Service(
            self,
            lag=vendor.revocation.lag if vendor.revocation else 0.0,
            own_copies=vendor.deletes == "own",
            denials=vendor.refusal.looks,
            parts=(AsCatalogued, GrantsForAll) if _is_far(vendor, self.scopes) else (AsCatalogued,),
            offers=self.said,
        )

    def opens_less_than(self, other: "ScopesPolicy") -> bool:
        """Whether the other opens all that this one does, and more; as far as the names of extents tell."""

        def within(one: ScopesPolicy, two: ScopesPolicy) -> bool:
            return all(
                extent == NOTHING or two.channels.get(operation) in (extent, EVERYTHING)
                for operation, extent in one.channels.items()
            )

        return within(self, other) and not within(other, self)

    def decide(self, request: Request) -> Decision:
        """Ask whether the operation is open, and on this message; of what is about none yet, in this mailbox."""
        if request.grant is None:
            return NO_GRANT
        operation = request.operation or "get"
        extent = self.channels.get(operation)
        if extent is None:
            return ACTION_NOT_GRANTED
        message, app, owner, facts = request.message, request.app, request.owner, request.facts
        if message.id in facts.messages:
            holds = extent.holds(message, app, owner, facts)
        else:
            holds = operation not in self.near or facts.granted(app, owner) is not None
        return PERMIT if holds else OUTSIDE_GRANT

    def explain(self, request: Request, decision: Decision) -> str:
        """Say what the scopes open, and which others would have done."""
        operation = request.operation or "get"
        extent = self.channels.get(operation)
        scopes = " and ".join(self.scopes)
        if decision.permit and extent is not None:
            whole = operation in ("send", "subscribe", "rule") or extent == EVERYTHING
            return f"`{scopes}` opens {operation}{'' if whole else f' when {extent.phrase}'}"
        would = [name for name in self.vendor.scopes if ScopesPolicy(self.vendor, (name,)).decide(request).permit]
        needed = f"; `{'` or `'.join(would)}` would have sufficed" if would else ""
        if extent is None:
            return f"`{scopes}` opens no {operation}{needed}"
        if request.message.id not in request.facts.messages:
            return f"`{scopes}` opens {operation} in the mailbox of whoever consented, and in no other{needed}"
        return f"`{scopes}` opens {operation} when {extent.phrase}, and for {request.message.id} that is not so{needed}"


def load_scopes(name: str) -> ScopesPolicy:
    """The rule that `PLATFORM:SCOPE+SCOPE` stands for; of a platform with one scope, its name alone will do.

    Raises `InputError` for a platform or a scope that is not there.
    """
    vendor = load_vendor(vendor_of(name))
    if given := name.removeprefix(vendor.name).removeprefix(":"):
        return ScopesPolicy(vendor, tuple(dict.fromkeys(vendor.scope(each) for each in given.split("+"))))
    if len(vendor.scopes) > 1:
        some = next(iter(vendor.scopes))
        raise InputError(f"`{vendor.name}` has {len(vendor.scopes)} scopes; name some, as in `{vendor.name}:{some}`")
    return ScopesPolicy(vendor, tuple(vendor.scopes))


def vendor_of(name: str) -> str:
    """The platform in `PLATFORM:SCOPE+SCOPE`; a data file's name ends with `.toml`."""
    file, toml, _ = name.partition(".toml")
    return file + toml if toml else name.partition(":")[0]


def _held(vendor: Vendor, scopes: Iterable[str]) -> list[VendorScope]:
    return [vendor.scopes[name] for name in scopes]


def _is_far(vendor: Vendor, scopes: Iterable[str]) -> bool:
    """Whether a scope opens more mailboxes than that of whoever consents."""
    return any(scope.reach != "owner" for scope in _held(vendor, scopes) if not scope.narrows)


def _channels(vendor: Vendor, scopes: Iterable[str]) -> dict[Operation, Extent]:
    """For each operation that the scopes open together, the messages on which it is open."""
    scopes = tuple(scopes)
    far, held = _is_far(vendor, scopes), _held(vendor, scopes)
    opened: dict[Operation, list[Extent]] = {}
    for name, scope in zip(scopes, held, strict=True):
        for operation in () if scope.narrows else _operations(vendor, name, scope):
            # What is being sent is about no message that is there, so that no extent is asked.
            extent = EVERYTHING if operation == "send" else scope.extents.get(operation, scope.extent)
            opened.setdefault(operation, []).append(_reached(scope, extent, far=far))
    if "subscribe" in opened:
        opened["push"] = opened["subscribe"]
    if "forward" in opened and not any("forward" in scope.extents for scope in held):
        opened["forward"] = opened.get("get", [])
    narrow = [scope.extent for scope in held if scope.narrows]
    shut = {operation for scope in held for operation in scope.refuses}
    return {
        operation: reduce(_both, narrow, _either(opened[operation]))
        for operation in OPERATIONS
        if operation in opened and operation not in shut
    }


def _reached(scope: VendorScope, extent: Extent, *, far: bool) -> Extent:
    """What of an extent lies where the scope reaches; `far` says that another one beside it reaches farther."""
    if scope.reach == "member":
        return _both(ATOMS["member-granted"], extent)
    return _both(ATOMS["owner-granted"], extent) if scope.reach == "owner" and far else extent


def _near(vendor: Vendor, scopes: Iterable[str]) -> frozenset[Operation]:
    """The operations that no scope opens in everybody's mailbox, or that one keeps to those who consented."""
    scopes = tuple(scopes)
    if not _is_far(vendor, scopes):
        return frozenset()  # the grant that is asked for first is the owner's
    held = dict(zip(scopes, _held(vendor, scopes), strict=True))
    if any(scope.narrows and scope.extent == ATOMS["owner-granted"] for scope in held.values()):
        return frozenset(OPERATIONS)
    far = [vendor.opened(name) for name, scope in held.items() if scope.reach == "everyone"]
    return frozenset(OPERATIONS).difference(*far)


def _whole(vendor: Vendor, scopes: Iterable[str]) -> Extent:
    """The messages that a subscriber is sent with their text."""
    scopes = tuple(scopes)
    far, held = _is_far(vendor, scopes), zip(scopes, _held(vendor, scopes), strict=True)
    return _either(
        _reached(scope, scope.extent, far=far)
        for name, scope in held
        if vendor.pushes is Grade.BODY and scope.grade is Grade.BODY and "subscribe" in vendor.opened(name)
    )


def _operations(vendor: Vendor, name: str, scope: VendorScope) -> list[Operation]:
    """The operations that a scope opens; without text, if it hands over none. Whoever gets a text gets its metadata."""
    operations = list(vendor.opened(name))
    if scope.grade is not Grade.BODY:
        operations = [operation for operation in operations if operation not in OF_TEXT]
    if "get" in operations and "metadata" not in operations:
        operations.append("metadata")
    return [operation for operation in operations if operation != "get" or scope.grade is Grade.BODY]


def _either(extents: Iterable[Extent]) -> Extent:
    """The union, in which nothing and what is named twice goes without saying."""
    several = [extent for extent in dict.fromkeys(extents) if extent != NOTHING]
    if EVERYTHING in several or not several:
        return EVERYTHING if several else NOTHING
    return reduce(or_, several)


def _both(one: Extent, other: Extent) -> Extent:
    """The intersection, in which everything goes without saying."""
    if NOTHING in (one, other):
        return NOTHING
    if EVERYTHING in (one, other):
        return other if one == EVERYTHING else one
    return one if one == other else one & other
