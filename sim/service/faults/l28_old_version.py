"""L28: what does an edit event carry? Here what the message said before."""

from attrs import evolve

from sim.model.access import Grade
from sim.model.mail import Message
from sim.service.build import Service
from sim.service.enforcement import EnforcementPoint
from sim.service.faults.fault import Fault


class PushesTheOld(EnforcementPoint):
    """A push about an edit has the body as it was."""

    def _push(self, app: str, owner: str, message: Message, before: Message | None, grade: Grade, time: float) -> None:
        if before is None:
            super()._push(app, owner, message, before, grade, time)
        else:
            super()._push(app, owner, before, None, Grade.BODY, time)


def _change(service: Service) -> Service:
    return evolve(service, parts=(*service.parts, PushesTheOld))


FAULT = Fault(
    "L28",
    "An edit event carries the old version.",
    "O",
    ("I15",),
    _change,
    blind=("I5:reply", "I6:reply"),
    kinds=("app-subscribe", "edit"),
    operations=(),
)
