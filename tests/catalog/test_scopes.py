"""How do scopes compose, and does the door treat an app with them as the platform would?"""

from itertools import combinations, permutations
from pathlib import Path

import pytest

from permiscope.engine.space import APPS, PEOPLE
from permiscope.model.access import Grade
from permiscope.model.errors import InputError
from permiscope.model.records import Called
from permiscope.model.steps import Call, Compose, Consent, Open, Reply, Revoke, Step
from permiscope.questions.platforms.escalation import alike_scopes
from permiscope.service.door.build import service_for
from permiscope.service.door.messaging import MessagingService
from permiscope.service.platforms.scopes import ScopesPolicy, load_scopes
from permiscope.service.platforms.vendor import Vendor, load_vendor, vendor_names
from permiscope.service.policies.loading import load_policy
from tests.helpers import ANA, APP, BEN, CY

VENDORS = [load_vendor(name) for name in vendor_names()]
PRIVATE = Compose(BEN, (ANA,), text="My results came. Keep it quiet.")


def end(name: str, *history: Step) -> Called:
    """The last record of a day at a platform, where Ana consents to some scopes first."""
    messaging = MessagingService(service_for(load_policy(name)), PEOPLE, APPS)
    messaging.play((Consent(ANA, APP), *history))
    record = messaging.door.records[-1]
    assert isinstance(record, Called)
    return record


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_more_scopes_open_no_less_unless_the_data_says_that_one_takes_away(vendor: Vendor) -> None:
    """Of each pair of scopes of different kinds."""
    kinds = [policy for policy, _ in alike_scopes(vendor)]
    for one, other in permutations(kinds, 2):
        both = ScopesPolicy(vendor, (*one.scopes, *other.scopes))
        taken = vendor.scopes[other.scopes[0]].refuses + vendor.scopes[one.scopes[0]].refuses
        assert one.channels.keys() - both.channels.keys() <= set(taken)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_the_order_of_scopes_makes_no_difference(vendor: Vendor) -> None:
    """Nor does a scope that is named twice."""
    for one, other in combinations(list(vendor.scopes)[:8], 2):
        names = vendor.name
        there, back = load_scopes(f"{names}:{one}+{other}+{one}"), load_scopes(f"{names}:{other}+{one}")
        assert there.channels.keys() == back.channels.keys()


def test_metadata_beside_readonly_takes_reading_and_searching_away() -> None:
    """A grant more, a power less; what is left is what it gives itself, and what it does not refuse."""
    alone, both = load_scopes("gmail:gmail.readonly"), load_scopes("gmail:gmail.readonly+gmail.metadata")
    assert alone.channels.keys() - both.channels.keys() == {"get", "thread", "search"}
    assert end("gmail:gmail.readonly", PRIVATE, Call(APP, "get", ANA, message="m1")).outcome == "shown"
    assert end("gmail:gmail.readonly+gmail.metadata", PRIVATE, Call(APP, "get", ANA, message="m1")).outcome == "refused"
    told = end("gmail:gmail.readonly+gmail.metadata", PRIVATE, Call(APP, "metadata", ANA, message="m1"))
    assert (told.outcome, told.grade) == ("shown", Grade.METADATA)


@pytest.mark.parametrize(
    ("scopes", "outcome"),
    [
        ("Mail.Read", "shown"),
        ("Mail.Read+access-policy", "refused"),
        ("role:Mail.Read", "refused"),
        ("role:Mail.Read+Mail.Read", "shown"),
        ("role:Mail.Read+Mail.Read+access-policy", "refused"),
    ],
)
def test_an_access_policy_intersects_with_the_consent_and_a_role_unites_with_it(scopes: str, outcome: str) -> None:
    """Ben's mailbox is in no policy and no role."""
    assert end(f"exchange:{scopes}", PRIVATE, Call(APP, "get", BEN, message="m1")).outcome == outcome


