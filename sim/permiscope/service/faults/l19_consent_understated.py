"""L19: what did the person agree to? Here to less than the service believes."""

from attrs import evolve

from permiscope.model.access import FULL, Grant
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class OverstatesGrants(EnforcementPoint):
    """Whatever the consent screen said, the grant is for everything."""

    def _believed(self, app: str, owner: str, time: float) -> Grant | None:
        grant = super()._believed(app, owner, time)
        return grant and evolve(grant, scope=FULL)


FAULT = Fault(
    "L19",
    "The consent screen says less than the scope allows.",
    "P",
    ("I5:granted", "I8:granted"),
    built_with(OverstatesGrants),
    blind=("I5:reply", "I1"),
    kinds=("grant-narrowly",),
    operations=("get", "delete"),
    mirror="Unroll.me told refusers \"Don't worry, we won't touch your personal stuff\", and copied receipts whole [V]",
)
