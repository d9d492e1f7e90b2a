# %% [markdown]
"""# 16  Nine incidents: what was granted, what could be read, and what would have noticed?

**Question.** In nine incidents that were reported, an app had more than somebody thought. Which check would have told
the incident from an ordinary day under the same grant?

**Covers.** A small history of each under a model of the platform; monitors, a monitor of reads alone, and paired runs;
what no record of calls can tell.

**Predict.** In how many of the nine does some check notice? Which incident looks, call by call, like any other day?

**Expect.** In six. In the other three we know of no call that would be otherwise: the grant itself was too wide, people
read what machines may read, or one consent opens everybody's mail. Some checks break there on every day, which is no
help.
"""

# %%
import re

from attrs import evolve, frozen

from permiscope.engine.pairs import verdicts_in
from permiscope.judge.invariants import i1, i5, i18, i19
from permiscope.judge.noninterference import Noninterference, Rule
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.access import Grade, Grant, Scope
from permiscope.model.extents import ATOMS, READINGS
from permiscope.model.steps import Call, Compose, Consent, History, Reply
from permiscope.report.figures import LEAK, OWN, REFUSED, UNTESTED, matrix
from permiscope.report.sheet import Sheet
from permiscope.report.story import story
from permiscope.report.text import table, wrap
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.door.messaging import MessagingService
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.platforms.scopes import load_scopes
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.simulation import play

PEOPLE, APP, OTHER = ("Ana", "Ben", "Cy"), "StreamCo", "OtherCo"
PRIVATE = "My results came. Keep it quiet."
GRANTED = ATOMS["granted"]
CHECKS: dict[str, Rule] = {
    "nobody\ngranted": i1(),
    "more than\nwas told": i5(GRANTED, Grade.PART),
    "the same,\nreads alone": i5(GRANTED, Grade.PART, reads=True),
    "writer never\nconsented": i18(),
    "another\npurpose": i19(),
    "two runs:\nthe texts": Noninterference("I20", GRANTED),
    "two runs:\npresence": Noninterference("I21", GRANTED),
}
"""By what it would say; of what was told, parts of a text count as text."""


@frozen
class Incident:
    """What was reported, and a model of it: a history, and one of an ordinary day under the same grant.

    Of the ordinary day, what is None is as in the incident; where all of it is, no call is otherwise, so that no check
    can tell. `sound` is its service.
    """

    name: str
    when: str
    granted: str
    could: str
    wrong: str
    source: str
    silent: str
    service: Service
    history: History
    modelled: str
    ordinary: History | None = None
    sound: Service | None = None
    apps: tuple[str, ...] = (APP,)


def told(service: Service, *, purposes: tuple[str, ...] = ()) -> Consent:
    """Ana grants what she is told that she grants."""
    return Consent("Ana", APP, service.offers, purposes=purposes)


def read(message: str = "m1", *, owner: str = "Ana", app: str = APP, purpose: str | None = None) -> Call:
    """The app gets a message."""
    return Call(app, "get", owner, message=message, purpose=purpose)


class BelievesTokens(EnforcementPoint):
    """Whoever shows a token that is signed is believed to have been granted something: here, a forged one."""

    def _believed(self, app: str, owner: str, time: float) -> Grant | None:
        return super()._believed(app, owner, time) or Grant(app, owner)


# %% [markdown]
# ## The nine

