"""L35: whose grant is it? Here one person grants for all."""

from permiscope.model.access import Grant
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class GrantsForAll(EnforcementPoint):
    """The grant of anybody opens the mailbox of everybody."""

    def _believed(self, app: str, owner: str, time: float) -> Grant | None:
        users = (owner, *(user for who, user in self.state.windows if who == app))
        grants = (super(GrantsForAll, self)._believed(app, user, time) for user in users)
        return next(filter(None, grants), None)


FAULT = Fault(
    "L35",
    "An administrator grants for everyone.",
    "P",
    ("I1",),
    built_with(GrantsForAll),
    blind=("I5:reply", "I6:reply", "I9"),
    mirror="consent for all principals at once, in Microsoft 365 [V]",
)
