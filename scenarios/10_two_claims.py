# %% [markdown]
"""# 10  Two claims: on which day do they come apart?

**Lesson 7.** 25 minutes, after lesson 5.

**Question.** Two parties describe one system with two sentences. How would a day have to look on which only one of them
can be right, and how often is there one?

**Objectives.** You can design the shortest day that tells two claims apart, and say what a model cannot show.

**Predict.** Of days with no private mail, with half of it private and with nothing but private mail: which tell "only
replies" and "only threads in which it was used" apart most often?

**Notice.** Where there is no private mail there is nothing to differ about, and where there is nothing else the app has
no thread to read. The band is what two hundred days cannot say.

**Exercise.** `permiscope learn 7 --start my_answer.py`: design the shortest day that breaks one claim and keeps another
one, and say which sentences follow from it.

**Key points.** Most days fit both claims, so a clean record settles little. A simulated day shows what a rule allows,
and nothing about what a company did.
"""

# %%
from permiscope.cli.progress import progress
from permiscope.engine.bfs import messaging_for
from permiscope.judge.invariants import i5
from permiscope.model.extents import READINGS
from permiscope.questions.policies.compare import compare_extents
from permiscope.report.figures import telling_apart
from permiscope.report.sheet import Sheet
from permiscope.report.story import story
from permiscope.report.text import table
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN
from permiscope.statistics.apart import tell_apart

RULE = BUILT_IN["threaded"]
DRAWS = 200
PAIRS = {
    "only replies / only threads in which it was used": ("reply", "threaded"),
    "only what the owner sent via it / only replies": ("authored", "reply"),
}
sheet = Sheet("10_two_claims")
sheet.say("ON WHICH DAY DO TWO CLAIMS COME APART?")

# %% [markdown]
# ## One day that tells two of them apart
# The smallest history in which the app reads what belongs to the one content and not to the other. For the other pair,
# design it yourself.

# %%
witness = compare_extents(READINGS["reply"], READINGS["authored"], 4)
if witness:
    sheet.say('Broken on it is "only what the owner sent via it", and not broken is "only replies":')
    sheet.show(story(messaging_for(Service(BUILT_IN["reply"])).played(witness), BUILT_IN["reply"]))

# %% [markdown]
# ## How often is there such a day?
# Three people, three messages a day in each direction, of which more or fewer are written via the app; the rule is
# *threaded*, and the app reads every hour what it may.

# %%
claims = [(i5(READINGS[a]), i5(READINGS[b])) for a, b in PAIRS.values()]
with progress("drawing days of", "kinds") as tick:
    points = tell_apart(RULE, claims, READINGS["reply"], DRAWS, tick=tick)
lines = dict(zip(PAIRS, points, strict=True))
for name, those in lines.items():
    sheet.say(f"{name}:")
    rows = [
        (f"{each.share:.0%}", f"{each.apart} of {each.draws}", "{:.0%} to {:.0%}".format(*each.interval))
        for each in sorted(those, key=lambda each: each.share)
    ]
    sheet.show(table(["PRIVATE MAIL", "DAYS APART", "95 % INTERVAL"], rows))
sheet.draw("apart", telling_apart("How often does a day tell two claims apart?", lines))

# %%
sheet.end()
