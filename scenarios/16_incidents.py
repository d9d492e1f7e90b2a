# %% [markdown]
"""# 16  Nine incidents: what was granted, what could be read, and what would have noticed?

**Question.** In nine incidents that were reported, an app had more than somebody thought. Which check would have told
the incident from an ordinary day under the same grant?

**Covers.** A small history of each under a model of the platform; monitors, a monitor of reads alone, and paired runs;
what no record of calls can tell.

**Predict.** In how many of the nine does some check notice? Which incident looks, call by call, like any other day?

**Expect.** In seven. Where people read what machines may read, and where a consent for everybody's mail falls to the
wrong hands, every call is as it should be.
"""

# %%
import re

from attrs import evolve, field, frozen

from sim.judge.invariants import i1, i5, i18, i19
from sim.judge.noninterference import Noninterference, Rule
from sim.judge.verdicts import Kind, Verdict
from sim.model.access import Grade, Grant, Scope
from sim.model.extents import ATOMS, READINGS
from sim.model.steps import Call, Compose, Consent, History
from sim.report.figures import matrix
from sim.report.sheet import Sheet
from sim.report.story import story
from sim.report.text import table, wrap
from sim.search.paired import verdicts_in
from sim.search.probe import Answer
from sim.service.build import Service
from sim.service.catalog.scopes import load_scopes
from sim.service.enforcement import EnforcementPoint
from sim.service.faults.catalogue import CATALOGUE
from sim.service.platform import Platform
from sim.service.policy import BUILT_IN, NOTHING
from sim.world.simulation import play

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

    `sound` is the service on the ordinary day, if it was another one.
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
    ordinary: History
    sound: Service | None = None
    apps: tuple[str, ...] = (APP,)
    modelled: str = field(default="")


def told(service: Service, *, purposes: tuple[str, ...] = ()) -> Consent:
    """Ana grants what she is told that she grants."""
    return Consent("Ana", APP, service.offers, purposes=purposes)


def read(owner: str = "Ana", *, app: str = APP, purpose: str | None = None) -> Call:
    """The app gets the first message in a mailbox."""
    return Call(app, "get", owner, message="m1", purpose=purpose)


class BelievesTokens(EnforcementPoint):
    """Whoever shows a token that is signed is believed to have been granted something: here, a forged one."""

    def _believed(self, app: str, owner: str, time: float) -> Grant | None:
        return super()._believed(app, owner, time) or Grant(app, owner)


# %% [markdown]
# ## The nine

# %%
sheet = Sheet("16_incidents")
sheet.say("NINE INCIDENTS, AND WHAT WOULD HAVE NOTICED")
sheet.say(
    "What was reported, and a model of it, in which Ana, Ben and Cy stand for people and StreamCo for the app. "
    "V: seen in a primary text; S: in a secondary source only; I: our inference. As of 2026-11-24. To report a "
    "correction, open an issue with the source."
)
mailbox = load_scopes("facebook/read_mailbox-2009").service
readonly = load_scopes("gmail:gmail.readonly").service
full = load_scopes("gmail:mail.google.com").service
links = load_scopes("slack:links:read").service
exchange = load_scopes("exchange:full_access_as_app").service
forwarding = load_scopes("discord:SEND_MESSAGES@2026-04-13").service
anything = Service(BUILT_IN["everything"], "a mailbox service")
to_ana, receipt = Compose("Cy", ("Ana",), text=PRIVATE), Compose("Cy", ("Ana",), text="Your receipt: two books.")
subscribed: History = (
    Consent("Ana", APP),
    Call(APP, "subscribe", "Ana"),
    Consent("Ben", OTHER),
    Call(OTHER, "subscribe", "Ben"),
)
conversation: History = (
    Consent("Ana", APP, Scope(extent=READINGS["reply"])),
    Compose("Ana", ("Ben",), via=APP, text="I think you would like this film."),
    Compose("Ben", thread="t1", text=PRIVATE),
)
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
        (told(mailbox), Compose("Ana", ("Cy",), text=PRIVATE), read()),
        modelled="On an ordinary day the app reads what Ana wrote herself.",
    ),
    Incident(
        "Return Path, Edison",
        "reported 2018-07-02",
        "All of Gmail, to be read, by the people's consent.",
        "About 100 million messages a day were scanned; staff read about 8,000, unredacted.",
        "Machines may, people did: nothing in the scope tells the two apart.",
        "S: a copy of the Wall Street Journal of 2018-07-02 at adam.curry.com; cnet.com; macrumors",
        "What was done with what people read, and what a contract said of it.",
        readonly,
        (told(readonly, purposes=("sorting",)), to_ana, read(purpose="sorting")),
        (told(readonly, purposes=("sorting",)), to_ana, read(purpose="sorting")),
        modelled="That somebody reads on inside the app is no step of ours: the two histories are the same.",
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
        (Consent("Ana", APP, Scope(extent=NOTHING)), receipt, read()),
        (Consent("Ana", APP, Scope(extent=NOTHING)), receipt, Call(APP, "metadata", "Ana", message="m1")),
        modelled="What was told is modelled as: no text at all. On an ordinary day the app looks at a sender.",
    ),
    Incident(
        "Twitter, Account Activity API",
        "2017-05 to 2018-09-10",
        "A webhook for one business account.",
        "Direct messages and protected tweets of under 1 % of users, possibly sent to another developer.",
        "A right grant, a wrong route; it was said that they \"can't conclusively confirm it didn't happen\".",
        "S: 9to5mac.com 2018-09-22; foxnews.com",
        "Whether any message went astray, and what the events held: here they hold who and when.",
        CATALOGUE["L14"].service,
        (*subscribed, to_ana),
        (*subscribed, to_ana),
        CATALOGUE["L14"].sound,
        (OTHER, APP),
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
        (*conversation, Call(APP, "list", "Ana")),
        (*conversation, Call(APP, "list", "Ana")),
        CATALOGUE["L27"].sound,
        modelled="A list tells more of a conversation than it should: that there is a text, and from whom.",
    ),
    Incident(
        "Slack, links:read",
        "no date was found",
        "links:read.",
        "Addresses, and who and where, in private conversations.",
        "An event came of conversations in which the app is not.",
        "S: blog.canonic.security; the fields V: api.slack.com/events/link_shared",
        "Whether any app made use of it.",
        links,
        (told(links), Call(APP, "subscribe", "Ana"), Compose("Cy", ("Ben",), links=(APP,), text=PRIVATE)),
        (told(links), Call(APP, "subscribe", "Ana"), Compose("Cy", ("Ana",), links=(APP,), text=PRIVATE)),
    ),
    Incident(
        "Storm-0558",
        "2023-05 and 06",
        "Nothing: tokens were forged with a stolen key.",
        "Mailboxes at about 25 organisations.",
        "It was found because a record named an app that was not normally seen; that record was a paid extra.",
        "S: csoonline.com/645978; preludesecurity.com; mcdonaldhopkins.com; borncity.com",
        "A service without that record: there no check can notice. Nor one whose forger takes a known app's name.",
        evolve(anything, parts=(BelievesTokens,)),
        (Consent("Ana", APP), to_ana, read(app=OTHER)),
        (Consent("Ana", APP), to_ana, read()),
        anything,
        (OTHER, APP),
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
        (told(exchange), Compose("Cy", ("Ben",), text=PRIVATE), read("Ben")),
        (told(exchange), Compose("Cy", ("Ben",), text=PRIVATE), read("Ben")),
        modelled="On an ordinary day the app of the organisation does the same: one consent is for all mailboxes.",
    ),
    Incident(
        "Discord, forwarding",
        "until 2026-04-14",
        "A bot that may send, and not read what is written.",
        "What it could not read, by forwarding it; since 2026-04-14 that is refused.",
        "The check for reading was missing on a verb of writing.",
        "V: discord-api-docs, developers/change-log.mdx; that text came back to the bot is I",
        "Whether any bot did so.",
        forwarding,
        (told(forwarding), to_ana, Call(APP, "forward", "Ana", message="m1", to=(APP,))),
        (told(forwarding), to_ana, Call(APP, "send", "Ana", to=("Ben",), text="Hello.")),
    ),
)


