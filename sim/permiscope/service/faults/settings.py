"""The faults that are one setting of the service, or another extent of its policy: a row each."""

from attrs import evolve

from permiscope.model.access import Action
from permiscope.model.extents import ATOMS, EVERYTHING, READINGS, Extent
from permiscope.service.door.build import Service
from permiscope.service.faults.fault import Change, Fault, extents_of, ideal, widened
from permiscope.service.policies.policy import NOTHING, ExtentPolicy

REPLY = READINGS["reply"]
AGREED = REPLY & ATOMS["consented"]
BY_PEOPLE = evolve(
    ideal(),
    policy=ExtentPolicy(READINGS["tagged"], {"delete": READINGS["authored"], "label": NOTHING}),
    title="tagged, by people alone",
)


def without(*obligations: str) -> Change:
    """The change that a service does not do what it had promised."""
    return lambda service: evolve(service, obligations=service.obligations - {*obligations})


def _delete_as_read(service: Service) -> Service:
    extent, others = extents_of(service, "L21")
    kept: dict[Action, Extent] = {action: other for action, other in others.items() if action != "delete"}
    return evolve(service, policy=ExtentPolicy(extent, kept))


def _one_sided(service: Service) -> Service:
    extent, others = extents_of(service, "L32")
    if extent == AGREED:
        return evolve(service, policy=ExtentPolicy(REPLY, others))
    return widened(service, "L32", REPLY)


FAULTS = (
    Fault(
        "L1",
        "An app message in an old thread opens the thread's past.",
        "P",
        ("I5:reply",),
        lambda service: widened(service, "L1", READINGS["threaded"]),
        mirror="Gmail add-ons: the scope message.readonly opens the other messages of the open thread [I]",
    ),
    Fault(
        "L3",
        "A counterpart quotes a private message in a reply that is in scope.",
        "O",
        ("I6:reply", "I20:reply"),
        without("view", "index"),
        blind=("I5:reply", "I20:reply/released"),
        kinds=("quote",),
        mirror="replies and drafts quote foreign text: thread leakage in Gmail add-ons [I]",
    ),
    Fault(
        "L4",
        "The person pastes private text into an app message.",
        "-",
        ("I6:reply", "I20:reply"),
        without("view", "index"),
        blind=("I5:reply", "I20:reply/released"),
        kinds=("paste",),
    ),
    Fault(
        "L5",
        "A private message is forwarded through the app.",
        "-",
        ("I6:reply", "I20:reply"),
        without("view", "index"),
        blind=("I5:reply", "I20:reply/released"),
        kinds=("forward-via",),
    ),
    Fault(
        "L7",
        "The view is redacted, the index is not.",
        "O",
        ("I20:reply",),
        without("index"),
        blind=("I5:reply", "I6:reply"),
        kinds=("quote",),
        operations=("get", "search"),
    ),
    Fault(
        "L10",
        "Sequential ids reveal traffic.",
        "S",
        ("I21:reply",),
        lambda service: evolve(service, ids="sequential"),
        blind=("I5:reply", "I5:reply@presence", "I6:reply"),
        operations=("get", "send"),
    ),
    Fault(
        "L11",
        "What is forbidden answers 403, what is absent 404.",
        "E",
        ("I24", "I21:reply"),
        lambda service: evolve(service, denials="forbidden"),
        blind=("I5:reply", "I5:reply@presence", "I6:reply"),
        mirror="denials differ: an error (Gmail, Graph, Drive), an empty field (Discord), "
        "silence (Telegram, Slack) [V]",
    ),
    Fault(
        "L16",
        "A cached copy outlives revocation.",
        "O",
        ("I26",),
        without("forget"),
        blind=("I1", "I3", "I5:reply", "I6:reply", "I20:reply"),
        kinds=("app-get", "revoke"),
        sound=evolve(ideal(), obligations=frozenset({"view", "index", "forget"})),
        mirror="narrowing a grant recalls no copies: snapshots of forwarded messages in Discord are immutable [V]",
    ),
    Fault(
        "L17",
        "A read is in flight when the grant is revoked.",
        "I",
        ("I4",),
        lambda service: evolve(service, recheck=False),
        blind=("I1", "I5:reply", "I6:reply"),
        kinds=("revoke", "begin", "deliver"),
        operations=(),
        mirror="access tokens of Entra cannot be revoked and live for 60 to 90 minutes [S]",
    ),
    Fault(
        "L21",
        "The extent for reading is reused for deleting.",
        "P",
        ("I9",),
        _delete_as_read,
        blind=("I10", "I5:reply", "I20:reply"),
        operations=("delete",),
        mirror="the delete of the partners' API was explained as deleting in both places, "
        "in one sentence with reading [A]",
    ),
    Fault(
        "L23",
        "The app labels a private message, then reads it (confused deputy).",
        "I",
        ("I13", "I5:reply"),
        lambda service: widened(service, "L23", READINGS["tagged"], {"label": EVERYTHING}),
        blind=("I5:tagged",),
        kinds=("app-label",),
        operations=("label", "get"),
        sound=BY_PEOPLE,
    ),
    Fault(
        "L30",
        "History from before the grant is shown.",
        "P",
        ("I16",),
        lambda service: evolve(service, old=True),
        blind=("I5:reply", "I6:reply", "I20:reply"),
        mirror="read_mailbox opened the whole inbox of about 1,500 people, as it was: This Is Your Digital Life [S]",
    ),
    Fault(
        "L32",
        "The counterpart never granted anything.",
        "P",
        ("I18",),
        _one_sided,
        blind=("I5:reply", "I6:reply", "I20:reply"),
        kinds=("mention",),
        sound=evolve(ideal(), policy=ExtentPolicy(AGREED), title="ideal, if both agree"),
        mirror="correspondents of the about 1,500 grantors never consented: This Is Your Digital Life [S]",
    ),
    Fault(
        "L33",
        "Two apps pool what they know.",
        "-",
        ("I25",),
        without("withhold"),
        blind=("I1", "I5:reply", "I6:reply"),
        kinds=("app-get", "hand"),
        operations=(),
        sound=evolve(ideal(), obligations=frozenset({"view", "index", "withhold"})),
        apps=2,
        mirror="apps of a workspace that act through other apps: Chen et al., USENIX Security 2022 [V]",
    ),
)
