# %% [markdown]
"""# 13  Partners of 2018: what a feature needs, what was open, and for how long.

**Question.** Four partners had features with messages. What did each feature need, what was open by whose words, and
when did that end?

**Covers.** Spotify, Netflix, RBC and Dropbox, as quoted; one bank of which two parties say the opposite; a grant that
outlives its feature, with three dates for its end.

**Predict.** RBC says that it had no ability to see messages, Facebook that it had and did not use it. Which of the two
does a record of a day of writing refute?

**Expect.** Neither: the record is the same to the letter. One read, tried at the time, would have told.
"""

# %%
from permiscope.judge.exposure import lives
from permiscope.judge.noninterference import Noninterference, compare
from permiscope.model.extents import EVERYTHING, READINGS
from permiscope.model.records import Called
from permiscope.model.steps import Call, Consent
from permiscope.model.streams import DAY
from permiscope.model.trace import Trace
from permiscope.questions.policies.reachability import answer, could_see
from permiscope.questions.policies.trim import FEATURES, least_scopes
from permiscope.report.figures import staircase
from permiscope.report.platforms import scopes_opened
from permiscope.report.sheet import Sheet
from permiscope.report.text import table, wrap
from permiscope.service.door.build import service_for
from permiscope.service.platforms.scopes import load_scopes
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.apps import curious_reader, honest_recommender
from permiscope.world.day import APP, CONVERSATION, SEED, day
from permiscope.world.people import circle, clicks, script, together
from permiscope.world.simulation import Simulation

MEANING = READINGS["reply"]
sheet = Sheet("13_partners")
sheet.say("FOUR PARTNERS, AND WHAT EACH FEATURE NEEDS")
sheet.say(
    "The New York Times of 2018-12-18, as quoted by salon.com: Spotify, Netflix and RBC could read, write and delete "
    'private messages, powers that "appeared to go beyond what the companies needed" [S]. A post of Facebook of '
    "2018-12-19 names Spotify, Netflix, Dropbox and RBC [A: quoted by threatpost.com/140183]."
)
sheet.dated("2026-11-24")

# %% [markdown]
# ## What does a feature need?
# By trimming: the least of 320 scopes on which the feature works, in every history of at most four steps (of three,
# where the app only sends).

# %%
READBACK, SENDING = ("recommend", "readback", "delete-sync"), ("recommend",)
# Of each partner what was said of the feature, by whom, and what that is among the features that we know.
SAID = {
    "Spotify": ("write, read back, and delete there too", "A: that post", READBACK),
    "Netflix": ("recommendations to chosen friends", "S: csmonitor.com 2014-09-02", SENDING),
    "RBC": ("money sent by message", "S: iphoneincanada.ca", SENDING),
    "Dropbox": ("named among the four, and no more", "A: that post", ()),
}


def least(features: tuple[str, ...], bound: int) -> str:
    """The least scope for features; what is only sent has no extent, for it is in no mailbox yet."""
    needs = [need for feature in features for need in FEATURES[feature][1]]
    *_, found = least_scopes(BUILT_IN["everything"], needs, bound)
    return " or ".join({"send" if scope.actions == ("send",) else str(scope): None for scope in found.least})


needed = {READBACK: least(READBACK, 4), SENDING: least(SENDING, 3), (): "cannot say"}
rows = [(partner, said, source, needed[features]) for partner, (said, source, features) in SAID.items()]
sheet.show(table(["PARTNER", "FEATURE, AS SAID", "BY", "LEAST SCOPE"], rows))
open_ = {name: scopes_opened(load_scopes(name)) for name in ("facebook/as-reported-2018", "facebook/as-stated-2018")}
sheet.show("\n".join(wrap(f"{name} opens {those}.", "  ") for name, those in open_.items()))
sheet.say(
    "So under either model more is open than the features need: every private message. That is what could be, and says "
    'nothing of what was. Spotify: "no evidence that Spotify ever accessed" them [A: 2018-12-19, quoted by the Globe '
    "and Mail]. Of Dropbox no source that was found says what its feature was."
)

# %% [markdown]
# ## One bank, two sentences
# A day under each, with an app that only writes.

