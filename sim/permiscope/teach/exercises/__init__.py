"""Every exercise for which a file is marked, by the number of its lesson."""

from typing import Any

from permiscope.teach.exercise import Exercise
from permiscope.teach.exercises import agreement, apart, delete, invariant, revoke, seen, silence

EXERCISES: dict[int, Exercise[Any]] = {
    module.EXERCISE.lesson: module.EXERCISE for module in (seen, silence, agreement, delete, revoke, invariant, apart)
}
