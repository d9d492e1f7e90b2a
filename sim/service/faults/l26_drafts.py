"""L26: who sees a message that is being written? Here the one to whom it is addressed, and their apps."""

from attrs import evolve

from sim.model.mail import Message
from sim.model.records import Called
from sim.service.build import Service
from sim.service.faults.fault import Fault
from sim.service.faults.l18_trashed_in_flight import DeliversTheFound


class ShowsDrafts(DeliversTheFound):
    """A draft is shown as if it had been sent."""

    def _beyond(self, record: Called) -> tuple[Message, ...]:
        message = self.state.messages.get(record.target or "")
        is_theirs = message is not None and message.draft and record.owner in message.recipients
        return (message,) if is_theirs and message is not None else ()

    def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        permitted = super()._permitted(record, candidates, time)
        if self._believed(record.app, record.owner, time) is None:
            return permitted
        return permitted or tuple([message for message in candidates if message.draft])


def _change(service: Service) -> Service:
    return evolve(service, parts=(*service.parts, ShowsDrafts))


FAULT = Fault(
    "L26",
    "Drafts and the composer are visible.",
    "E",
    ("I14",),
    _change,
    blind=("I11",),
    kinds=("draft",),
    mirror="Gmail: the scope compose covers every draft; that of add-ons writes drafts that it cannot get [V]",
)
