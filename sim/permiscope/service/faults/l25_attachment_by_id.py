"""L25: who may fetch a file? Here whoever knows its name."""

from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault


class AttachmentsById(EnforcementPoint):
    """An attachment is fetched by its id, unchecked; a grant it needs."""

    def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        permitted = super()._permitted(record, candidates, time)
        if record.operation != "attachment" or self._believed(record.app, record.owner, time) is None:
            return permitted
        record.reason = "permitted"
        return candidates


def _change(service: Service) -> Service:
    return service.with_part(AttachmentsById)


FAULT = Fault(
    "L25",
    "An attachment is fetched by id.",
    "E",
    ("I5:reply",),
    _change,
    kinds=("attach",),
    operations=("attachment",),
)
