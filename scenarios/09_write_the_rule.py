# %% [markdown]
"""# 09  Write the rule: a strong one on few days, or a weak one on many?

**Lesson 6.** 40 minutes, after lesson 3.

**Question.** Somebody tests a service on a thousand days and finds nothing. Is it the days that are too few, or the
rule that is too weak?

**Objectives.** You can write an invariant that is neither too weak to notice a faulty system nor too strict for a good
one.

**Predict.** Of 38 faulty systems, how many does the rule "no text of a message from outside the thread is shown" catch
on 200 days: a few, half, nearly all?

**Notice.** Every line climbs for a while and then stays where it is: ten times as many days do not lift it, another
rule does.

**Exercise.** `permiscope learn 6 --start my_answer.py`: write the rule. It is tried on faulty systems and on good ones.

**Key points.** More tests do not mend a weak rule. A rule that cries wolf on a good system is no better, for nobody
will listen. What reaches an app otherwise than as a message takes two runs to be seen.
"""

# %%
from permiscope.cli.progress import progress
from permiscope.questions.checks.detection import detect
from permiscope.report.figures import detection
from permiscope.report.sheet import Sheet
from permiscope.report.text import table
from permiscope.service.faults.catalogue import CATALOGUE

MOST = 200
CONTENT = ("I5:reply", "I6:reply")
GRANTS = ("I1", "I3", "I4", "I9", "I10", "I16", "I18")
SIDE = ("I5:granted", "I5:reply@presence", "I5:reply@part", "I11", "I13", "I14", "I15", "I17", "I24", "I25", "I26")
RULES = {
    "the thread": ("I5:threaded",),
    "its content": CONTENT,
    "and grants, deletes": (*CONTENT, *GRANTS),
    "and all else, two runs": (*CONTENT, *GRANTS, *SIDE, "I20:reply", "I21:reply", "I23:reply"),
}
sheet = Sheet("09_write_the_rule")
sheet.say("A STRONG RULE BEATS MANY TESTS")

# %% [markdown]
# ## Four rules, every faulty system of the catalogue
# On each faulty system up to 200 random days are played. A rule catches it on the first day on which one of its checks
# breaks, and would not without the fault.

# %%
with progress("playing days on", "faulty systems") as tick:
    found = detect(CATALOGUE.values(), RULES, MOST, tick=tick)
caught = {rule: [each.days[rule] for each in found] for rule in RULES}
STOPS = (1, 5, 20, 100, 200)
rows = [
    (rule, str(len(checks)), *(str(sum(day is not None and day <= stop for day in caught[rule])) for stop in STOPS))
    for rule, checks in RULES.items()
]
sheet.show(table(["RULE", "CHECKS", *(f"{stop} DAYS" if stop > 1 else "1 DAY" for stop in STOPS)], rows))
sheet.say(f"Faulty systems caught, of {len(found)}. The second rule is stricter than the first; then each adds checks.")
for rule, checks in RULES.items():
    sheet.say(f"{rule}: {', '.join(checks)}")
missed = [each.fault for each in found if each.days["and all else, two runs"] is None]
sheet.say(
    f"On none of {MOST} days did any rule catch {', '.join(missed) or 'nothing'}: a search finds them, chance rarely."
)
sheet.draw("rules", detection("More days do not mend a weak rule", caught, MOST))

# %%
sheet.end()
