# %% [markdown]
"""# 05  Revoke in flight: when does a revocation take effect?

**Question.** Ana takes her grant back at four in the afternoon. Is there a last message that the app still gets?

**Covers.** A call is decided at one time and delivered at another; the service may notice a revocation late; the
decision may be made again at delivery, or not.

**Predict.** Three cures: answer faster, notice revocations at once, ask again at delivery. Which one is enough alone?

**Expect.** None. Asking again helps as far as the service knows of the revocation by then; with a lag it does not know.
What the app already has, it keeps in any case.
"""

# %%
from itertools import product

from sim.judge.exposure import lives
from sim.judge.invariants import i1, i3, i4
from sim.judge.monitor import judge
from sim.model.extents import READINGS
from sim.model.steps import Revoke
from sim.model.trace import Trace
from sim.report.figures import raster
from sim.report.sheet import Sheet
from sim.report.text import table
from sim.service.build import Service
from sim.service.policy import BUILT_IN
from sim.world.apps import curious_reader
from sim.world.day import APP, SEED, people
from sim.world.people import script, together
from sim.world.simulation import Simulation
from sim.world.streams import DAY, HOUR, exponential

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
            granted.verdict().words,
            held.verdict().words,
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
sheet.end()
