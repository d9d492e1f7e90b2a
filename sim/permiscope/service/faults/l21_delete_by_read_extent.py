"""L21: what may be deleted? Here whatever may be read."""

from attrs import evolve

from permiscope.model.access import Action
from permiscope.model.extents import Extent
from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault, extent_policy
from permiscope.service.policy import ExtentPolicy


def _change(service: Service) -> Service:
    policy = extent_policy(service, "L21")
    others: dict[Action, Extent] = {action: extent for action, extent in policy.others.items() if action != "delete"}
    return evolve(service, policy=ExtentPolicy(policy.extent, others))


FAULT = Fault(
    "L21",
    "The extent for reading is reused for deleting.",
    "P",
    ("I9",),
    _change,
    blind=("I10", "I5:reply", "I20:reply"),
    operations=("delete",),
    mirror="the delete of the partners' API was explained as deleting in both places, in one sentence with reading [A]",
)
