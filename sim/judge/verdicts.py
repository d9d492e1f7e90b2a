"""What may be said after a test, and in which words?"""

from enum import StrEnum

from attrs import frozen

from sim.model.steps import History


class Kind(StrEnum):
    """The exact names of verdicts, for files and explanations; people read `Verdict.words`."""

    REFUTED = "REFUTED"
    WITNESSED = "WITNESSED"
    EXHAUSTED = "EXHAUSTED"
    NOT_BROKEN = "NOT BROKEN IN THIS TRACE"
    VACUOUS = "VACUOUS"
    NOT_TESTABLE = "NOT TESTABLE HERE"


@frozen
class Verdict:
    """What a test found, never collapsed to pass or fail.

    `fired` is how often the antecedent did: without it nothing was tested. `bound` is the number of steps up to
    which every history was run, if it was. `witness` is a history that shows a break (or, for a claim that
    something can happen, the happening); `positions` are the records of a trace that do.
    """

    kind: Kind
    fired: int
    bound: int | None = None
    witness: History = ()
    positions: tuple[int, ...] = ()

    @property
    def steps(self) -> int | None:
        """The length of the witness, if there is one."""
        return len(self.witness) or None

    @property
    def words(self) -> str:
        """The verdict as it stands on the screen."""
        match self.kind:
            case Kind.REFUTED:
                return f"broken in {self.steps}" if self.witness else "broken"
            case Kind.WITNESSED:
                return f"shown in {self.steps}"
            case Kind.EXHAUSTED:
                return "kept"
            case Kind.NOT_BROKEN:
                return "not broken"
            case Kind.VACUOUS:
                return "not tested"
            case Kind.NOT_TESTABLE:
                return "cannot say"
