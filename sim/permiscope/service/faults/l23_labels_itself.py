"""L23: who sets a label that opens a message? Here the app itself."""

from attrs import evolve

from permiscope.model.extents import EVERYTHING, READINGS
from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault, ideal, widened
from permiscope.service.policy import NOTHING, ExtentPolicy

SOUND = evolve(
    ideal(),
    policy=ExtentPolicy(READINGS["tagged"], {"delete": READINGS["authored"], "label": NOTHING}),
    title="tagged, by people alone",
)


def _change(service: Service) -> Service:
    return widened(service, "L23", READINGS["tagged"], {"label": EVERYTHING})


FAULT = Fault(
    "L23",
    "The app labels a private message, then reads it (confused deputy).",
    "I",
    ("I13", "I5:reply"),
    _change,
    blind=("I5:tagged",),
    kinds=("app-label",),
    operations=("label", "get"),
    sound=SOUND,
)