def word(incident: Verdict, ordinary: Verdict) -> str:
    """Whether a check tells an incident from an ordinary day: it may break on neither, on one of them, or on both."""
    if not incident.fired:
        return "not tested"
    if incident.kind is not Kind.REFUTED:
        return "no"
    return "always" if ordinary.kind is Kind.REFUTED else "yes"


words: dict[tuple[str, str], str] = {}
for each in INCIDENTS:
    sound = each.sound or each.service
    found = verdicts_in(each.service, each.history, CHECKS.values(), PEOPLE, each.apps)
    usual = verdicts_in(sound, each.ordinary, CHECKS.values(), PEOPLE, each.apps)
    words |= {(each.name, name): word(found[rule.name], usual[rule.name]) for name, rule in CHECKS.items()}
    lines = [
        f"{each.name.upper()} ({each.when})",
        wrap(f"  Granted: {each.granted}", "  "),
        wrap(f"  Could be read: {each.could}", "  "),
        wrap(f"  Went wrong: {each.wrong} [{each.source}]", "  "),
        *([wrap(f"  Our model [I]: {each.modelled}", "  ")] if each.modelled else []),
        story(Platform(each.service, PEOPLE, each.apps), each.history),
        wrap(f"  What this does not show: {each.silent}", "  "),
    ]
    sheet.show("\n".join(lines))
    sheet.keep(
        "_".join(re.findall("[a-z0-9]+", each.name.lower())), play(each.history, each.service, PEOPLE, each.apps)
    )

# %% [markdown]
# ## What would have noticed?
# A check notices if it breaks in the incident, and does not on the ordinary day.

# %%
heads = [name.replace("\n", " ") for name in CHECKS]
names = [each.name for each in INCIDENTS]
for half in (slice(0, 4), slice(4, None)):
    checks = [*CHECKS][half]
    sheet.show(table(["", *heads[half]], [(name, *(words[name, check] for check in checks)) for name in names]))
noticing = [name for name in names if any(words[name, check] == "yes" for check in CHECKS)]
sheet.say(
    "yes: it breaks in the incident, and not on an ordinary day under the same grant; always: on both, so that it "
    f"tells nothing; no: on neither. Under these models some check notices {len(noticing)} of {len(names)}."
)
looks: dict[str, Answer] = {"yes": "yes", "always": "LEAK", "no": "no", "not tested": "no"}
cells = {key: looks[each] for key, each in words.items()}
sheet.draw(
    "incidents",
    matrix("Which check tells the incident from an ordinary day?", names, list(CHECKS), cells, leak="always"),
)

# %%
sheet.end()
