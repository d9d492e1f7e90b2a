"""Which services does the survey of invariants compare? Seven, each a policy and how the service around it is built."""

from collections.abc import Collection, Mapping

from attrs import evolve

from permiscope.model.access import Action, Operation
from permiscope.model.extents import EVERYTHING, READINGS, Extent
from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.model.state import NO_THREAD
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import ideal
from permiscope.service.faults.l06_search_total import SearchesAll
from permiscope.service.faults.l09_cursor import CountsRows
from permiscope.service.faults.l13_push_before_filter import PushesFirst
from permiscope.service.faults.unfiltered import AttachmentsById, CountsAll
from permiscope.service.policies.policy import NOTHING, ExtentPolicy

UNLABELLED: Mapping[Action, Extent] = {"label": NOTHING}
"""No app may label anything, where nothing else is said."""


class ReturnsThreads(EnforcementPoint):
    """The thread channel returns the whole thread to any member, though they never got a copy of what is in it.

    What they put into the trash or deleted stays away.
    """

    def _found(self, operation: Operation, owner: str, target: str | None) -> tuple[Message, ...]:
        thread = self.state.threads.get(target or "", NO_THREAD)
        if operation != "thread" or owner not in thread.members:
            return super()._found(operation, owner, target)
        mailbox, messages = self.state.mailbox(owner), self.state.messages
        whole = [messages[name] for name in thread.messages]
        return tuple(
            [message for message in whole if message.id in mailbox or not (owner in message.people or message.draft)]
        )

    def _box(self, record: Called) -> Collection[str]:
        return self.state.messages if record.operation == "thread" else super()._box(record)


SERVICES: dict[str, Service] = {
    service.name: service
    for service in (
        Service(ExtentPolicy(EVERYTHING, UNLABELLED), "everything", own_copies=True),
        Service(ExtentPolicy(READINGS["threaded"], UNLABELLED), "threaded", own_copies=True, parts=(ReturnsThreads,)),
        Service(ExtentPolicy(READINGS["reply"], UNLABELLED), "reply", own_copies=True),
        Service(ExtentPolicy(READINGS["authored"], UNLABELLED), "authored", own_copies=True),
        Service(ExtentPolicy(READINGS["tagged"], {"label": EVERYTHING}), "self-tagged", own_copies=True),
        Service(
            ExtentPolicy(READINGS["authored"], {"label": NOTHING, "delete": EVERYTHING}),
            "late-filter",
            own_copies=True,
            ids="sequential",
            denials="forbidden",
            parts=(SearchesAll, CountsAll, CountsRows, PushesFirst, AttachmentsById),
        ),
        evolve(ideal(), policy=ExtentPolicy(READINGS["reply"], {"delete": READINGS["authored"], **UNLABELLED})),
    )
}
