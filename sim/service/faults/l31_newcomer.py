"""L31: what does a newcomer to a thread get? Here all that was said in it before."""

from attrs import evolve

from sim.model.mail import Message
from sim.model.records import Called
from sim.service.build import Service
from sim.service.faults.fault import Fault
from sim.service.faults.l18_trashed_in_flight import DeliversTheFound


class ShowsThePast(DeliversTheFound):
    """In a thread a member has what was written before they came, and so have their apps."""

    def _beyond(self, record: Called) -> tuple[Message, ...]:
        message = self.state.messages.get(record.target or "")
        if message is None or message.draft or message.absent:
            return ()
        return (message,) if record.owner in self.state.threads[message.thread].members else ()


def _change(service: Service) -> Service:
    return evolve(service, parts=(*service.parts, ShowsThePast))


FAULT = Fault(
    "L31",
    "A newcomer's grant exposes others' earlier messages.",
    "P",
    ("I17",),
    _change,
    blind=("I5:reply", "I6:reply"),
    kinds=("add",),
    mirror="one member of a chat consents for all in it: Teams' resource-specific consent [V]",
)
