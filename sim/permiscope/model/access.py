"""Who may do what: grants, the questions that a policy is asked, its decisions, the grades of disclosure."""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Literal, get_args

from attrs import define, field, frozen

from permiscope.model.extents import EVERYTHING, Extent, Facts
from permiscope.model.mail import Message

Action = Literal["read", "send", "delete", "label", "settings"]
"""What a grant speaks of. Getting, listing, searching and being pushed to are all reading; trashing is deleting.
Settings are subscriptions and rules: what they bring about later is reading, and decided then.
"""

Operation = Literal[
    "get",
    "metadata",
    "thread",
    "list",
    "search",
    "count",
    "attachment",
    "export",
    "push",
    "send",
    "forward",
    "delete",
    "trash",
    "undelete",
    "label",
    "subscribe",
    "rule",
]
"""What an app can ask of the service: one channel each. A push is what it gets for having subscribed once, a rule
has every message that arrives forwarded to the app.
"""

ACTIONS: tuple[Action, ...] = get_args(Action)
OPERATIONS: tuple[Operation, ...] = get_args(Operation)

ACTION_OF: Mapping[Operation, Action] = {
    "get": "read",
    "metadata": "read",
    "thread": "read",
    "list": "read",
    "search": "read",
    "count": "read",
    "attachment": "read",
    "export": "read",
    "push": "read",
    "send": "send",
    "forward": "send",
    "delete": "delete",
    "trash": "delete",
    "undelete": "delete",
    "label": "label",
    "subscribe": "settings",
    "rule": "settings",
}


class Grade(IntEnum):
    """How much of a message crossed the app's boundary (D1 to D4)."""

    PRESENCE = 1
    METADATA = 2
    PART = 3
    BODY = 4


GRADE_OF: Mapping[Operation, Grade] = {
    "get": Grade.BODY,
    "metadata": Grade.METADATA,
    "thread": Grade.BODY,
    "list": Grade.METADATA,
    "search": Grade.PART,
    "count": Grade.PRESENCE,
    "attachment": Grade.BODY,
    "export": Grade.BODY,
    "push": Grade.METADATA,
}
"""How much of a message each reading channel hands over; a search hit tells one bit of the text."""

NAMED_BY: Mapping[Operation, str | None] = {
    "get": "message",
    "metadata": "message",
    "thread": "thread",
    "list": None,
    "search": "text",
    "count": None,
    "attachment": "attachment",
    "export": None,
    "push": "message",
    "send": "thread",
    "forward": "message",
    "delete": "message",
    "trash": "message",
    "undelete": "message",
    "label": "message",
    "subscribe": None,
    "rule": None,
}
"""Which argument of a call of the operation names what it is about; None if it is about the mailbox."""


@frozen
class Observation:
    """What an answer tells besides the messages in it.

    `status` is the code of the answer, and None for one that never comes. `total` is how many there are, as the
    service says; `cursor` is where the next page begins; `remaining` is what is left of the rate limit. `latency` is
    the work that the answer took, in virtual seconds. `ids` are the names of the messages shown as the app sees
    them; none means that ids are opaque, so that they tell nothing.
    """

    status: int | None = 200
    total: int | None = None
    cursor: int | None = None
    remaining: int | None = None
    latency: float = 0.0
    ids: tuple[str, ...] = ()


FOUND = Observation()
ABSENT = Observation(status=404)


def _in_our_order(actions: Iterable[Action]) -> tuple[Action, ...]:
    known = dict.fromkeys(actions)
    return tuple(sorted(known, key=lambda action: ACTIONS.index(action) if action in ACTIONS else len(ACTIONS)))


@frozen
class Scope:
    """Actions on an extent of messages: a set, in our order however they are named."""

    actions: tuple[Action, ...] = field(default=ACTIONS, converter=_in_our_order)
    extent: Extent = EVERYTHING

    def __str__(self) -> str:
        actions = "all" if self.actions == ACTIONS else ", ".join(self.actions)
        return f"{actions}: {self.extent.name}"


FULL = Scope()
"""Every action on everything."""


@frozen
class Grant:
    """A person's permission to an app on the person's own mailbox.

    It ends when it is revoked, or at `until` (virtual seconds) if that is given. `backfill` says that the
    person meant older messages too; whether a service heeds it is its own affair. `purposes` are those that the app
    declared; none means that it declared nothing.
    """

    app: str
    user: str
    scope: Scope = FULL
    until: float | None = None
    backfill: bool = False
    purposes: tuple[str, ...] = ()


@define(eq=False)
class Request:
    """One authorization question: may this app take this action on this message of this person's mailbox?

    `grant` is the active grant of the mailbox's owner as far as the service knows, or None. `facts` answers
    what the message alone does not: its thread, its labels, other messages. `operation` is that of the call, if the
    question comes of one; to a rule of ours it makes no difference, to a scope of a real platform it does. Not frozen,
    for one is made at every decision and a frozen one takes three times as long; nothing changes it.
    """

    app: str
    action: Action
    message: Message
    owner: str
    grant: Grant | None
    facts: Facts
    operation: Operation | None = None


Reason = Literal[
    "permitted",
    "no grant",
    "action not granted",
    "outside the grant",
    "outside the policy",
    "refused by the policy",
    "the policy raised",
    "not in the mailbox",
    "older than the grant",
]
"""Why a decision fell as it did; `permiscope.service.policies.explain` makes a sentence of it."""


@frozen
class Decision:
    """What a policy answers.

    `error` holds what a policy raised, and such a policy denies; or what failed in a policy of many parts, which
    may permit all the same. `because` names the parts that decided, if it has any.
    """

    permit: bool
    reason: Reason
    error: str | None = None
    because: tuple[str, ...] = ()


PERMIT = Decision(permit=True, reason="permitted")
NO_GRANT = Decision(permit=False, reason="no grant")
ACTION_NOT_GRANTED = Decision(permit=False, reason="action not granted")
OUTSIDE_GRANT = Decision(permit=False, reason="outside the grant")
OUTSIDE_POLICY = Decision(permit=False, reason="outside the policy")
OLDER = Decision(permit=False, reason="older than the grant")
REFUSED = Decision(permit=False, reason="refused by the policy")
