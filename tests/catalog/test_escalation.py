"""Is what a platform's scopes open beyond their words found, by search and from the data alone?"""

import pytest
from attrs import evolve

from permiscope.engine.bfs import messaging_for
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import judge
from permiscope.model.extents import ATOMS, READINGS, Extent
from permiscope.questions.platforms.escalation import Escalation, escalations
from permiscope.questions.platforms.expression import expressed
from permiscope.questions.policies.trim import FEATURES, sufficient
from permiscope.service.platforms.scopes import ScopesPolicy
from permiscope.service.platforms.vendor import Vendor, load_vendor, vendor_names

pytestmark = pytest.mark.one_python

FOUND: dict[str, set[tuple[str, str, str, int]]] = {
    "chat": set(),
    "discord": {
        ("bot", "others' mailboxes", "get", 3),
        ("MESSAGE_CONTENT", "others' mailboxes", "get", 3),
        ("SEND_MESSAGES@2026-04-13", "others' mailboxes", "forward", 3),
        ("SEND_MESSAGES@2026-04-13", "text not spoken of", "forward", 3),
    },
    "drive": set(),
    "exchange": {
        ("Mail.Read", "others' mailboxes", "get", 3),
        ("full_access_as_app", "others' mailboxes", "get", 3),
        ("role:Mail.Read+Mail.Read", "others' mailboxes", "get", 3),
        ("role:Mail.Read+full_access_as_app", "others' mailboxes", "get", 3),
    },
    "gmail": {
        ("gmail.compose", "text from elsewhere", "get", 4),
        ("gmail.settings.basic", "text not spoken of", "rule", 3),
        ("mail.google.com+gmail.metadata", "a power lost", "get", 3),
    },
    "gmail-addons": {("gmail.addons.current.message.readonly", "text not spoken of", "get", 5)},
    "graph": {
        ("Mail.Send", "text not spoken of", "forward", 3),
        ("MailboxSettings.ReadWrite", "text not spoken of", "rule", 3),
    },
    "outlook-addins": set(),
    "slack": {
        ("channels:history", "others' mailboxes", "get", 3),
        ("app_mentions:read", "others' mailboxes", "push", 4),
        ("links:read", "others' mailboxes", "push", 3),
    },
    "teams": {("ChatMessage.Send", "text not spoken of", "forward", 3)},
    "teams-bots": {
        ("bot", "others' mailboxes", "push", 4),
        ("ChannelMessage.Read.Group", "others' mailboxes", "push", 4),
    },
}
"""Scopes, what comes of them, by which operation and in how many steps."""


def summary(found: Escalation) -> tuple[str, str, str, int]:
    """An escalation as a row of the table."""
    return "+".join(found.scopes), found.sort, found.by, len(found.witness)


@pytest.mark.parametrize("name", FOUND)
def test_what_a_platform_opens_beyond_its_words_is_found(name: str) -> None:
    """Forward without read, a rule without read, drafts, the thread of what is open, metadata, a leftover consent."""
    assert set(map(summary, escalations(load_vendor(name)))) == FOUND[name]


@pytest.mark.parametrize("name", FOUND)
def test_the_history_of_each_breaks_the_check_that_it_names(name: str) -> None:
    """Played again, at the platform; of a power that is lost it ends in what only one of the two allows."""
    vendor = load_vendor(name)
    for found in escalations(vendor):
        messaging = messaging_for(ScopesPolicy(vendor, found.scopes).service)
        messaging.play(found.witness)
        if found.check:
            (tally,) = judge(messaging.door.records, [parse_invariant(found.check)])
            assert tally.broken
        else:
            assert [record.outcome for record in messaging.door.records[-1:]] == ["refused"]  # type: ignore[union-attr]


def without(vendor: Vendor, scope: str, operation: str) -> Vendor:
    """The platform, if a method of this operation were open to another scope."""
    blocks = []
    for each in vendor.methods:
        calls = {name: methods for name, methods in each.calls.items() if scope not in each.any_of or name != operation}
        blocks.append(evolve(each, calls=calls))
    return evolve(vendor, methods=tuple(blocks))


def test_with_the_method_taken_away_nothing_is_found() -> None:
    """The check can keep: it is the forward, the rule and the thread that it finds."""
    graph = without(without(load_vendor("graph"), "Mail.Send", "forward"), "MailboxSettings.ReadWrite", "rule")
    assert list(escalations(graph)) == []
    addons = load_vendor("gmail-addons")
    name = "gmail.addons.current.message.readonly"
    narrow = evolve(addons, scopes={**addons.scopes, name: evolve(addons.scopes[name], extent=ATOMS["session"])})
    assert list(escalations(narrow)) == []


@pytest.mark.parametrize(
    ("name", "features", "least"),
    [
        ("gmail", ("readback",), {("gmail.readonly",): ()}),
        ("gmail", ("readback", "recommend", "delete-sync"), {("mail.google.com",): ("gmail.modify",)}),
        ("graph", ("readback", "recommend"), {("Mail.Read", "Mail.Send"): (), ("Mail.ReadWrite", "Mail.Send"): ()}),
        ("facebook/as-stated-by-rbc-2018", ("readback",), {}),
        ("facebook/as-stated-by-rbc-2018", ("recommend",), {("messaging",): ()}),
    ],
)
def test_the_least_scopes_for_a_feature_are_found(
    name: str, features: tuple[str, ...], least: dict[tuple[str, ...], tuple[str, ...]]
) -> None:
    """With those that open the same; two together where no single one will do; none where none does."""
    needs = [need for feature in features for need in FEATURES[feature][1]]
    found = sufficient(load_vendor(name), needs, 4)
    assert found.least == least
    assert all(found.fired.values())


def test_a_history_too_short_to_call_for_a_reply_finds_nothing() -> None:
    """Not tested is no answer."""
    found = sufficient(load_vendor("gmail"), list(FEATURES["readback"][1]), 2)
    assert not found.least
    assert not all(found.fired.values())


def test_which_readings_a_platform_can_express_is_computed() -> None:
    """Telegram's privacy mode is the reading of replies; Drive has files that were picked, and no mail platform has."""
    picked = READINGS["authored"] | READINGS["tagged"]
    columns: list[Extent] = [
        READINGS["authored"],
        READINGS["reply"],
        READINGS["addressed"],
        READINGS["everything"],
        picked,
    ]
    fits = {
        name: {reading: each.fit for reading, each in row.items()}
        for name, row in expressed(map(load_vendor, vendor_names()), columns).items()
    }
    assert fits["telegram"]["reply"] == "exactly"
    assert fits["slack"]["addressed"] == "exactly"
    assert fits["drive"][picked.name] == "exactly"
    assert fits["gmail"] == {**dict.fromkeys(fits["gmail"], "wider"), "everything": "exactly"}
    assert [name for name, row in fits.items() if row["authored"] == "exactly"] == []
    assert set(fits["facebook/as-stated-by-netflix-2018"].values()) == {"not at all"}
    exact = [name for name, row in fits.items() if row["reply"] == "exactly"]
    assert exact == ["facebook/as-paraphrased-2024", "telegram"]
