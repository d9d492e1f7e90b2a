# %% [markdown]
"""# 08  Delete and compose: an app that reads nothing it should not, and yet.

**Lesson 4.** 20 minutes, after lesson 3.

**Question.** The app reads nothing but its own content. Is it content-scoped?

**Objectives.** You can state a claim for each of three actions (read, delete, compose), and see that one extent does
not fit all.

**Predict.** The rule *reply* is for all three actions. Which of these breaks a claim that Ana would make: that the app
reads Ben's answer, deletes Ben's answer from her mailbox, writes to Cy in her name while she is not there?

**Notice.** Not one read is outside. What is done to the mailbox is another question than what is seen of it.

**Exercise.** `permiscope learn 4 --start my_answer.py`: write a policy for all three actions, neither too weak nor too
strict.

**Key points.** "Related to its own content" means something else for each verb. A rule for reading that is reused for
deleting deletes what other people wrote.

**On the page.** `reply`, `everything`, `reply_delete_authored`.
"""

# %%
from permiscope.engine.bfs import messaging_for
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import judge
from permiscope.model.extents import READINGS
from permiscope.model.steps import Call, Close, Compose, Consent, History, Open, Reply
from permiscope.questions.policies.reachability import answer
from permiscope.report.figures import matrix
from permiscope.report.sheet import Sheet
from permiscope.report.story import story
from permiscope.report.text import table
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN, ExtentPolicy
from permiscope.world.simulation import play

APP = "StreamCo"
CLAIMS = tuple(map(parse_invariant, ("I5:reply", "I9", "I10", "I12", "U5")))
sheet = Sheet("08_delete_and_compose")
sheet.say("AN APP THAT READS NOTHING IT SHOULD NOT, AND YET")

# %% [markdown]
# ## What it does under the rule *reply*

# %%
people: History = (
    Consent("Ana", APP),
    Compose("Ana", ("Ben",), via=APP, text="I think you would like this film."),
    Reply("Ben", "m1", text="I saw it with Cy. Do not tell."),
    Compose("Cy", ("Ana",), text="My results came. Keep it quiet."),
)
calls: History = (
    Call(APP, "get", "Ana", message="m2"),
    Call(APP, "delete", "Ana", message="m2"),
    Call(APP, "delete", "Ana", message="m3"),
    Open("Ana", APP, "m1"),
    Call(APP, "send", "Ana", to=("Ben",), text="Watch this tonight."),
    Close("Ana", APP, "m1"),
    Call(APP, "send", "Ana", to=("Cy",), text="Watch this tonight."),
    Call(APP, "delete", "Ana", message="m1"),
)
history = (*people, *calls)
sheet.show(story(messaging_for(Service(BUILT_IN["reply"])).played(history), BUILT_IN["reply"]))

# %% [markdown]
# ## The same day under three rules
# The third one reads as *reply* does, and deletes what Ana sent via the app and nothing else.

# %%
RULES = {
    "reply": Service(BUILT_IN["reply"]),
    "everything": Service(BUILT_IN["everything"]),
    "reply, delete authored": Service(
        ExtentPolicy(READINGS["reply"], {"delete": READINGS["authored"]}), "reply, delete authored"
    ),
}
rows = []
for name, service in RULES.items():
    trace = play(history, service, ("Ana", "Ben", "Cy"), (APP,))
    sheet.keep(name.replace(", ", "_").replace(" ", "_"), trace)
    rows.append((name, *(tally.verdict().short for tally in judge(trace.records, CLAIMS))))
sheet.show(table(["RULE", *(claim.name for claim in CLAIMS)], rows))
sheet.say(" ".join(f"{each.name}: {each.sentence}" for each in CLAIMS))

# %% [markdown]
# ## Rule × request

# %%
requests = {
    "read\nthe answer": Call(APP, "get", "Ana", message="m2"),
    "delete what\nAna sent via it": Call(APP, "delete", "Ana", message="m1"),
    "delete\nthe answer": Call(APP, "delete", "Ana", message="m2"),
    "delete mail of\nsomebody else": Call(APP, "delete", "Ana", message="m3"),
    "write in Ana's\nname, she is away": Call(APP, "send", "Ana", to=("Cy",), text="Watch this tonight."),
}
cells = {
    (name, request): answer(service.policy, people, call, CLAIMS[:4])
    for name, service in RULES.items()
    for request, call in requests.items()
}
sheet.draw("matrix", matrix("One rule for three actions? A leak breaks a claim", [*RULES], [*requests], cells))
sheet.say("No rule over messages keeps the app from writing while Ana is away: that takes another kind of rule (I12).")

# %%
sheet.end()
