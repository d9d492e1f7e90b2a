# %% [markdown]
"""# 07  Silence: no leak was seen, for nobody looked.

**Lesson 2.** 15 minutes, after lesson 1.

**Question.** On a day without a single complaint: how many of the claims were put to the test at all?

**Objectives.** You can tell *not broken* from *not tested*, and say what would have tested a claim.

**Predict.** A quiet app under the rule *everything*, a busy one under *reply*. Which day is the better news?

**Notice.** The quiet day and the worst day look alike in a list of incidents. What tells them apart is how often each
claim was tested.

**Exercise.** `permiscope learn 2 --start my_answer.py`: add the fewest calls after which three claims are tested.

**Key points.** A claim about what is shown says nothing of a day on which nothing is shown. Ask of every clean report
how often it could have been otherwise.

**On the page.** `quiet`, `busy_reply`, `busy`.
"""

# %%
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import judge
from permiscope.model.steps import Call, Compose, Consent, History, Reply
from permiscope.report.sheet import Sheet
from permiscope.report.text import table
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.simulation import play

APP = "StreamCo"
CLAIMS = tuple(map(parse_invariant, ("I5:reply", "I9", "I24", "I3")))
sheet = Sheet("07_silence")
sheet.say("THREE DAYS, AND NO INCIDENT IN TWO OF THEM")

# %% [markdown]
# ## The same mail, three times
# A quiet app asks for nothing. A busy one asks for everything, deletes what it sent, and asks again when it may not.

# %%
people: History = (
    Consent("Ana", APP),
    Compose("Cy", ("Ana",), text="My results came. Keep it quiet."),
    Compose("Ana", ("Ben",), via=APP, text="I think you would like this film."),
    Reply("Ben", "m2", text="Thanks. Come by tonight?"),
)
busy: History = (
    *(Call(APP, "get", "Ana", message=name) for name in ("m1", "m2", "m3")),
    Call(APP, "delete", "Ana", message="m2"),
)
days = {
    "quiet": ("everything", people),
    "busy_reply": ("reply", (*people, *busy)),
    "busy": ("everything", (*people, *busy)),
}
traces = {}
for name, (rule, history) in days.items():
    trace = play(history, Service(BUILT_IN[rule]), ("Ana", "Ben", "Cy"), (APP,))
    traces[f"{rule}, {name.partition('_')[0]}"] = trace
    sheet.keep(name, trace)

# %% [markdown]
# ## What each claim says of each day

# %%
tallies = {name: judge(trace.records, CLAIMS) for name, trace in traces.items()}
rows = [
    (claim.name, *(f"{each[number].verdict().short}, {each[number].fired} tests" for each in tallies.values()))
    for number, claim in enumerate(CLAIMS)
]
sheet.show(table(["CLAIM", *tallies], rows))
sheet.say(" ".join(f"{each.name}: {each.sentence}" for each in CLAIMS))
sheet.say(
    "The first two days have no break. On the quiet one that is because nothing was asked: under the same rule the "
    "third day follows from it by four calls. I3 was tested on none of the days: nobody took a grant back."
)

# %%
sheet.end()
