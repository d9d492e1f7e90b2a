# %% [markdown]
"""# 05  Revoke in flight: when does a revocation take effect?

**Lesson 5.** 20 minutes, after lesson 1.

**Question.** Ana takes her grant back at four in the afternoon. Is there a last message that the app still gets?

**Objectives.** You can reason about when a call is decided, when it is delivered, and what an app keeps.

**Predict.** Three cures: answer faster, notice revocations at once, ask again at delivery. Which one is enough alone?

**Notice.** A call is decided at one time and delivered at another, and the service may notice a revocation late. What
the app already has stays where it is.

**Exercise.** `permiscope learn 5 --start my_answer.py`: design the shortest day on which a prompt revocation comes too
late.

**Key points.** Asking again helps as far as the service knows of the revocation by then. Revoking stops reading; it
does not un-read.

**On the page.** `prompt`, `late`.
"""

# %%
from itertools import product

from permiscope.judge.exposure import lives
from permiscope.judge.invariants import i1, i3, i4
from permiscope.judge.monitor import judge
from permiscope.model.extents import READINGS
from permiscope.model.records import Handed
from permiscope.model.steps import Call, Compose, Consent, Hand, History, Revoke
from permiscope.model.streams import DAY, HOUR, exponential
from permiscope.model.trace import Trace
from permiscope.report.figures import raster
from permiscope.report.sheet import Sheet
from permiscope.report.text import table
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.apps import curious_reader
from permiscope.world.day import APP, SEED, people
from permiscope.world.people import script, together
from permiscope.world.simulation import Simulation, play

RULE = BUILT_IN["everything"]
REVOKED = 16 * HOUR
MINUTE = 60.0
sheet = Sheet("05_revoke_in_flight")
sheet.say("A READ IN FLIGHT WHILE THE GRANT IS REVOKED")


def afternoon(latency: float, lag: float, *, recheck: bool, every: float = MINUTE) -> Trace:
    """The day on which Ana revokes at four and the app asks every so often; times in seconds, latency the mean."""
    folk = people(writes=6.0)
    folk = {**folk, "Ana": together(folk["Ana"], script(Revoke("Ana", APP, at=REVOKED)))}
    app = curious_reader(["Ana"], every=every)
    return Simulation(
        Service(RULE, lag=lag, recheck=recheck), folk, {APP: app}, SEED, latency=exponential(max(latency, 1e-3))
    ).run(DAY)


# %% [markdown]
# ## Latency × lag × recheck
# I1: granted when decided. I4: still granted when delivered. The minutes are how long after the revocation the last
# answer with anything in it arrived.

# %%
rows = []
for recheck, lag, latency in product((False, True), (0.0, 10 * MINUTE), (0.0, 10.0, 5 * MINUTE)):
    trace = afternoon(latency, lag, recheck=recheck)
    granted, late, held = judge(trace.records, [i1(), i3(), i4()])
    shown = [record.time for record in trace.records if getattr(record, "shown", ())]
    last = max((time - REVOKED for time in shown if time > REVOKED), default=0.0)
    ends = (f"{late.broken} late", f"{last / MINUTE:.1f} min")
    rows.append(
        (
            "yes" if recheck else "no",
            f"{lag:.0f} s",
            f"{latency:.0f} s",
            granted.verdict().short,
            held.verdict().short,
            *ends,
        )
    )
sheet.show(table(["RECHECK", "LAG", "LATENCY", "I1", "I4", "ANSWERS", "THE LAST"], rows, gap=3))

# %% [markdown]
# ## What does the app keep?
# With a lag of an hour, no check at delivery, and an app that asks twice an hour.

# %%
trace = afternoon(MINUTE, HOUR, recheck=False, every=HOUR / 2)
mail = lives(trace.records, APP, READINGS["reply"])
after = [life.message for life in mail if life.known is not None and life.known > REVOKED]
kept = [life.message for life in mail if life.known is not None]
sheet.say(
    f"With a lag of one hour: of {len(mail)} messages the app has {len(kept)} at midnight, {len(after)} of them "
    f"since the revocation ({', '.join(after) or 'none'}). Revoking stops reading; it does not un-read."
)
sheet.keep("afternoon", trace)
sheet.draw("knowledge", raster("Revoked at four: what does the app have, and since when?", mail, DAY, REVOKED))

# %% [markdown]
# ## The same in seven events
# The app reads once before and once after; then it hands on what it has. One service is prompt, one a minute late.

# %%
short: History = (
    Consent("Ana", APP),
    Compose("Ben", ("Ana",), text="My results came. Keep it quiet."),
    Call(APP, "get", "Ana", message="m1"),
    Compose("Cy", ("Ana",), text="I am leaving my job. Only you know."),
    Revoke("Ana", APP),
    Call(APP, "get", "Ana", message="m2"),
    Hand(APP, "OtherApp", "Ana"),
)
for name, lag in (("prompt", 0.0), ("late", MINUTE)):
    brief = play(short, Service(RULE, name, lag=lag), ("Ana", "Ben", "Cy"), (APP, "OtherApp"))
    sheet.keep(name, brief)
    (tally,) = judge(brief.records, [i3()])
    handed = [message.id for record in brief.records if isinstance(record, Handed) for message in record.messages]
    sheet.say(f"Service {name}: {tally.invariant.sentence} {tally.verdict().words}; handed on: {', '.join(handed)}.")
sheet.end()