def test_a_mailbox_that_a_policy_leaves_out_is_not_written_from_either() -> None:
    """There is no message yet to tell by; and a scope that stays near does not reach farther beside one that does."""
    send = Call(APP, "send", BEN, to=(CY,), text="I think you would like this film.")
    assert end("exchange:full_access_as_app", send).outcome == "done"
    assert end("exchange:full_access_as_app+access-policy", send).outcome == "refused"
    assert end("slack:chat:write+links:read", send).outcome == "refused"
    late = (Revoke(ANA, APP), Call(APP, "send", ANA, to=(CY,), text="See this.", at=5000.0))
    assert end("graph:Mail.Send", *late).outcome == "done"


def test_what_one_scope_may_have_in_full_another_does_not_carry_farther() -> None:
    """A mention with a link, in a conversation that nobody added the app to: where and who, by the link."""
    both = Compose(BEN, (CY,), links=(APP,), mentions=(APP,), text="Look.")
    told = end("slack:links:read+app_mentions:read", Call(APP, "subscribe", ANA), both)
    assert (told.owner, told.grade) == (BEN, Grade.METADATA)


def test_one_member_opens_a_chat_for_all_and_an_administrator_every_mailbox() -> None:
    """And whoever consents to a delegated permission, their own."""
    elsewhere = Compose(BEN, (CY,), text="Between us.")
    read, other = Call(APP, "get", BEN, message="m1"), Call(APP, "get", BEN, message="m2")
    for scopes, outcomes in (
        ("teams-application:ChatMessage.Read.Chat", ("shown", "refused")),
        ("graph-application:Mail.Read", ("shown", "shown")),
        ("graph:Mail.Read", ("refused", "refused")),
    ):
        assert tuple(end(scopes, PRIVATE, elsewhere, call).outcome for call in (read, other)) == outcomes


def test_a_refusal_looks_as_it_does_on_the_platform() -> None:
    """An error, an empty field, or nothing that was ever sent."""
    get = Call(APP, "get", ANA, message="m1")
    assert end("gmail-addons:gmail.addons.current.message.readonly", PRIVATE, get).observation.status == 403
    empty = end("discord:bot", PRIVATE, get)
    assert (empty.outcome, empty.grade, empty.shown[0].body) == ("shown", Grade.METADATA, "")
    messaging = MessagingService(service_for(load_policy("telegram:privacy-mode")), PEOPLE, APPS)
    messaging.play((Consent(ANA, APP), Call(APP, "subscribe", ANA), PRIVATE))
    assert not isinstance(messaging.door.records[-1], Called)


def test_what_is_delivered_is_in_full_where_the_platform_says_so_and_else_who_and_when() -> None:
    """Telegram's replies, Discord's exceptions, Gmail's notifications."""
    sent = Compose(ANA, (BEN,), via=APP, text="Watch this.")
    subscribe, answer = Call(APP, "subscribe", ANA), Reply(BEN, "m1", text="I will.")
    for scopes, grade in (
        ("telegram:privacy-mode", Grade.BODY),
        ("discord:bot", Grade.BODY),
        ("gmail:gmail.readonly", Grade.METADATA),
    ):
        pushed = end(scopes, subscribe, sent, answer)
        assert (pushed.operation, pushed.grade, pushed.shown[0].id) == ("push", grade, "m2")
    assert end("discord:bot", subscribe, PRIVATE).grade is Grade.METADATA


def test_a_link_is_told_of_from_a_conversation_in_which_nobody_added_the_app() -> None:
    """Slack's links:read: who and where, and not the text."""
    told = end("slack:links:read", Call(APP, "subscribe", ANA), Compose(BEN, (CY,), links=(APP,), text="Look."))
    assert (told.operation, told.owner, told.grade) == ("push", BEN, Grade.METADATA)


def test_an_add_on_sees_the_thread_of_what_is_open_and_not_what_was_closed() -> None:
    """The scope `readonly` against `action`: the thread, or the message alone."""
    day = (PRIVATE, Reply(ANA, "m1", text="I will keep it quiet."), Open(ANA, APP, "m2"))
    read = Call(APP, "get", ANA, message="m1")
    assert end("gmail-addons:gmail.addons.current.message.readonly", *day, read).outcome == "shown"
    assert end("gmail-addons:gmail.addons.current.message.action", *day, read).outcome == "refused"


