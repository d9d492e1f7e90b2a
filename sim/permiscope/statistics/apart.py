"""On how many days do two claims get different verdicts? Days drawn at random, from little private mail to much.

What varies is how much of the mail is written via the app; the app reads whatever the rule lets it, every hour.
"""

from collections.abc import Sequence

from attrs import frozen

from permiscope.judge.exposure import lives
from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import judge
from permiscope.model.extents import Extent
from permiscope.model.progress import Tick, no_tick
from permiscope.model.steps import Consent
from permiscope.model.streams import DAY
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import Policy
from permiscope.statistics.sampling import interval, replications
from permiscope.world.day import APP, GRANT, curious
from permiscope.world.people import circle, script, together
from permiscope.world.simulation import Simulation

WRITES = 3.0
"""Messages a day in each direction."""
VIA = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
"""Shares of them that are written via the app."""


@frozen
class Apart:
    """Of `draws` days with a mean `share` of private mail, `apart` gave two claims different verdicts."""

    share: float
    draws: int
    apart: int

    @property
    def interval(self) -> tuple[float, float]:
        """The exact 95 % interval for the probability that such a day tells the claims apart."""
        return interval(self.apart, self.draws)


def tell_apart(
    policy: Policy,
    pairs: Sequence[tuple[Invariant, Invariant]],
    private: Extent,
    draws: int,
    *,
    via: Sequence[float] = VIA,
    seed: int = 0,
    tick: Tick = no_tick,
) -> list[list[Apart]]:
    """For each pair of claims, and each share of mail via the app, on how many of the days their verdicts differ.

    Private is what lies outside an extent. All pairs are judged on the same days; a day is broken, not broken or not
    tested for a claim.
    """
    found: list[list[Apart]] = [[] for _ in pairs]
    for done, share in enumerate(via):
        tick(done, len(via))
        shares, apart = [], [0] * len(pairs)
        for day in replications(seed, draws):
            everybody = circle(("Ana", "Ben", "Cy"), APP, writes=WRITES, via=share)
            ana = together(everybody["Ana"], script(Consent("Ana", APP, at=GRANT)))
            records = Simulation(Service(policy), {**everybody, "Ana": ana}, {APP: curious()}, day).run(DAY).records
            mail = lives(records, APP, private)
            shares.append(sum(life.private for life in mail) / len(mail) if mail else 0.0)
            for number, pair in enumerate(pairs):
                one, other = judge(records, pair)
                apart[number] += one.verdict().kind is not other.verdict().kind
        for number, count in enumerate(apart):
            found[number].append(Apart(sum(shares) / draws, draws, count))
    return found
