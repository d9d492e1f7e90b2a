# %% [markdown]
"""# 03  Replies: one trace, four readings.

**Lesson 3.** 20 minutes, after lesson 1.

**Question.** "The app's content" may mean what Ana sent via the app, the replies to that, or the whole thread. Does it
matter which?

**Objectives.** You can say what "app content" leaves open, and turn an agreement in words into one reading.

**Predict.** The rule is *threaded*, and the app reads every message of the thread. Under which of the readings
authored, reply, rooted and threaded does it stay within "its own content"?

**Notice.** What happened is the same each time: one trace, four verdicts. Ben wrote his first message before anybody
used the app.

**Exercise.** `permiscope learn 3 --start my_answer.py`: say what two parties agreed on as one reading, neither too
narrow nor too wide.

**Key points.** A verdict is about a claim under a reading. Scope by thread is not scope by content: a thread holds what
was said before and what is said after.

**On the page.** `thread`, `reply`, `authored`.
"""

# %%
from permiscope.engine.bfs import messaging_for
from permiscope.judge.invariants import i5
from permiscope.judge.monitor import judge
from permiscope.model.extents import READINGS
from permiscope.model.records import Called
from permiscope.model.steps import Call, Compose, Consent, History, Reply
from permiscope.questions.policies.reachability import Answer
from permiscope.report.figures import matrix
from permiscope.report.sheet import Sheet
from permiscope.report.story import story
from permiscope.report.text import table
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.simulation import play

APP = "StreamCo"
RULE = BUILT_IN["threaded"]
FOUR = [READINGS[name] for name in ("authored", "reply", "rooted", "threaded")]
sheet = Sheet("03_replies")
sheet.say("ONE TRACE, FOUR READINGS")

# %% [markdown]
# ## What happened

# %%
people = (
    Consent("Ana", APP),
    Compose("Ben", ("Ana",), text="My results came. Keep it quiet."),
    Compose("Ana", thread="t1", via=APP, text="I think you would like this film."),
    Reply("Ben", "m2", text="Thanks. Come by tonight?"),
    Reply("Ana", "m3", text="Yes. Tell me everything."),
)
reads = tuple(Call(APP, "get", "Ana", message=f"m{number}") for number in range(1, 5))
history: History = (*people, *reads)
sheet.show(story(messaging_for(Service(RULE)).played(history), RULE))
trace = play(history, Service(RULE), ("Ana", "Ben", "Cy"), (APP,))
sheet.keep("thread", trace)
for narrower in ("reply", "authored"):
    sheet.keep(narrower, play(history, Service(BUILT_IN[narrower]), ("Ana", "Ben", "Cy"), (APP,)))

# %% [markdown]
# ## Four readings of it

# %%
tallies = judge(trace.records, [i5(reading) for reading in FOUR])
sheet.show(
    table(
        ["READING", "VERDICT", "OUTSIDE", "A MESSAGE BELONGS WHEN"],
        [
            (reading.name, tally.verdict().short, f"{tally.broken} of {tally.fired}", reading.phrase)
            for reading, tally in zip(FOUR, tallies, strict=True)
        ],
    )
)
state = trace.final_state()
shown = [message for record in trace.records if isinstance(record, Called) for message in record.shown]
columns = {message.id: f"{message.id}\n{message.author}{' via app' if message.via else ''}" for message in shown}
cells: dict[tuple[str, str], Answer] = {
    (reading.name, columns[message.id]): "yes" if reading.holds(message, APP, "Ana", state) else "LEAK"
    for reading in FOUR
    for message in shown
}
names = [reading.name for reading in FOUR]
sheet.draw(
    "matrix", matrix("The app read the whole thread. Was it the app's content?", names, [*columns.values()], cells)
)

# %%
sheet.end()
