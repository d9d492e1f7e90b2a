"""Choose the steps that histories are searched with, by what is looked at.

A *kept* is to be believed for these reasons. Whether a history breaks a claim depends on what the policy, the parts of
the service and the claim read, and on nothing else. `CHANGES` says what each kind of step changes. Every kind that
changes something read is in the alphabet, and so is every kind that such a step needs before it (`closure`). A kind
that is left out changes nothing that is read, or closes what others open (a copy, a grant) for nobody who reads that.
What a step can have, it has in every combination; if these are too many, *kept* is not said at all (`forms`).
Calls go to every mailbox, granted or not, through every channel that the policy or the claim can tell apart. Two states
are merged only if they agree on all that is read (`symmetry`). What is read is observed while the search runs, and a
search that sees something new begins again at length 0. Of a condition that never was both true and false, and of a
text or number that was looked into otherwise than by comparing it, *kept* is not said at all. A brute force over all
steps, without alphabet or key, has to find the same (`tests/oracle`).

Three things are not tried: utilities (U1 to U5) speak of grants as they are offered, for a narrower one breaks each of
them; of calls, reads alone are in flight; and nobody waits for five seconds or less, for each step takes one.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from attrs import frozen

from permiscope.judge.invariants import OF_TWO_RUNS
from permiscope.model.access import GRADE_OF, OPERATIONS, Operation
from permiscope.model.extents import atoms
from permiscope.model.reads import CLOCK, COMPANY, Read, Reads
from permiscope.service.platforms.scopes import ScopesPolicy

Kind = Literal[
    "grant",
    "compose",
    "link",
    "mention",
    "compose-via",
    "reply",
    "label",
    "quote",
    "revoke",
    "begin",
    "deliver",
    "grant-briefly",
    "grant-narrowly",
    "grant-backfill",
    "grant-purpose",
    "grant-other",
    "compose-wide",
    "compose-in",
    "compose-other",
    "about",
    "attach",
    "subject",
    "text",
    "late",
    "draft",
    "draft-quote",
    "send-draft",
    "paste",
    "forward",
    "forward-via",
    "edit",
    "trash",
    "restore",
    "add",
    "remove",
    "open",
    "close",
    "app-get",
    "app-label",
    "app-trash",
    "app-delete",
    "app-forward",
    "app-subscribe",
    "app-rule",
    "hand",
    "forget",
]
"""A kind of step before the last one.

`link`, `mention`, `about` and `attach` are composing with a link to, a mention of, words about the app, with an
attachment; `subject` and `text` with words of the policy's own, `late` after a time of its own. `compose-wide` is to
both others at once, `compose-in` natively into an existing thread, `compose-other` via another app. `paste` is
composing via the app with a quote, `draft-quote` a draft with one. What begins with `app-` is a call of the app that
is not the last step.
"""

KINDS: tuple[Kind, ...] = get_args(Kind)
MATRIX: frozenset[Kind] = frozenset({"grant", "compose", "link", "mention", "compose-via", "reply", "label"})
"""The steps of the published matrix policy × reading, before the read that ends each history."""


@frozen
class Change:
    """What a kind of step changes, and what must have been changed before it can be taken."""

    changes: Reads
    needs: Reads = frozenset()


def _change(*changes: Read, needs: Iterable[Read] = ()) -> Change:
    return Change(frozenset(changes), frozenset(needs))


HELD, SOURCES, DRAFT = "message.held", "message.sources", "message.draft"
ORDER = ("thread.order", "facts.order", "message.age")

CHANGES: Mapping[Kind, Change] = {
    "grant": _change("grant.given", "grant.ever", "grant.order"),
    "compose": _change("message.author", HELD, *ORDER),
    "link": _change("message.links"),
    "mention": _change("message.mentions"),
    "about": _change("message.about"),
    "attach": _change("message.attachments"),
    "subject": _change("message.subject"),
    "text": _change("message.text"),
    "late": _change(CLOCK),
    "compose-via": _change("message.via", "thread.apps"),
    "compose-other": _change("message.via", "thread.apps"),
    # In a thread one writes to all that are left of it, an app among them.
    "compose-in": _change("message.thread", "thread.order", "message.recipients"),
    "compose-wide": _change("message.recipients", "thread.members", "thread.company"),
    "reply": _change("message.in_reply_to", "message.thread", "thread.order", "message.recipients"),
    "label": _change("message.labels", "message.setters"),
    "quote": _change(SOURCES, "message.text"),
    "paste": _change(SOURCES),
    "forward": _change(SOURCES, "message.forwarded_from"),
    "forward-via": _change(SOURCES, "message.forwarded_from"),
    "draft": _change(DRAFT, HELD),
    "draft-quote": _change(SOURCES, DRAFT),
    # What was written long ago is pushed now.
    "send-draft": _change(DRAFT, HELD, COMPANY, "app.pushed", "message.position", CLOCK, needs=[DRAFT]),
    "edit": _change("message.text", "message.edited", "app.pushed"),
    "trash": _change("message.trashed", HELD),
    "restore": _change("message.trashed", HELD, needs=["message.trashed"]),
    "add": _change("thread.members", "message.recipients", HELD),
    "remove": _change("thread.members", "thread.past", "message.recipients", HELD),
    "open": _change("message.opened"),
    "close": _change("message.opened", needs=["message.opened"]),
    "revoke": _change("grant.given", "grant.ended"),
    "grant-briefly": _change("grant.until"),
    "grant-narrowly": _change("grant.scope"),
    "grant-backfill": _change("grant.backfill"),
    "grant-purpose": _change("grant.purposes"),
    "grant-other": _change("other.grant"),
    "begin": _change("call.flight"),
    "deliver": _change("call.flight", needs=["call.flight"]),
    "app-get": _change("app.stored", "app.ids"),
    "app-label": _change("message.labels", "message.setters"),
    "app-trash": _change("message.trashed", HELD),
    "app-delete": _change(HELD),
    "app-forward": _change("message.recipients", "message.forwarded_from"),
    "app-subscribe": _change("app.pushed"),
    "app-rule": _change("app.pushed"),
    "hand": _change("app.stored", needs=["app.stored"]),
    "forget": _change("app.stored", needs=["app.stored"]),
}
"""What each kind of step changes.

