"""What has a search come to, and how far did it look?"""

from copy import copy
from typing import Self

from attrs import define, fields_dict

from permiscope.engine.alphabet import KINDS
from permiscope.engine.space import Space


@define(kw_only=True)
class Result:
    """What is known once every history of at most `bound` steps of a space was run; each question adds what it found.

    `histories` counts them, and `states` the canonical states from which their last steps were tried. `unvaried` says
    what somebody's policy looks at and had one value only. `begun` says that the search ended in the level after the
    bound, `answered` that there is no more to be found.
    """

    space: Space
    bound: int = 0
    histories: int = 0
    states: int = 0
    unvaried: tuple[str, ...] = ()
    begun: bool = False
    answered: bool = False

    def copy(self) -> Self:
        """A result that can go on by itself."""
        other = copy(self)
        for name in fields_dict(type(self)):
            if isinstance(value := getattr(self, name), dict | list | set):
                setattr(other, name, value.copy())
        return other

    @property
    def reach(self) -> dict[str, object]:
        """How far it looked, for a program."""
        return {
            "bound": self.bound,
            "alphabet": [kind for kind in KINDS if kind in self.space.kinds],
            "histories": self.histories,
            "states": self.states,
        }
