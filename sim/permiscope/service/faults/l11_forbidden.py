"""L11: how does a refusal look? Here other than the answer to a name that nobody has."""

from attrs import evolve

from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault


def _change(service: Service) -> Service:
    return evolve(service, denials="forbidden")


FAULT = Fault(
    "L11",
    "What is forbidden answers 403, what is absent 404.",
    "E",
    ("I24", "I21:reply"),
    _change,
    blind=("I5:reply", "I5:reply@presence", "I6:reply"),
    mirror="denials differ: an error (Gmail, Graph, Drive), an empty field (Discord), silence (Telegram, Slack) [V]",
)
