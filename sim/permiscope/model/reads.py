"""Name what can be looked at: the vocabulary in which a policy, a service and a claim say what they read.

A read is a pair of a sort and an attribute or question of it, written `message.via`. It names no instance, so that
there are finitely many. What is read decides which steps a search takes and which states it may merge
(`permiscope.engine.alphabet`, `permiscope.engine.symmetry`).
"""

from collections.abc import Iterable, Mapping

from attrs import Factory, define

Read = str
"""A sort and an attribute or question of it, as in `message.via` or `facts.labelled`."""
Reads = frozenset[Read]
FEW = 8
"""So many values of one attribute are tried, the first in the order of the alphabet; of people, one name."""

NAMES: Read = "name.value"
"""A person's name was used otherwise than to compare it with another one."""
APPS: Read = "app.value"
"""An app's name was; it changes nothing, for there is one app that asks, and others are what they are called."""
ASKING: Read = "app.asking"
"""The name of the app that asks was used otherwise than to compare it with another app of the request."""
IDS: Read = "id.value"
"""The id of a message or thread was used otherwise than to compare it with another one, or to look it up."""
PLACES: Read = "texts.order"
"""The order of attachments or purposes makes a difference."""
COUNTED: Read = "texts.count"
"""Attachments or purposes were used otherwise than to look one up: they may have been counted."""
ALIKE: Read = "texts.alike"
"""Texts of two messages or grants were compared with each other."""
WHOLE: Read = "scope.whole"
"""The actions of a scope were used otherwise than to look one up."""
EXTENT: Read = "extent.name"
"""What the extent of a grant is called was asked."""
COMPANY: Read = "recipients.people"
"""It may be asked how many recipients are left of those whom a draft was written to."""
ELSEWHERE: Read = "covered.others"
"""It was asked whether a grant covers other messages than the one that is asked for."""
CLOCK: Read = "clock.value"
"""A time or a position was used otherwise than to compare it with another one."""

OF_STATE: Reads = frozenset(
    {
        *(f"grant.{name}" for name in ("given", "scope", "until", "backfill", "purposes", "ever", "ended", "order")),
        *(f"message.{name}" for name in ("author", "recipients", "via", "in_reply_to", "thread", "links", "mentions")),
        *(f"message.{name}" for name in ("about", "subject", "text", "sources", "forwarded_from", "attachments")),
        *(f"message.{name}" for name in ("draft", "age", "position", "labels", "setters", "edited", "opened")),
        *("message.held", "message.trashed", "thread.members", "thread.past", "thread.apps", "thread.order"),
        *(
            "thread.company",
            "facts.order",
            "other.grant",
            "other.opened",
            "app.stored",
            "app.ids",
            "app.pushed",
        ),
        *("call.action", "call.operation", "call.purpose", "call.flight", NAMES, IDS, CLOCK, COMPANY),
    }
)
"""What a state, or a call in it, can be asked at all. Whoever reads an unknown part of it reads all of this."""

ENTAILED: Mapping[Read, Reads] = {
    "request.grant": frozenset({"grant.given"}),
    "request.action": frozenset({"call.action"}),
    "request.operation": frozenset({"call.operation"}),
    "message.segments": frozenset({"message.text", "message.sources"}),
    "message.position": frozenset({"message.position", "facts.order", "message.age"}),
    "message.time": frozenset({CLOCK}),
    "grant.until": frozenset({"grant.until", CLOCK}),
    "thread.messages": frozenset({"thread.order"}),
    "thread.root": frozenset({"message.thread"}),
    "thread.apps": frozenset({"thread.apps", "message.via", "message.thread"}),
    "facts.messages": frozenset({"facts.order", "thread.order"}),
    "facts.threads": frozenset({"facts.order", "thread.order"}),
    "facts.any_message": frozenset({"message.thread"}),
    "facts.labelled": frozenset({"message.labels"}),
    "facts.labelled_by": frozenset({"message.labels", "message.setters"}),
    "facts.exchanged": frozenset({"message.via", "message.author", "message.recipients", "message.draft"}),
    "facts.interacting": frozenset({"message.opened"}),
    "facts.consented": frozenset({"grant.ever", "message.mentions", "message.author", "message.draft"}),
    "facts.covered": frozenset({"grant.given", "grant.scope", "message.via", "message.author"}),
    "facts.granted": frozenset({"grant.given"}),
    "facts.grants": frozenset({"grant.given", "grant.ever", "grant.ended"}),
}
"""What of the state a question asks about, if that is not what it is called."""


def of_state(reads: Iterable[Read]) -> Reads:
    """Return what of the state these reads ask about."""
    found: set[Read] = set()
    for read in reads:
        found |= ENTAILED.get(read, frozenset({read}))
        if read.startswith(("scope.", "extent.")):
            found.add("grant.scope")
        elif read.startswith("segment."):
            found |= ENTAILED["message.segments"]
    return frozenset(found & OF_STATE)


@define(eq=False)
class Looked:
    """What somebody looked at so far, and the constants that they compared it with.

    `words` and `numbers` have, by read, the texts and the numbers of the policy's own that something read was compared
    with, `labels` the labels that it asked for, `operations` those that it tells from others. `inside` has what looked
    into a text or number otherwise than by comparing it, so that nobody knows with which values it would answer
    otherwise; `parts` has texts that something was asked to have in it.
    """

    reads: set[Read] = Factory(set)
    words: dict[Read, set[str]] = Factory(dict)
    numbers: set[float] = Factory(set)
    labels: set[str] = Factory(set)
    operations: set[str] = Factory(set)
    inside: dict[Read, set[str]] = Factory(dict)
    parts: dict[Read, set[str]] = Factory(dict)

    @property
    def size(self) -> int:
        """How much is noted: it grows with everything new."""
        words = sum(map(len, self.words.values()))
        return len(self.reads) + len(self.numbers) + len(self.labels) + len(self.operations) + words

    def note(self, read: Read) -> None:
        """Note that something was read."""
        self.reads.add(read)

    def look_inside(self, read: Read, how: str) -> None:
        """Note that something looked into what was read."""
        self.inside.setdefault(read, set()).add(how)

    def opaque(self, declared: Reads = frozenset()) -> tuple[str, ...]:
        """Return what is to be said of all that was looked into, but for what values were declared of."""
        found = {read: set(how) for read, how in self.inside.items()}
        for read, parts in self.parts.items():
            if len(parts) > 1:
                found.setdefault(read, set()).add("in")
        if len(self.numbers) > FEW:
            found.setdefault(CLOCK, set()).add("more comparisons than are tried")
        for read, words in self.words.items():
            if len(words) > (FEW if read != NAMES else 1):
                found.setdefault(read, set()).add("more comparisons than are tried")
        return tuple(
            [
                f"`{read}`, looked into by {', '.join(f'`{each}`' for each in sorted(how))}"
                for read, how in sorted(found.items())
                if read not in declared
            ]
        )

    def compare(self, read: Read, constant: object) -> None:
        """Note that something read was compared with a constant."""
        if isinstance(constant, str):
            self.words.setdefault(read, set()).add(constant)
        elif isinstance(constant, int | float):
            self.numbers.add(float(constant))
