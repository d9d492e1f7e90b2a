"""L14: to whom does a push go? Here to everybody who subscribed to any mailbox."""

from permiscope.model.access import Grade
from permiscope.model.mail import Message
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class MisroutesPushes(EnforcementPoint):
    """A message is pushed to the apps that subscribed to other mailboxes, too: to each once, and unfiltered."""

    def _notify(self, message: Message, before: Message | None, time: float) -> None:
        super()._notify(message, before, time)
        carried, grade = self._carried(message, before, Grade.METADATA)
        subscribed = self.state.subscribed
        for app in dict.fromkeys(app for app, _ in subscribed):
            if not any((app, person) in subscribed for person in message.people):
                record = self._of_push(app, message.people[0], message, time)
                self._pushed(record, (carried,), grade, time)


FAULT = Fault(
    "L14",
    "A push goes to the wrong subscriber.",
    "I",
    ("I1",),
    built_with(MisroutesPushes),
    blind=("I9", "I10"),
    kinds=("app-subscribe",),
    operations=(),
    mirror="Twitter's Account Activity API, 2017 to 2018: a correct grant, and delivery to another developer [S]",
)