# %%
BANK = {"RBC": "facebook/as-stated-by-rbc-2018", "Facebook of RBC": "facebook/of-rbc-as-stated-2019"}
writing = clicks(SEED, "Ana", {"Ben": 3.0, "Cy": 3.0})
never = 2 * DAY
bank = {who: load_scopes(name) for who, name in BANK.items()}
days = {who: day(rule, honest_recommender(writing, every=never)) for who, rule in bank.items()}
probe = Call(APP, "get", "Ana", message="m1")
rows = []
for who, rule in bank.items():
    trace = days[who]
    sent = sum(isinstance(record, Called) and record.outcome == "done" for record in trace.records)
    could = str(len(could_see(rule, trace, MEANING)))
    rows.append((who, str(sent), could, answer(rule, CONVERSATION, probe, [])))
sheet.say(
    '"We did not have the ability to see users\' messages" [A: RBC, 2018-12, quoted by the Globe and Mail]. The '
    "technology could read and write, and only writing was used [A: Facebook, the same]; for users of its app the bank "
    "could read, write and delete [A: Facebook, 2019-01, quoted by thetyee.ca 2019-02-08]. Here an app only writes."
)
sheet.show(table(["UNDER THE WORDS OF", "SENT", "PRIVATE: COULD READ", "ONE READ, TRIED"], rows))
one, other = days.values()
sheet.keep("day_rbc", one)
sheet.keep("day_facebook_of_rbc", other)
apart = compare(one.records, other.records, APP, Noninterference("I22", EVERYTHING))
sheet.say(
    f"Do the two records of that day differ in anything that crossed? {'Yes' if apart else 'No'}. So a log of it "
    "refutes neither sentence, and is no evidence for one against the other. A single read would have been."
)

# %% [markdown]
# ## A grant that outlives its feature
# The same mail, and three dates on which Ana's grant may have ended. The app reads all that it may, every week.

# %%
YEAR, WEEK = 365.25 * DAY, 7 * DAY
START, FEATURE, HORIZON = 2014.67, 2015.5, 2018.0
ENDS = {
    "2015, with the feature [I]": 2015.5,
    "2016, by Facebook [A]": 2016.0,
    "2017 at least, the Times [S]": 2017.5,
}


def since(year: float) -> float:
    """Virtual seconds from the grant to a year."""
    return (year - START) * YEAR


def years(end: float) -> Trace:
    """The years from the grant to the horizon, with a grant that ends then."""
    folk = circle(("Ana", "Ben", "Cy"), APP, writes=0.1)
    folk = {**folk, "Ana": together(folk["Ana"], script(Consent("Ana", APP, until=since(end), at=0.0)))}
    return Simulation(service_for(BUILT_IN["everything"]), folk, {APP: curious_reader(["Ana"], WEEK)}, SEED).run(
        since(HORIZON)
    )


seen, rows, exist = {}, [], []
for who, end in ENDS.items():
    mail = [life for life in lives(years(end).records, APP, MEANING) if life.private]
    exist = [life.arrived for life in mail]
    seen[who] = [life.known for life in mail if life.known is not None]
    later = sum(known > since(FEATURE) for known in seen[who])
    rows.append((who, f"{end - FEATURE:.1f}", str(len(seen[who]) - later), str(later)))
sheet.say(
    "The feature started in September 2014 [S: csmonitor.com 2014-09-02] and was shut down in 2015 [A: Netflix, "
    "2018-12-19, quoted by tomsguide.com]. That the access ended with it, nobody quoted says [I]. It ended nearly "
    "three years before December 2018 [A: Facebook, quoted by threatpost.com/140183]; or it was still listed in "
    "2017, so that it ended then at the earliest [S: the New York Times, quoted by businessinsider.com 2018-12]. A "
    "year alone is taken as its middle [I]."
)
sheet.show(table(["THE GRANT ENDS", "YEARS AFTER", "READ BEFORE", "READ AFTER"], rows))
sheet.say("An app that asks for nothing once its feature is over has none of the last column, whichever end is right.")
title = "A grant outlives its feature: what could be read by then?"
sheet.draw("outlived", staircase(title, exist, seen, 0.0, since(HORIZON), ("years", YEAR)))

# %%
sheet.end()
