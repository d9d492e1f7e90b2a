"""L29: what is in an export? Here the whole mailbox."""

from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault


class ExportsAll(EnforcementPoint):
    """An export asks for a grant and for nothing else."""

    def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        permitted = super()._permitted(record, candidates, time)
        if record.operation != "export" or self._believed(record.app, record.owner, time) is None:
            return permitted
        record.reason = "permitted"
        return candidates


def _change(service: Service) -> Service:
    return service.with_part(ExportsAll)


FAULT = Fault(
    "L29",
    "An export or backfill is unfiltered.",
    "E",
    ("I5:reply",),
    _change,
    operations=("export",),
    mirror="receipts copied whole out of mailboxes and stored: Unroll.me and Slice [V]",
)
