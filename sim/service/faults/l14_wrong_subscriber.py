"""L14: to whom does a push go? Here to everybody who subscribed to any mailbox."""

from attrs import evolve

from sim.model.access import Grade
from sim.model.mail import Message
from sim.model.records import Called
from sim.service.build import Service
from sim.service.enforcement import EnforcementPoint
from sim.service.faults.fault import Fault


class MisroutesPushes(EnforcementPoint):
    """A message is pushed to all subscribers, whosever mailbox it came to: to each once."""

    def _notify(self, message: Message, before: Message | None, time: float) -> None:
        subscribed = self.state.subscribed
        for app in dict.fromkeys(app for app, _ in subscribed):
            owner = next((each for each in message.people if (app, each) in subscribed), message.people[0])
            record = Called(app, "push", owner, message.id, self.state.position, time)
            self._pushed(record, (message,), Grade.METADATA, time)


def _change(service: Service) -> Service:
    return evolve(service, parts=(*service.parts, MisroutesPushes))


FAULT = Fault(
    "L14",
    "A push goes to the wrong subscriber.",
    "I",
    ("I1",),
    _change,
    blind=("I9", "I10"),
    kinds=("app-subscribe",),
    operations=(),
    mirror="Twitter's Account Activity API, 2017 to 2018: a correct grant, and delivery to another developer [S]",
)
