"""L8: what do counters count? Here everything that is in the mailbox."""

from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault


class CountsAll(EnforcementPoint):
    """A counter says how many messages there are."""

    def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        permitted = super()._permitted(record, candidates, time)
        if record.operation != "count" or self._believed(record.app, record.owner, time) is None:
            return permitted
        record.reason = "permitted"
        return candidates


def _change(service: Service) -> Service:
    return service.with_part(CountsAll)


FAULT = Fault(
    "L8",
    "The counters of unread and of all messages count what is hidden.",
    "E",
    ("I21:reply",),
    _change,
    blind=("I5:reply", "I5:reply@presence", "I6:reply"),
    operations=("count",),
)
