"""The faults by which one kind of call is answered whatever the policy says: counters, files, exports, the trash."""

from permiscope.model.access import Operation
from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


def unfiltered(operation: Operation, name: str) -> type[EnforcementPoint]:
    """Make the part of a door, of this name, that asks for a grant before an operation, and for nothing else."""

    class Unfiltered(EnforcementPoint):
        def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
            permitted = super()._permitted(record, candidates, time)
            if record.operation != operation or self._believed(record.app, record.owner, time) is None:
                return permitted
            record.reason = "permitted"
            return candidates

    Unfiltered.__name__ = Unfiltered.__qualname__ = name
    return Unfiltered


CountsAll = unfiltered("count", "CountsAll")
AttachmentsById = unfiltered("attachment", "AttachmentsById")
ExportsAll = unfiltered("export", "ExportsAll")


class RestoresUnfiltered(unfiltered("undelete", "Restores")):  # type: ignore[misc]  # a class that is made
    """Whoever takes a message out of the trash is handed its body."""

    def _close(self, record: Called, time: float) -> None:
        if record.operation == "undelete" and record.outcome == "done":
            record.shown = (self.state.messages[record.target or ""],)
        super()._close(record, time)


FAULTS = (
    Fault(
        "L8",
        "The counters of unread and of all messages count what is hidden.",
        "E",
        ("I21:reply",),
        built_with(CountsAll),
        blind=("I5:reply", "I5:reply@presence", "I6:reply"),
        operations=("count",),
    ),
    Fault(
        "L22",
        "Restoring from the trash skips the filter.",
        "E",
        ("I5:reply",),
        built_with(RestoresUnfiltered),
        kinds=("trash",),
        operations=("undelete",),
    ),
    Fault(
        "L25",
        "An attachment is fetched by id.",
        "E",
        ("I5:reply",),
        built_with(AttachmentsById),
        kinds=("attach",),
        operations=("attachment",),
    ),
    Fault(
        "L29",
        "An export or backfill is unfiltered.",
        "E",
        ("I5:reply",),
        built_with(ExportsAll),
        operations=("export",),
        mirror="receipts copied whole out of mailboxes and stored: Unroll.me and Slice [V]",
    ),
)
