"""L17: what if the grant ends on the way? Here the answer is delivered all the same."""

from attrs import evolve

from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault


def _change(service: Service) -> Service:
    return evolve(service, recheck=False)


FAULT = Fault(
    "L17",
    "A read is in flight when the grant is revoked.",
    "I",
    ("I4",),
    _change,
    blind=("I1", "I5:reply", "I6:reply"),
    kinds=("revoke", "begin", "deliver"),
    operations=(),
    mirror="access tokens of Entra cannot be revoked and live for 60 to 90 minutes [S]",
)