A message that comes of a kind is told from one that is composed by what is named here, and by nothing else that is not
named. What a step only takes away (a copy, a membership) counts as a change for those alone who read that.
"""

RELATED: Mapping[Read, Reads] = {
    "message.in_reply_to": frozenset({"message.thread"}),
    "thread.order": frozenset({"message.thread"}),
    "thread.past": frozenset({"thread.members"}),
    "grant.ended": frozenset({"grant.ever"}),
    # A grant that ends by itself is taken back a step sooner than one that is revoked.
    **dict.fromkeys(("grant.ever", "call.flight"), frozenset({"grant.until"})),
    "call.operation": frozenset({"call.action"}),
}
"""Whoever reads the one reads the other along with it."""

ATTRIBUTES: tuple[Kind, ...] = ("link", "mention", "about", "attach", "subject", "text", "draft", "quote")
"""The kinds that say what a message is composed with: where the alphabet goes by reads, in every combination."""

OF_TWO_APPS: frozenset[Kind] = frozenset({"compose-other", "grant-other", "hand"})
"""Kinds of steps that take a second app."""
COMBINED: frozenset[Kind] = frozenset({"paste", "draft-quote"})
"""Kinds that combine others, for alphabets that name their kinds one by one."""


def closure(reads: Iterable[Read]) -> tuple[frozenset[Kind], Reads]:
    """Return the kinds of steps that can change something read, or that such a step needs; and all that is read then.

    That there are grants and messages goes without saying.
    """
    read = set(reads)
    looks_at_authors = "message.author" in read
    read |= {"grant.given", "message.author"}
    kinds: frozenset[Kind] = frozenset({"grant", "compose"})
    while True:
        read |= {other for each in tuple(read) for other in RELATED.get(each, ())}
        if looks_at_authors and read & {"message.in_reply_to", "message.thread"}:
            read.add("thread.company")  # who answers whom is of more than two people
        read |= {need for kind in kinds for need in CHANGES[kind].needs}
        found = frozenset(kind for kind, change in CHANGES.items() if change.changes & read) - COMBINED
        if found == kinds:
            return kinds, frozenset(read)
        kinds = found


OF_APPS: frozenset[Kind] = frozenset(
    {"begin", "deliver", "hand", "forget", *(kind for kind in KINDS if kind.startswith("app-"))}
)
PEOPLES: frozenset[Kind] = frozenset(KINDS) - OF_APPS
"""Kinds of steps that people take, whatever the service answers to apps."""

PUSHED: frozenset[Kind] = frozenset({"app-subscribe", "app-rule"})
"""Kinds of steps after which what a person writes is pushed to the app."""

WRITING: frozenset[Kind] = frozenset(
    {
        "compose",
        "link",
        "mention",
        "about",
        "attach",
        "subject",
        "text",
        "late",
        "compose-via",
        "compose-wide",
        "compose-in",
        "compose-other",
        "paste",
        "forward",
        "forward-via",
        "send-draft",
        "reply",
        "quote",
        "edit",
    }
)
"""Kinds of steps by which a message comes to a mailbox, or a new version of it."""

BASE: frozenset[Kind] = frozenset({"grant", "compose", "compose-via", "reply"})
READ: frozenset[Operation] = frozenset({"get"})
BODIES: frozenset[Operation] = frozenset({"get", "thread", "attachment", "export"})
IN_FLIGHT: frozenset[Kind] = frozenset({"revoke", "begin", "deliver"})
ALL: frozenset[Operation] = frozenset(OPERATIONS)
READS: frozenset[Operation] = frozenset(GRADE_OF) - {"push", "export"}

SPOKEN: dict[str, tuple[frozenset[Kind], frozenset[Operation]]] = {
    "I1": (IN_FLIGHT, READ),
    "I2": (frozenset({"grant-briefly"}), READ),
    "I3": (frozenset({"revoke"}), READ),
    "I4": (IN_FLIGHT, READ),
    "I6": (frozenset({"quote"}), READ),
    "I7": (frozenset(), frozenset({"get", "metadata", "list"})),
    "I9": (frozenset(), frozenset({"delete"})),
    "I10": (frozenset(), frozenset({"delete"})),
    "I11": (frozenset({"trash", "restore"}), READ),
    "I12": (frozenset({"open", "close"}), frozenset({"send"})),
    "I13": (frozenset(), frozenset({"label"})),
    "I14": (frozenset({"draft", "send-draft"}), READ),
    "I15": (frozenset({"edit"}), READ),
    "I17": (frozenset({"add", "remove"}), frozenset({"get", "thread"})),
    "I18": (frozenset({"mention"}), READ),
    **dict.fromkeys(OF_TWO_RUNS, (frozenset({"quote"}), READS)),
    "I25": (frozenset({"app-get", "hand"}), frozenset()),
    "I26": (frozenset({"app-get", "revoke", "forget"}), frozenset()),
    "I27": (frozenset({"app-get", "hand"}), frozenset()),
    "U1": (frozenset(), frozenset({"send"})),
    "U5": (frozenset(), frozenset({"delete"})),
}
"""What each invariant speaks of besides grant, compose, compose via the app and reply: kinds of steps, and the calls
that end its histories. Where there is none, that is the read.
"""


def steps_for(invariant: str) -> tuple[frozenset[Kind], frozenset[Operation]]:
    """The steps that an invariant of this name is tested with, and the calls that end its histories.

    What is claimed of a reading is searched with the steps that readings speak of.
    """
    family, _, rest = invariant.partition(":")
    if family == "I5":
        return MATRIX | _speaking(rest), ALL if "@" in rest else READ
    if family == "I8":
        return MATRIX, ALL
    kinds, operations = SPOKEN.get(family, (frozenset(), READ))
    return BASE | kinds | _speaking(rest), operations


SPEAKING: dict[str, frozenset[Kind]] = {
    "session": frozenset({"open", "close"}),
    "current-thread": frozenset({"open"}),
    "topical": frozenset({"about"}),
    "draft": frozenset({"draft", "draft-quote"}),
}
"""The steps that an extent of this name speaks of besides those of the survey."""


def _speaking(reading: str) -> frozenset[Kind]:
    """The steps that a reading needs besides those of the survey."""
    return frozenset().union(*(SPEAKING.get(name, frozenset()) for name in re.findall(r"[\w-]+", reading)))


OF_THE_APP = ("authored", "via-app", "reply", "rooted", "threaded", "counterpart")
"""Extents of which composing via the app says something."""
BY_STEP: dict[str, Kind] = {"addressed": "mention", "linked": "link", "tagged": "label"}
"""Extents that one step of the survey alone speaks of."""


def steps_of(policy: ScopesPolicy) -> tuple[frozenset[Kind], frozenset[Operation]]:
    """The steps that the scopes speak of, and the calls that they open."""
    channels = policy.channels
    names = {atom.name for extent in (*channels.values(), policy.said.extent) for atom in atoms(extent)}
    kinds: set[Kind] = {"grant", "compose", "reply"}
    if not names.isdisjoint(OF_THE_APP):
        kinds |= BASE
    for name, kind in BY_STEP.items():
        kinds |= {kind} if name in names else set()
    for name, more in SPEAKING.items():
        kinds |= more if name in names else set()
    # What is pushed is news only where it could not be had by asking.
    if "subscribe" in channels and channels["subscribe"] not in (channels.get("get"), channels.get("metadata")):
        kinds |= {"app-subscribe"}
    if "rule" in channels:
        kinds |= {"app-rule"}
    return frozenset(kinds), frozenset(channels) & ALL - {"push"}
