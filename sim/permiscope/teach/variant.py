"""Whose exercise is it? A name stands for a variant: other people, times and faults, and nothing that is harder."""

from collections.abc import Sequence
from typing import TypeVar

from attrs import frozen

from permiscope.model.streams import pick, stream

APP = "StreamCo"
PEOPLE = ("Ana", "Ben", "Cy")
Item = TypeVar("Item")


@frozen
class Variant:
    """The exercise of the student of this name; without a name it is the one that the lessons show."""

    student: str = ""

    def choose(self, items: Sequence[Item], purpose: str) -> Item:
        """One of the items, always the same for the student and the purpose; the first for nobody."""
        if not self.student:
            return items[0]
        return pick(items, stream(0, self.student, purpose).random())

    @property
    def people(self) -> tuple[str, str, str]:
        """The owner of the mailbox, somebody who writes to them, and somebody else."""
        first = self.choose((0, 1, 2), "owner")
        ana, ben, cy = PEOPLE[first:] + PEOPLE[:first]
        return self.choose(((ana, ben, cy), (ana, cy, ben)), "order")
