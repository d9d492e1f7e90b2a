"""L38: what may a rule forward? Here whatever arrives."""

from permiscope.model.access import Grade
from permiscope.model.mail import Message
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class RulesUnfiltered(EnforcementPoint):
    """What a rule forwards is not asked about."""

    def _push(self, app: str, owner: str, message: Message, before: Message | None, grade: Grade, time: float) -> None:
        if grade is not Grade.BODY or self._believed(app, owner, time) is None:
            super()._push(app, owner, message, before, grade, time)
        else:
            self._pushed(self._of_push(app, owner, message, time), (message,), grade, time)


FAULT = Fault(
    "L38",
    "A rule or filter with a forward address, without read.",
    "P",
    ("I5:reply",),
    built_with(RulesUnfiltered),
    blind=("I5:reply, reads",),
    kinds=("app-rule",),
    operations=("get",),
    mirror="Graph: MailboxSettings.ReadWrite creates inbox rules; Gmail: settings.basic, filters that forward [V]",
)
