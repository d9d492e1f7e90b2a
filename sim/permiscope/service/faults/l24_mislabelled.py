"""L24: what does a filter label? Here all that arrives, and not only what the app sent."""

from attrs import evolve

from permiscope.model.extents import READINGS
from permiscope.model.records import Labelled, Record, Wrote
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with, ideal
from permiscope.service.policies.policy import ExtentPolicy


class Labels(EnforcementPoint):
    """A filter labels what was sent via an app with the label of that app."""

    def tell(self, record: Record) -> None:
        """Remember the record, and label the message that it brought."""
        super().tell(record)
        if isinstance(record, Wrote):
            for app in self._labels(record):
                super().tell(Labelled(record.time, "", record.message.id, app))

    def _labels(self, record: Wrote) -> tuple[str, ...]:
        return (record.message.via,) if record.message.via else ()


class Mislabels(Labels):
    """A filter labels whatever was sent, for every app that anybody granted something."""

    def _labels(self, record: Wrote) -> tuple[str, ...]:
        return tuple(dict.fromkeys(app for app, _ in self.state.windows))


FAULT = Fault(
    "L24",
    "The user or a filter mislabels.",
    "I",
    ("I5:reply",),
    built_with(Mislabels),
    blind=("I5:tagged", "I13"),
    sound=evolve(ideal(), policy=ExtentPolicy(READINGS["tagged"]), title="tagged, by a filter", parts=(Labels,)),
    mirror="rules and filters set labels in Gmail and Outlook [V]",
)
