"""L30: how far back does a grant reach? Here to the beginning."""

from attrs import evolve

from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault


def _change(service: Service) -> Service:
    return evolve(service, old=True)


FAULT = Fault(
    "L30",
    "History from before the grant is shown.",
    "P",
    ("I16",),
    _change,
    blind=("I5:reply", "I6:reply", "I20:reply"),
    mirror="read_mailbox opened the whole inbox of about 1,500 people, as it was: This Is Your Digital Life [S]",
)
