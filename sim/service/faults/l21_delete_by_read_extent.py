"""L21: what may be deleted? Here whatever may be read."""

from attrs import evolve

from sim.model.extents import READINGS
from sim.service.build import Service
from sim.service.faults.fault import Fault
from sim.service.policy import ExtentPolicy


def _change(service: Service) -> Service:
    return evolve(service, policy=ExtentPolicy(READINGS["reply"]))


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
