"""Is every permission that was looked up in the catalogue, and known no better there than it is?"""

import json
from pathlib import Path

from permiscope.service.platforms.vendor import load_vendor
from tests.helpers import needs

REAL = Path(__file__).parents[3] / "shared" / "data" / "platforms.json"

CATALOGUE = {"gmail_addon": "gmail-addons", "outlook_addin": "outlook-addins"}
"""Platforms that are called otherwise in the catalogue."""

SCOPES = {
    "full_access_as_app (EWS)": "exchange:full_access_as_app",
    "ApplicationAccessPolicy RestrictAccess|DenyAccess": "exchange:access-policy",
    'RBAC for Applications ("Application Mail.Read" etc. + management scope)': "exchange:role:Mail.Read",
    "(no MESSAGE_CONTENT intent)": "discord:bot",
    "MESSAGE_CONTENT (1 << 15)": "discord:MESSAGE_CONTENT",
    "message forward (message_reference type FORWARD)": "discord:SEND_MESSAGES",
    "privacy mode ENABLED (default), group member": "telegram:privacy-mode",
    "privacy mode DISABLED, or bot is group admin": "telegram:no-privacy-mode",
    "private chat / channel membership": "telegram:private-chat",
    "connected business bot: BusinessBotRecipients + BusinessBotRights": "telegram:business-bot",
    "(bot, no RSC)": "teams-bots:bot",
    "ChannelMessage.Send.Group (RSC, application)": "teams-bots:ChannelMessage.Send.Group",
    "ChannelMessage.Read.Group (RSC, application)": "teams-application:ChannelMessage.Read.Group",
    "ChatMessage.Read.Chat (RSC, application)": "teams-application:ChatMessage.Read.Chat",
    "Chat.Read.WhereInstalled (application)": "teams-application:Chat.Read.WhereInstalled",
    "Chat.Read.All / ChannelMessage.Read.All (application)": "teams-application:Chat.Read.All",
    "ChatMessage.Send (delegated)": "teams:ChatMessage.Send",
    "MailboxSettings.ReadWrite": "graph:MailboxSettings.ReadWrite",
    "read_mailbox (public Inbox API, 2009-08-11)": "facebook/read_mailbox-2009:read_mailbox",
    "Inbox API agreement, PLAINTIFFS' version (Klein v. Meta)": "facebook/as-alleged-2023:messaging",
    "Titan API (whitelisted partner), PLAINTIFFS' version": "facebook/titan-as-alleged-2023:titan",
    "messaging partner access, NYT version 2018-12-18": "facebook/as-reported-2018:messaging",
    "messaging partner access, META version 2018-12-18/19": "facebook/as-stated-2018:messaging",
    "messaging partner access, CONTENT-SCOPED paraphrase 2024": "facebook/as-paraphrased-2024:messaging",
    "messaging partner access, NETFLIX version 2018": "facebook/as-stated-by-netflix-2018:messaging",
    "messaging partner access, RBC": "facebook/as-stated-by-rbc-2018:messaging",
}
"""Rows whose name is not that of the scope."""

WITHOUT_SCOPE = {
    "Search Guild Messages": "a channel of MESSAGE_CONTENT, and no permission of its own",
    "xmpp_login": "it signs people in to a chat; that it opens messages is not said",
}
"""Rows that are no scope of the catalogue, and why not."""

MARKS = {
    "verified": "V",
    "secondary": "S",
    "reported": "S",
    "paraphrase": "S",
    "alleged": "A",
    "claimed": "A",
}
BEST_FIRST = "VSARI"
LESS = {
    "full_access_as_app (EWS)": "what it opens is recalled; the incident that names it is in a secondary source",
    "im:history": "what it is with a person's token is recalled",
}
"""Rows of which the catalogue knows less than their sources, and why."""


def scope_of(platform: str, permission: str) -> str:
    """What a row is called in the catalogue."""
    if permission in SCOPES:
        return SCOPES[permission]
    name, _, way = permission.partition(" (")
    if platform == "msgraph":
        return f"{'graph-application' if way.startswith('application') else 'graph'}:{name}"
    short = "mail.google.com" if name == "https://mail.google.com/" else name.rpartition("/auth/")[2]
    return f"{CATALOGUE.get(platform, platform)}:{short.rpartition(' | ')[2]}"


@needs(REAL)
def test_every_permission_that_was_looked_up_is_a_scope_with_its_mark() -> None:
    """Each row once; what is no scope stands in a list with the reason, and so does what is marked lower."""
    rows = json.loads(REAL.read_text(encoding="utf-8"))
    missing, less = set(), set()
    for row in rows:
        vendor, _, scope = scope_of(row["platform"], row["permission"]).partition(":")
        if row["permission"] in WITHOUT_SCOPE:
            missing.add(row["permission"])
            continue
        known = load_vendor(vendor)
        assert scope in known.scopes, row["permission"]
        ours, theirs = (BEST_FIRST.index(mark) for mark in (known.mark(known.scopes[scope]), MARKS[row["status"]]))
        assert ours >= theirs, row["permission"]
        if ours > theirs:
            less.add(row["permission"])
    assert len(rows) == 69
    assert missing == set(WITHOUT_SCOPE)
    assert less == set(LESS)
