"""L16: what of the copy that the app has? Here it outlives the grant."""

from attrs import evolve

from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault, ideal


def _change(service: Service) -> Service:
    return evolve(service, obligations=service.obligations - {"forget"})


FAULT = Fault(
    "L16",
    "A cached copy outlives revocation.",
    "O",
    ("I26",),
    _change,
    blind=("I1", "I3", "I5:reply", "I6:reply", "I20:reply"),
    kinds=("app-get", "revoke"),
    sound=evolve(ideal(), obligations=frozenset({"view", "index", "forget"})),
    mirror="narrowing a grant recalls no copies: snapshots of forwarded messages in Discord are immutable [V]",
)