# %%
sheet = Sheet("16_incidents")
sheet.say("NINE INCIDENTS, AND WHAT WOULD HAVE NOTICED")
sheet.say("What was reported, and a model of it, in which Ana, Ben and Cy stand for people and StreamCo for the app.")
sheet.dated("2026-11-24")
mailbox = load_scopes("facebook/read_mailbox-2009").service
readonly = load_scopes("gmail:gmail.readonly").service
full = load_scopes("gmail:mail.google.com").service
links = load_scopes("slack:links:read").service
exchange = load_scopes("exchange:full_access_as_app").service
bot = load_scopes("discord:bot+SEND_MESSAGES@2026-04-13").service
anything = Service(BUILT_IN["everything"], "a mailbox service")
to_ana = Compose("Cy", ("Ana",), text=PRIVATE)
unsubscriber: History = (
    Consent("Ana", APP, Scope(extent=ATOMS["topical"])),
    Compose("Ben", ("Ana",), about=(APP,), text="This week's newsletter."),
    Compose("Cy", ("Ana",), text="Your receipt: two books."),
)
subscribed: History = (
    Consent("Ana", APP),
    Call(APP, "subscribe", "Ana"),
    Consent("Ben", OTHER),
    Call(OTHER, "subscribe", "Ben"),
    to_ana,
)
conversation: History = (
    Consent("Ana", APP, Scope(extent=READINGS["reply"])),
    Compose("Ana", ("Ben",), via=APP, text="I think you would like this film."),
    Reply("Ben", "m1", text="Thank you. I will."),
    Compose("Ben", thread="t1", text=PRIVATE),
    read("m2"),
    Call(APP, "list", "Ana"),
)
mentioned: History = (
    told(bot),
    Compose("Cy", ("Ana",), mentions=(APP,), text="StreamCo, what is on tonight?"),
    Compose("Ben", ("Ana",), text=PRIVATE),
    read("m1"),
)
forged: History = (Consent("Ana", APP), to_ana, read(), read(app=OTHER))
INCIDENTS = (
    Incident(
        "This Is Your Digital Life",
        "reported 2018-04-10",
        "read_mailbox, among benign items.",
        "The inboxes of about 1,500 people, and so what others had written to them.",
        "Those others never consented; the permission outlived the clean-up of April 2015 by six months.",
        "S: Wired via palada.net; engadget.com 2018-04-10",
        "Whether anything was read.",
        mailbox,
        (told(mailbox), to_ana, read()),
        "No call is otherwise on a day on which Ana wants her mail read: what was too wide is the grant.",
    ),
    Incident(
        "Return Path, Edison",
        "reported 2018-07-02",
        "All of Gmail, to be read, by the people's consent.",
        "All of it: about 100 million messages a day were scanned, and staff read about 8,000, unredacted.",
        "Machines may, people did: nothing in the scope tells the two apart.",
        "S: a copy of the Wall Street Journal of 2018-07-02 at adam.curry.com; cnet.com; macrumors",
        "What was done with what people read, and what a contract said of it.",
        readonly,
        (told(readonly, purposes=("sorting",)), to_ana, read(purpose="sorting")),
        "That somebody reads on inside the app is no step of ours, so no call is otherwise.",
    ),
    Incident(
        "Unroll.me",
        "FTC, 2019",
        "The full mailbox.",
        "Receipts, which were copied whole and stored.",
        "Who refused was told \"Don't worry, we won't touch your personal stuff\"; the parent read the same mailboxes.",
        "V: Federal Register 2019-17815; S: willkie.com, theprivacyscoop.com",
        "What was in the receipts, and who else had them.",
        full,
        (*unsubscriber, read("m1"), read("m2")),
        "What was told is modelled as: newsletters alone. On an ordinary day the app reads one, and no receipt.",
        (*unsubscriber, read("m1")),
    ),
    Incident(
        "Twitter, Account Activity API",
        "2017-05 to 2018-09-10",
        "A webhook for one business account.",
        "Direct messages and protected tweets of under 1 % of users, possibly sent to another developer.",
        "A right grant, a wrong route; \"can't conclusively confirm it didn't happen\", as quoted.",
        "S: 9to5mac.com 2018-09-22; foxnews.com",
        "Whether any message went astray, and what the events held.",
        CATALOGUE["L14"].built_into(anything),
        subscribed,
        "An event holds who and when. On an ordinary day it goes to the app that subscribed to the mailbox.",
        sound=anything,
        apps=(OTHER, APP),
    ),
    Incident(
        "Google+, People API",
        "2015 to 2018-03, and 2018-11",
        "The profile of a person, and what friends had made public.",
        "Fields of friends' profiles that were not public: 500,000 accounts, 438 apps; later 52.5 million.",
        "A filter for fields was missing; logs were kept for two weeks, so that misuse could not be ruled out.",
        "S: csoonline.com/566419; mactrast.com",
        "Anything of profiles: ours are messages, and it was none.",
        CATALOGUE["L27"].service,
        conversation,
        "A row of a list shows the first words of a message that may not be read.",
        sound=CATALOGUE["L27"].sound,
    ),
    Incident(
        "Slack, links:read",
        "no date was found",
        "links:read.",
        "Links, and who and where, in private conversations.",
        "An event came of conversations in which the app is not.",
        "S: blog.canonic.security; the fields V: api.slack.com/events/link_shared",
        "Whether any app made use of it.",
        links,
        (told(links), Call(APP, "subscribe", "Ana"), Compose("Cy", ("Ben",), links=(APP,), text=PRIVATE)),
        "An event holds who and when, and not the link. On an ordinary day it is of a conversation of Ana's.",
        (told(links), Call(APP, "subscribe", "Ana"), Compose("Cy", ("Ana",), links=(APP,), text=PRIVATE)),
    ),
    Incident(
        "Storm-0558",
        "2023-05 and 06",
        "Nothing: tokens were forged with a stolen key.",
        "Mailboxes at about 25 organisations.",
        "It was found because a record named an app not normally seen; until 2023-24 that record was a paid tier.",
        "S: csoonline.com/645978; preludesecurity.com; mcdonaldhopkins.com; borncity.com",
        "A service without that record: there no check can notice. Nor one whose forger takes a known app's name.",
        evolve(anything, parts=(BelievesTokens,)),
        forged,
        "OtherCo is the forger. On an ordinary day it asks the same, and is refused.",
        sound=anything,
        apps=(OTHER, APP),
    ),
    Incident(
        "Midnight Blizzard",
        "2023-11 to 2024-01",
        "full_access_as_app, by a forgotten test app.",
        "Mailboxes of a corporation.",
        "An old app with a large privilege; an app makes apps, and consents to itself.",
        "S: pathros-web.pages.dev and jeffreyappel.nl, quoting Microsoft; practical365.com",
        "How the app was taken over, and what was read.",
        exchange,
        (told(exchange), Compose("Cy", ("Ben",), text=PRIVATE), read(owner="Ben")),
        "An app that the organisation uses makes the same calls: one consent is for all mailboxes.",
    ),
    Incident(
        "Discord, forwarding",
        "until 2026-04-14",
        "A bot that may send, and is shown what mentions it.",
        "What it could not read, by forwarding it [V]; that the text came back to it is our inference [I].",
        "The check for reading was missing on a verb of writing.",
        "V: discord-api-docs, developers/change-log.mdx",
        "Whether any bot did so.",
        bot,
        (*mentioned, Call(APP, "forward", "Ana", message="m2", to=(APP,))),
        "The forward comes back as the bot's own. On an ordinary day it asks for the message, and the text is empty.",
        (*mentioned, read("m2")),
    ),
)


