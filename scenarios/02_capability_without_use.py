# %% [markdown]
"""# 02  Capability without use: when both sides' sentences are true.

**Lesson 1.** 15 minutes, after lesson 0.

**Question.** An app holds a permission on the whole mailbox, and reads only the answers to its own messages. Could it
read everything? Did it?

**Objectives.** You can keep apart what an app may see, what it asks for and what it saw, and say which of the three a
sentence is about.

**Predict.** Which of the two sentences, "it could read all" and "it read only its own content", does the honest app's
day refute?

**Notice.** To the rule both apps are alike. Even the honest one lists the mailbox to find its answers, and a list shows
who wrote to whom, and when.

**Exercise.** `permiscope learn 1 --start my_answer.py`: design the shortest day on which an app may, asks and sees, and
each is another message.

**Key points.** *Could* is a question about a rule, *did* one about a trace. An audit of what was read does not settle
what could have been.

**On the page.** `day_honest`, `day_curious`.
"""

# %%
from permiscope.claims import assess, assess_trace, content_scoped, read_all
from permiscope.judge.exposure import lives
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import judge
from permiscope.model.extents import READINGS
from permiscope.model.streams import DAY
from permiscope.questions.policies.reachability import could_see
from permiscope.report.figures import staircase
from permiscope.report.sheet import Sheet
from permiscope.report.text import table
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.day import APP, GRANT, curious, day, honest

RULE = BUILT_IN["everything"]
MEANING = READINGS["reply"]
sheet = Sheet("02_capability_without_use")
sheet.say("ONE RULE, TWO APPS")
sheet.say(f"The rule: {RULE.text} The app's content: {MEANING.sentence}")

# %% [markdown]
# ## The same rule, the same people, two apps

# %%
traces = {"honest": day(RULE, honest()), "curious": day(RULE, curious())}
private = {app: [life for life in lives(trace.records, APP, MEANING) if life.private] for app, trace in traces.items()}
seen = {app: [life.known for life in private[app] if life.known is not None] for app in traces}
could = {app: could_see(RULE, trace, MEANING) for app, trace in traces.items()}
counts = [(app, str(len(private[app])), str(len(could[app])), str(len(seen[app]))) for app in traces]
sheet.show(table(["APP", "PRIVATE MESSAGES", "COULD READ", "DID READ"], counts))
for app, trace in traces.items():
    sheet.keep(f"day_{app}", trace)
exist = [life.arrived for life in private["curious"]]
sheet.draw("exposure", staircase("One rule for both apps: what did each read?", exist, seen, GRANT, DAY))

# %% [markdown]
# ## The two sentences
# The first speaks of every history: it is searched. The second is put to one day: one clean trace is "not broken", and
# no more.

# %%
*_, (capability,) = assess([RULE], [read_all()[1]], 4)
sheet.say(f"{read_all()[1].sentence} Every history of at most 4 steps: {capability.verdict.words}.")
days = {app: assess_trace(trace, [content_scoped(MEANING)])[0].verdict for app, trace in traces.items()}
sheet.say("The app read only its own content, on this day:")
sheet.show(table(["APP", "VERDICT", "BODIES SHOWN"], [(app, day.words, str(day.fired)) for app, day in days.items()]))

# %% [markdown]
# ## Things to notice
# Even the honest app lists the mailbox to find its answers, and a list shows who wrote to whom, and when.

# %%
headers = parse_invariant("I5:reply@metadata")
(tally,) = judge(traces["honest"].records, [headers])
sheet.say(f"{headers.sentence} For the honest app: {tally.verdict().words}, in {tally.broken} of {tally.fired} calls.")
sheet.end()
