# %% [markdown]
"""# 00  A first look: five messages, four reads, three rules.

**Lesson 0.** 5 minutes, after nothing; the page alone is enough.

**Question.** An app was allowed to read something. Did it?

**Objectives.** You can read a trace: who wrote what, what the app asked for, what it was shown, and which rule let it.

**Predict.** Under the rule *threaded*, at the end of the day: has the app been shown a message that is none of its own
content, and which?

**Notice.** Allowed is not asked, asked is not seen, and one message was never asked for under any rule.

**Exercise.** On the page, choose this day and click the message that leaks. It says whether that is so, and asks why.

**Key points.** A rule says what may happen; a trace says what did. A leak is a message that was shown although it lies
outside what was promised.

**On the page.** `threaded`, `authored`, `everything`.
"""

# %%
from permiscope.engine.bfs import messaging_for
from permiscope.judge.invariants import i5
from permiscope.judge.monitor import judge
from permiscope.model.extents import READINGS
from permiscope.model.records import Called
from permiscope.model.steps import Call, Compose, Consent, History, Reply
from permiscope.report.sheet import Sheet
from permiscope.report.story import story
from permiscope.report.text import table
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.simulation import play

APP = "StreamCo"
RULES = ("threaded", "authored", "everything")
MEANING = READINGS["reply"]
sheet = Sheet("00_first_look")
sheet.say("FIVE MESSAGES, FOUR READS, THREE RULES")

# %% [markdown]
# ## What happens, whatever the rule

# %%
people: History = (
    Compose("Ben", ("Ana",), text="My results came. Keep it quiet."),
    Consent("Ana", APP),
    Compose("Cy", ("Ana",), text="Lunch on Friday?"),
    Compose("Ana", thread="t1", via=APP, text="I think you would like this film."),
    Reply("Ben", "m3", text="Thank you. I will."),
    Reply("Ana", "m2", text="Friday is fine."),
)
reads = tuple(Call(APP, "get", "Ana", message=name) for name in ("m3", "m4", "m1", "m2"))
sheet.show(story(messaging_for(Service(BUILT_IN["threaded"])).played((*people, *reads)), BUILT_IN["threaded"]))

# %% [markdown]
# ## What the app was shown under each rule

# %%
traces = {rule: play((*people, *reads), Service(BUILT_IN[rule]), ("Ana", "Ben", "Cy"), (APP,)) for rule in RULES}
rows = []
for rule, trace in traces.items():
    calls = [record for record in trace.records if isinstance(record, Called)]
    shown = [message.id for call in calls for message in call.shown]
    refused = [call.target or "" for call in calls if call.outcome == "refused"]
    (tally,) = judge(trace.records, [i5(MEANING)])
    rows.append((rule, ", ".join(shown), ", ".join(refused) or "none", tally.verdict().short))
    sheet.keep(rule, trace)
sheet.show(table(["RULE", "SHOWN", "REFUSED", "ONLY ITS OWN CONTENT"], rows))
sheet.say(f"Its own content: {MEANING.sentence} Under *everything* it might have read m5, too; it never asked.")

# %%
sheet.end()