def word(incident: Verdict, ordinary: Verdict) -> str:
    """Whether a check tells an incident from an ordinary day; one that either of the days does not test cannot."""
    if not incident.fired or not ordinary.fired:
        return "not tested"
    if incident.kind is not Kind.REFUTED:
        return "no"
    return "always" if ordinary.kind is Kind.REFUTED else "yes"


words: dict[tuple[str, str], str] = {}
for each in INCIDENTS:
    ordinary = each.ordinary or each.history
    found = verdicts_in(each.service, each.history, CHECKS.values(), PEOPLE, each.apps)
    usual = verdicts_in(each.sound or each.service, ordinary, CHECKS.values(), PEOPLE, each.apps)
    words |= {(each.name, name): word(found[rule.name], usual[rule.name]) for name, rule in CHECKS.items()}
    lines = [
        f"{each.name.upper()} ({each.when})",
        wrap(f"  Granted: {each.granted}", "  "),
        wrap(f"  Could be read: {each.could}", "  "),
        wrap(f"  Went wrong: {each.wrong} [{each.source}]", "  "),
        wrap(f"  Our model [I]: {each.modelled}", "  "),
        story(MessagingService(each.service, PEOPLE, each.apps).played(each.history), each.service.policy),
        wrap(f"  What this does not show: {each.silent}", "  "),
    ]
    sheet.show("\n".join(lines))
    name = "_".join(re.findall("[a-z0-9]+", each.name.lower()))
    sheet.keep(name, play(each.history, each.service, PEOPLE, each.apps))

# %% [markdown]
# ## What would have noticed?
# A check notices if it breaks in the incident, and is tested on the ordinary day and does not break.

# %%
heads = [check.replace("\n", " ") for check in CHECKS]
names = [each.name for each in INCIDENTS]
for half in (slice(0, 4), slice(4, None)):
    checks = [*CHECKS][half]
    sheet.show(table(["", *heads[half]], [(name, *(words[name, check] for check in checks)) for name in names]))
noticing = [name for name in names if any(words[name, check] == "yes" for check in CHECKS)]
alike = [each.name for each in INCIDENTS if each.ordinary is None and each.sound is None]
sheet.say(
    "yes: it breaks in the incident, and not on an ordinary day under the same grant; always: on both, so that it "
    "tells nothing; no: not in the incident; not tested: on one of the two. Under these models some check notices "
    f"{len(noticing)} of {len(names)}. {'; '.join(alike)}: we model these with the same calls on both days, so that "
    "no check could tell. That is how we read the reports, and no result."
)
looks = {"yes": OWN, "always": LEAK, "no": REFUSED, "not\ntested": UNTESTED}
cells = {key: each.replace(" ", "\n") for key, each in words.items()}
title = "Which check tells the incident from an ordinary day?"
sheet.draw("incidents", matrix(title, names, list(CHECKS), cells, looks))

# %%
sheet.end()
