"""L1: what does one message via the app open? Here the whole thread, its past too."""

from permiscope.model.extents import READINGS
from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault, widened


def _change(service: Service) -> Service:
    return widened(service, "L1", READINGS["threaded"])


FAULT = Fault(
    "L1",
    "An app message in an old thread opens the thread's past.",
    "P",
    ("I5:reply",),
    _change,
    mirror="Gmail add-ons: the scope message.readonly opens the other messages of the open thread [I]",
)
