# %% [markdown]
"""# 04  A quoted reply: the rule matches the reading, and a private passage still crosses.

**Question.** The rule *reply* shows exactly what the reading *reply* counts as the app's content. Is that enough?

**Covers.** Access and content: a message within the scope that carries text from one that is not. Two monitors, of
which one is blind to it.

**Predict.** Ben's answer to a recommendation quotes what Cy told him. Which check notices: that of messages (I5), that
of segments (I6), or both?

**Expect.** Segments only. And no rule over whole messages that shows replies can help it.
"""

# %%
from permiscope.claims import Claim, assess
from permiscope.engine.bfs import messaging_for
from permiscope.judge.invariants import i5, i6
from permiscope.judge.monitor import judge
from permiscope.model.extents import READINGS
from permiscope.model.records import Called
from permiscope.model.steps import Call, Compose, Consent, Reply
from permiscope.questions.policies.reachability import Answer
from permiscope.report.figures import matrix
from permiscope.report.sheet import Sheet
from permiscope.report.story import story
from permiscope.report.text import table
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.simulation import play

APP = "StreamCo"
RULE, MEANING = BUILT_IN["reply"], READINGS["reply"]
sheet = Sheet("04_quoted_reply")
sheet.say("THE RULE MATCHES THE READING, AND A PRIVATE PASSAGE STILL CROSSES")

# %%
history = (
    Compose("Cy", ("Ben",), text="I am leaving my job. Only you know."),
    Consent("Ana", APP),
    Compose("Ana", ("Ben",), via=APP, text="I think you would like this film."),
    Reply("Ben", "m2", quote="m1", text="Good for tonight. Poor Cy!"),
    Call(APP, "get", "Ana", message="m3"),
)
sheet.show(story(messaging_for(Service(RULE)).played(history), RULE))
trace = play(history, Service(RULE), ("Ana", "Ben", "Cy"), (APP,))
sheet.keep("quote", trace)

# %% [markdown]
# ## What do the two monitors say?

# %%
access, taint = judge(trace.records, [i5(MEANING), i6(MEANING)])
rows = [(tally.invariant.name, tally.verdict().short, tally.invariant.sentence) for tally in (access, taint)]
sheet.show(table(["CHECK", "VERDICT", "WHAT IT ASKS"], rows))

# %% [markdown]
# ## Is there a shorter one?

# %%
claim = Claim("no foreign words", "The app sees no text from outside the replies.", "I6:reply")
*_, (cell,) = assess([RULE], [claim], 5)
sheet.say(f"Every history of at most 5 steps: {cell.verdict.words}. The shortest is this:")
sheet.show(story(messaging_for(Service(RULE)).played(cell.verdict.witness), RULE))

# %% [markdown]
# ## Message by message
# The app is shown m3 alone. By message, it saw nothing of m1.

# %%
columns = ("m1: Cy to Ben", "m2: Ana to Ben via app", "m3: Ben's answer")
(shown,) = [message for record in trace.records if isinstance(record, Called) for message in record.shown]
sources = {segment.source for segment in shown.segments}
cells: dict[tuple[str, str], Answer] = {}
for name, column in zip(("m1", "m2", "m3"), columns, strict=True):
    private = not MEANING.holds(trace.final_state().messages[name], APP, "Ana", trace.final_state())
    for row, reached in (("by messages (I5)", name == shown.id), ("by segments (I6)", name in sources)):
        cells[row, column] = "no" if not reached else "LEAK" if private else "yes"
sheet.draw("matrix", matrix("Whose words reached the app?", ["by messages (I5)", "by segments (I6)"], columns, cells))
sheet.end()
