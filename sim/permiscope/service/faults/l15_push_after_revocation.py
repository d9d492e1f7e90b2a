"""L15: when do pushes end? Here never, once somebody subscribed."""

from math import inf

from permiscope.model.mail import Message
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class PushesOn(EnforcementPoint):
    """To a push a revocation is not known."""

    def _notify(self, message: Message, before: Message | None, time: float) -> None:
        lag, self.lag = self.lag, inf
        try:
            super()._notify(message, before, time)
        finally:
            self.lag = lag


FAULT = Fault(
    "L15",
    "Pushes go on after revocation.",
    "I",
    ("I3", "I1"),
    built_with(PushesOn),
    blind=("I5:reply", "I6:reply"),
    kinds=("app-subscribe", "revoke"),
    operations=(),
    mirror="Gmail's watch lives up to seven days; deliveries were seen to be retried after a revocation [S]",
)
