# %% [markdown]
"""# 12  The Titan API: which of your friends use an app?

**Question.** The plaintiffs say that a partner was told of "messaging app and non-app friends". As we read the words,
that opens no message. Of whom does it tell, and did they agree?

**Covers.** The social graph as data; how many people are told of by how few grants; two worlds that differ in one
person's choice of an app, and what can tell them apart.

**Predict.** One person in fifty grants, and everybody has fifty friends. What share of the others is told of?

**Expect.** More than six in ten, none of whom was asked. No claim about messages can be tested on it.
"""

# %%
from collections.abc import Collection, Sequence

from permiscope.claims import assess, content_scoped, read_all
from permiscope.judge.noninterference import Noninterference, compare
from permiscope.model.extents import EVERYTHING, READINGS
from permiscope.model.steps import Call, Compose, Consent, History
from permiscope.model.streams import pick, stream
from permiscope.report.figures import told_of
from permiscope.report.platforms import scopes_opened
from permiscope.report.sheet import Sheet
from permiscope.report.text import table
from permiscope.service.door.build import service_for
from permiscope.service.platforms.scopes import load_scopes
from permiscope.service.policies.policy import BUILT_IN, Policy
from permiscope.world.simulation import play

APP, MESSENGER = "StreamCo", "Messenger"
SEED = 12
TITAN = load_scopes("facebook/titan-as-alleged-2023")
sheet = Sheet("12_titan")
sheet.say("WHICH FRIENDS USE THE MESSAGING APP?")
sheet.say(
    "Of August 2013 the plaintiffs say in a letter of 2023 that Netflix got a private API for whitelisted partners, "
    'about "messaging app and non-app friends" [A: quoted by notthebee.com, zerohedge.com 2024-04-02]. What it gave '
    "nobody outside has seen: that an answer is the friends of a person, each with a yes or a no, is how we read it "
    "[I]."
)
sheet.dated("2026-11-24")

# %% [markdown]
# ## What do our checks of messages say?
# Every history of at most four steps.

# %%
*_, cells = assess([TITAN], [content_scoped(READINGS["reply"]), *read_all()[:2]], 4)
sheet.say(f"{TITAN.name} opens of the messages: {scopes_opened(TITAN)}.")
sheet.show(table(["CLAIM", "VERDICT"], [(cell.formula, cell.words) for cell in cells]))

# %% [markdown]
# ## Of how many people does it tell?
# A town of two thousand people who know their neighbours, and some who live elsewhere. Some grant, at random, and the
# partner asks for the friends of each.

# %%
PEOPLE = 2000
ELSEWHERE = 0.2
"""The share of friends who are no neighbours."""
SHARES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
FRIENDS = (10, 50, 150)


def befriended(each: int) -> list[set[int]]:
    """The friends of everybody, by number: on average `each`, of whom most live next to them."""
    random = stream(SEED, "town", f"{each} friends")
    friends: list[set[int]] = [set() for _ in range(PEOPLE)]
    for person in range(PEOPLE):
        for step in range(1, each // 2 + 1):
            far, where = random.random() < ELSEWHERE, random.random()
            other = pick(range(PEOPLE), where) if far else (person + step) % PEOPLE
            if other != person:
                friends[person].add(other)
                friends[other].add(person)
    return friends


LOTS = sorted(range(PEOPLE), key=lambda person: stream(SEED, f"person {person}", "grants").random())
"""In which order people grant, so that whoever is among few is among many too."""


def told(friends: Sequence[set[int]], share: float) -> float:
    """Of what share of those who did not grant the partner is told, if this share did."""
    granters = set(LOTS[: round(share * PEOPLE)])
    others = set(LOTS) - granters
    known = set().union(*(friends[person] for person in granters)) & others
    return len(known) / len(others)


towns = {f"{each} friends each": befriended(each) for each in FRIENDS}
lines = {name: [(share, told(friends, share)) for share in SHARES] for name, friends in towns.items()}
rows = [
    (f"{share:.1%}", *(f"{points[number][1]:.0%}" for points in lines.values())) for number, share in enumerate(SHARES)
]
sheet.show(table(["GRANT", *(name.upper() for name in lines)], rows))
sheet.say(
    "In the columns, of those who did not grant, the share that the partner is told of. By hand: with fifty friends, "
    f"of whom each grants with a chance of one in fifty, one has a granter among them with 1 - 0.98^50 = "
    f"{1 - 0.98**50:.0%}."
)
sheet.draw("told", told_of("So few grant: of how many others is the partner told?", lines))

# %% [markdown]
# ## Two worlds
# They differ in one thing: whether Cy uses the messaging app. Cy granted StreamCo nothing, and is a friend of Ana, who
# did. Who can tell the two apart, if Cy writes to Ana, and if Cy writes to Ben alone?

# %%
FRIENDS_OF = {"Ana": ("Ben", "Cy")}
"""The social graph, as data: it is there before anybody writes."""


def world(cy_uses: bool, cy_writes_to: str) -> History:
    """A day on which Cy writes to somebody, with the messaging app or without it, and StreamCo lists Ana's mailbox."""
    return (
        Consent("Ana", APP),
        Compose("Ben", ("Ana",), via=MESSENGER, text="I handed in my notice today."),
        Compose("Cy", (cy_writes_to,), via=MESSENGER if cy_uses else None, text="My results came. Keep it quiet."),
        Compose("Ana", ("Ben",), via=APP, text="I think you would like this film."),
        Call(APP, "list", "Ana"),
    )


def titan(owner: str, users: Collection[str]) -> dict[str, bool]:
    """The answer as we read the words: each friend of somebody, and whether they are among the users of the app."""
    return {friend: friend in users for friend in FRIENDS_OF[owner]}


def by_mail(rule: Policy, cy_writes_to: str) -> str:
    """Whether StreamCo can tell the two worlds apart by what crosses the door, and by which field."""
    one, other = (
        play(world(uses, cy_writes_to), service_for(rule), ("Ana", "Ben", "Cy"), (APP, MESSENGER))
        for uses in (True, False)
    )
    seen = compare(one.records, other.records, APP, Noninterference("I22", EVERYTHING))
    return f"yes, by `{seen.field}`" if seen else "no"


MARK = TITAN.vendor.mark(TITAN.vendor.scopes["titan"])
rules: dict[str, Policy] = {
    "may read all, and lists": BUILT_IN["everything"],
    "may read its own mail": BUILT_IN["authored"],
    f"Titan, as alleged [{MARK}]": TITAN,
}
rows = [(way, by_mail(rule, "Ana"), by_mail(rule, "Ben")) for way, rule in rules.items()]
answer = "yes" if titan("Ana", {"Ben", "Cy"}) != titan("Ana", {"Ben"}) else "no"
rows.append(("Titan, by its answer [I]", answer, answer))
sheet.show(table(["STREAMCO", "CY WRITES TO ANA", "CY WRITES TO BEN ALONE"], rows))
sheet.say(
    "A header says with which app a message was written, so whoever may list all of Ana's mail can tell of those who "
    "wrote to her. Titan, as we read it, tells of friends who wrote nothing. It leaves no record of a message, so no "
    "check of messages looks there: the last line is our reading of the words, and comes of no call. Neither asks Cy."
)

# %%
sheet.end()
