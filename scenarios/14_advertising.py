# %% [markdown]
"""# 14  Advertising: may what was learnt from messages reach the choice of an ad?

**Question.** An app may read messages, for a purpose that it declared. It also chooses ads. What would show that it
uses for the one what it learnt by the other?

**Covers.** Purpose as a contract (I19); a flow that begins where the enforcement point ends; what evidence there could
be: vary the messages, compare the ads.

**Predict.** One app keeps to its purpose, one does not. In what do their records at the door differ? With forty
invented people in each of two groups, is a use noticed that doubles the ads on a topic?

**Expect.** In nothing. And hardly: about one time in four.
"""

# %%
from collections.abc import Callable

import numpy as np
from scipy.stats import binom, hypergeom

from permiscope.judge.invariants import i19
from permiscope.judge.monitor import judge
from permiscope.judge.noninterference import Noninterference, compare
from permiscope.model.extents import EVERYTHING
from permiscope.model.records import Called
from permiscope.model.steps import Call, Compose, Consent, History
from permiscope.model.streams import stream
from permiscope.model.trace import Trace
from permiscope.report.figures import noticed
from permiscope.report.sheet import Sheet
from permiscope.report.text import OF_A_CONTRACT, table
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.simulation import play

Counts = np.ndarray
APP, DECLARED, SEED = "StreamCo", "recommendations", 14
sheet = Sheet("14_advertising")
sheet.say("FROM MESSAGES TO ADS")
sheet.say(
    "The partnership in the dispute had advertising beside access: the sums are in 15. That what was read reached the "
    "choice of an ad is said by nobody whom these pages quote. This is about what could be known of it, of any app."
)
sheet.dated("2026-11-24")

# %% [markdown]
# ## Two apps
# Ben writes to Ana; StreamCo may read it, for recommendations. One StreamCo draws its ads by lot. The other one draws
# more on what it was shown. What either does with it is inside the app, where no record is made.

# %%
SHOES, REST = "I want to run again. I need new shoes.", "I want to sleep again. I need some rest."


def day(text: str, *, declared: tuple[str, ...] = (DECLARED,), says: str | None = DECLARED) -> Trace:
    """A day on which Ben writes this to Ana, who declared purposes, and the app reads it, saying what for."""
    history: History = (
        Consent("Ana", APP, purposes=declared),
        Compose("Ben", ("Ana",), text=text),
        Call(APP, "get", "Ana", message="m1", purpose=says),
    )
    return play(history, Service(BUILT_IN["everything"]), ("Ana", "Ben"), (APP,))


OFTEN = 0.1
"""The share of ads that are about shoes, where nothing is known of anybody."""


def by_lot(trace: Trace) -> float:
    """The chance of an ad about shoes, from an app that keeps to its purpose."""
    return OFTEN


def by_mail(trace: Trace) -> float:
    """The same, from an app that looks at what it was shown."""
    shown = [message.body for record in trace.records if isinstance(record, Called) for message in record.shown]
    return 2 * OFTEN if any("shoes" in body for body in shown) else OFTEN


CHOOSERS: dict[str, Callable[[Trace], float]] = {"by lot": by_lot, "by mail": by_mail}

# %% [markdown]
# ## What does the record say of the purpose?
# I19 asks whether each disclosure is for a purpose that was declared. It knows what the app says, and no more.

# %%
ASKED = {
    "recommendations, and says so": day(SHOES),
    "recommendations, and says ads": day(SHOES, says="advertising"),
    "recommendations, and says nothing": day(SHOES, says=None),
    "nothing": day(SHOES, declared=()),
}
rows = []
for declared, trace in ASKED.items():
    verdict = judge(trace.records, [i19()])[0].verdict()
    rows.append((declared, verdict.short, OF_A_CONTRACT.get(verdict.kind, "no contract")))
sheet.show(table(["THE APP DECLARED", "I19", "WITH THE CONTRACT"], rows))
sheet.say(
    "The record of the first row is that of either app: what they are shown is the same, and so is what they say. An "
    "app that uses messages for ads is caught by this only if it says so."
)