def test_a_token_outlives_the_grant_where_it_does() -> None:
    """Microsoft's by up to ninety minutes, by a secondary source; Gmail's are not known to."""
    late = (PRIVATE, Revoke(ANA, APP), Call(APP, "get", ANA, message="m1", at=5000.0))
    gone = (PRIVATE, Revoke(ANA, APP), Call(APP, "get", ANA, message="m1", at=5500.0))
    assert [end("graph:Mail.Read", *day).outcome for day in (late, gone)] == ["shown", "refused"]
    assert end("gmail:gmail.readonly", *late).outcome == "refused"


def test_a_forward_needs_no_reading_where_the_vendor_says_so_and_else_it_does() -> None:
    """Graph's Mail.Send, and Discord on the day before and on the day of the change."""
    forward = Call(APP, "forward", ANA, message="m1", to=(APP,))
    for scopes, outcome in (
        ("graph:Mail.Send", "done"),
        ("discord:SEND_MESSAGES@2026-04-13", "done"),
        ("discord:SEND_MESSAGES", "refused"),
        ("discord:SEND_MESSAGES+MESSAGE_CONTENT", "done"),
    ):
        assert end(scopes, PRIVATE, forward).outcome == outcome


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_what_is_said_of_facebook_is_marked_as_quoted_and_no_company_is_called_broken(vendor: Vendor) -> None:
    """A fact has a source and a mark; one known from quotations alone is marked so."""
    facts = [*vendor.facts, *(fact for scope in vendor.scopes.values() for fact in scope.facts)]
    words = " ".join([vendor.title, vendor.about, *(fact.text for fact in facts)])
    assert "broken" not in words.lower()
    if vendor.name.startswith("facebook/") and vendor.name != "facebook/read_mailbox-2009":
        assert {source.mark for source in vendor.sources.values()} <= {"A", "S"}
        assert {fact.mark for fact in facts} <= {"A", "S", "I"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[scopes.", "[scopse."), "`scopse` is no key"),
        (('any_of = ["inbox.read", "inbox.own"]', 'any_of = ["inbox.red"]'), "there is no scope `inbox.red`"),
        (('calls.send = ["post.send"]', 'calls.send = ["loft.read"]'), "the method `loft.read` stands in two blocks"),
        (('extent = "threaded"', 'extent = "treaded"'), '`scopes."inbox.own".extent`: there is no reading `treaded`'),
        (
            ('extent = "threaded"', 'grade = "boddy"'),
            '`scopes."inbox.own".grade`: `boddy` is none of presence',
        ),
        (('consent = "Send', 'consnet = "Send'), '`scopes."post.carry"`: `consnet` is no key'),
        (('source = "manual"\nmark', 'source = "hearsay"\nmark'), "there is no source `hearsay`"),
        (
            ('calls.get = ["loft.read"]', 'calls.fetch = ["loft.read"]'),
            "`methods[0].calls.fetch`: `fetch` is none",
        ),
    ],
)
def test_a_data_file_that_is_none_is_told_so_in_a_line(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    """Which file, and what in it."""
    text = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    plain = text.split("```toml\n")[1].split("```")[0]
    assert change[0] in plain
    file = tmp_path / "pigeon.toml"
    file.write_text(plain.replace(*change), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load_vendor(str(file))
    assert said in str(raised.value)
    assert str(file) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gmail:gmail.compos", "there is no scope `gmail.compos`; did you mean `gmail.compose`?"),
        ("gmail", "`gmail` has 10 scopes; name some, as in `gmail:mail.google.com`"),
        ("gmail:", "`gmail` has 10 scopes; name some, as in `gmail:mail.google.com`"),
        ("gmial:gmail.send", "there is no policy or platform `gmial`; did you mean `gmail`?"),
    ],
)
def test_a_scope_that_is_not_there_is_told_with_the_nearest(name: str, said: str) -> None:
    """One line, and the next step."""
    with pytest.raises(InputError) as raised:
        load_policy(name)
    assert said in str(raised.value)
