"""Does one extent include another? By enumeration, with the smallest history that says no."""

from sim.model.extents import Extent
from sim.model.steps import History
from sim.search.survey import survey
from sim.service.policy import ExtentPolicy


def compare_extents(one: Extent, other: Extent, bound: int) -> History | None:
    """The smallest history on which they differ, of at most `bound` steps; None if `one` is included in `other`.

    The history ends in the read of a message that belongs to `one` and not to `other`.
    """
    policy = ExtentPolicy(one)
    for found in survey([policy], [other], bound):
        if witness := found.content_scoped(policy, other).witness:
            return witness
    return None
