"""L32: whose consent counts? Here only that of the owner of the mailbox."""

from attrs import evolve

from permiscope.model.extents import ATOMS, READINGS
from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault, extent_policy, ideal, widened
from permiscope.service.policy import ExtentPolicy

REPLY = READINGS["reply"]
AGREED = REPLY & ATOMS["consented"]


def _change(service: Service) -> Service:
    policy = extent_policy(service, "L32")
    if policy.extent == AGREED:
        return evolve(service, policy=ExtentPolicy(REPLY, policy.others))
    return widened(service, "L32", REPLY)


FAULT = Fault(
    "L32",
    "The counterpart never granted anything.",
    "P",
    ("I18",),
    _change,
    blind=("I5:reply", "I6:reply", "I20:reply"),
    kinds=("mention",),
    sound=evolve(ideal(), policy=ExtentPolicy(AGREED), title="ideal, if both agree"),
    mirror="correspondents of the about 1,500 grantors never consented: This Is Your Digital Life [S]",
)