# %% [markdown]
# ## Two worlds
# The same day, but Ben writes of something else. At the door everything may be read, so nothing there is forbidden to
# depend on it. The ad comes after the door.

# %%
worlds = {"shoes": day(SHOES), "rest": day(REST)}
door = compare(worlds["shoes"].records, worlds["rest"].records, APP, Noninterference("I20", EVERYTHING))
pairs = []
for name, chance in CHOOSERS.items():
    one, other = (chance(trace) for trace in worlds.values())
    pairs.append((name, f"{one:.0%}", f"{other:.0%}", "yes" if one != other else "no"))
sheet.show(table(["ADS ARE CHOSEN", "BEN: SHOES", "BEN: REST", "DO ADS DEPEND ON IT?"], pairs))
sheet.say(
    f"At the door the two worlds {'differ, as they may: the text is what was granted' if door else 'are alike'}. What "
    "would make it a breach is the use."
)

# %% [markdown]
# ## The experiment
# Whoever has no look inside can vary the messages and compare the ads. Invented people in two groups: to one it is
# written of shoes, to the other of rest; each is shown one ad. Fisher's exact test, one-sided, at five per cent.

# %%
ALARMS = 0.05


def by_chance(group: int) -> Counts:
    """How probable it is that so many hits, or more, fall into the first of two groups, if it does not matter.

    By the hits of both together and those of the first: Fisher's exact test, a tail of the hypergeometric distribution.
    """
    together, first = np.arange(2 * group + 1)[:, np.newaxis], np.arange(group + 1)
    each = np.asarray(hypergeom.pmf(first, 2 * group, together, group))
    return each[:, ::-1].cumsum(axis=1)[:, ::-1]


def shown(name: str, chance: float, group: int, label: str) -> int:
    """To how many invented people of a group an ad about shoes is shown."""
    draws = (stream(SEED, f"{label} {number}", f"ad {name}").random() for number in range(group))
    return sum(draw < chance for draw in draws)


GROUP = 160
tests = []
for name, chance in CHOOSERS.items():
    hits, others = (shown(name, chance(trace), GROUP, text) for text, trace in worlds.items())
    p = by_chance(GROUP)[hits + others, hits]
    groups = (f"{hits} of {GROUP}", f"{others} of {GROUP}")
    tests.append((name, *groups, f"{p:.2g}", "yes" if p <= ALARMS else "no"))
sheet.show(table(["ADS ARE CHOSEN", "SHOES", "REST", "P", "NOTICED"], tests))

# %% [markdown]
# ## How many people does it take?
# Exactly, by adding up every outcome.

# %%
GROUPS = (10, 20, 40, 80, 160, 320)
EFFECTS = {"ads by lot": 0.1, "half as many more": 0.15, "twice as many": 0.2, "four times as many": 0.4}


hits_by_group = {group: np.indices((group + 1, group + 1)) for group in GROUPS}
noticed_by_group = {
    group: by_chance(group)[hits + others, hits] <= ALARMS for group, (hits, others) in hits_by_group.items()
}


def chance_to_notice(group: int, share: float) -> float:
    """The chance that the experiment notices that this share of the first group is shown an ad about shoes."""
    counts = np.arange(group + 1)
    chances = np.outer(binom.pmf(counts, group, share), binom.pmf(counts, group, OFTEN))
    return float(chances[noticed_by_group[group]].sum())


lines = {name: [(group, chance_to_notice(group, share)) for group in GROUPS] for name, share in EFFECTS.items()}
sheet.show(
    table(
        ["IN EACH GROUP", *(name.upper() for name in lines)],
        [
            (str(group), *(f"{points[number][1]:.0%}" for points in lines.values()))
            for number, group in enumerate(GROUPS)
        ],
    )
)
most, chance_at_most = lines["half as many more"][-1]
sheet.say(
    f"It takes access while the thing is running, and people whom one controls: with {most} in each group, half as "
    f"many ads more are noticed {chance_at_most:.0%} of the time. After the fact, with a record of calls alone, the "
    "question cannot be answered: not testable here."
)
sheet.draw("noticed", noticed("Would an experiment notice that ads depend on messages?", lines, ALARMS))

# %%
sheet.end()
