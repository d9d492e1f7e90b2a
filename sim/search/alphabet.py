"""Which steps are histories searched with? The kinds of steps by name, and what each invariant speaks of."""

from typing import Literal, get_args

from sim.judge.invariants import OF_TWO_RUNS
from sim.model.access import GRADE_OF, OPERATIONS, Operation
from sim.model.errors import InputError
from sim.service.catalog.scopes import ScopesPolicy

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
    "about",
    "attach",
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
    "app-subscribe",
    "app-rule",
    "hand",
    "forget",
]
"""A kind of step before the last one.

`link`, `mention`, `about` and `attach` are composing with a link to, a mention of, words about the app, with an
attachment; `paste` is composing via the app with a quote, `draft-quote` a draft with one. What begins with `app-` is a
call of the app that is not the last step.
"""

KINDS: tuple[Kind, ...] = get_args(Kind)
MATRIX: frozenset[Kind] = frozenset({"grant", "compose", "link", "mention", "compose-via", "reply", "label"})
"""The steps of the survey policy × reading, before the read that ends each history."""


def parse_kinds(names: list[str]) -> frozenset[Kind]:
    """The alphabet of these names. Raises `InputError` for one that is no kind of step."""
    for name in names:
        if name not in KINDS:
            raise InputError(f"there is no kind of step `{name}`; use {', '.join(KINDS)}")
    return frozenset(kind for kind in KINDS if kind in names)


OF_APPS: frozenset[Kind] = frozenset(
    {
        "begin",
        "deliver",
        "app-get",
        "app-label",
        "app-trash",
        "app-subscribe",
        "app-rule",
        "hand",
        "forget",
    }
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
        "compose-via",
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
    return frozenset().union(*(kinds for name, kinds in SPEAKING.items() if name in reading))


OF_THE_APP = ("authored", "via-app", "reply", "rooted", "threaded", "counterpart")
"""Extents of which composing via the app says something."""
BY_STEP: dict[str, Kind] = {"addressed": "mention", "linked": "link", "tagged": "label"}
"""Extents that one step of the survey alone speaks of."""


def steps_of(policy: ScopesPolicy) -> tuple[frozenset[Kind], frozenset[Operation]]:
    """The steps that the scopes speak of, and the calls that they open."""
    channels = policy.channels
    names = " ".join(extent.name for extent in (*channels.values(), policy.said.extent))
    kinds: set[Kind] = {"grant", "compose", "reply"}
    if any(name in names for name in OF_THE_APP):
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
