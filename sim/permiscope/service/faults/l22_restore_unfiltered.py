"""L22: what comes out of the trash? Here the message itself, whichever it is."""

from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault


class RestoresUnfiltered(EnforcementPoint):
    """Whoever takes a message out of the trash is handed its body."""

    def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        permitted = super()._permitted(record, candidates, time)
        if record.operation != "undelete" or self._believed(record.app, record.owner, time) is None:
            return permitted
        record.reason = "permitted"
        return candidates

    def _close(self, record: Called, time: float) -> None:
        if record.operation == "undelete" and record.outcome == "done":
            record.shown = (self.state.messages[record.target or ""],)
        super()._close(record, time)


def _change(service: Service) -> Service:
    return service.with_part(RestoresUnfiltered)


FAULT = Fault(
    "L22",
    "Restoring from the trash skips the filter.",
    "E",
    ("I5:reply",),
    _change,
    kinds=("trash",),
    operations=("undelete",),
)
