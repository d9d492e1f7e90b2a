"""What may be said after a test, and in which words?"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from enum import StrEnum

from attrs import frozen

from sim.model.steps import History


class Kind(StrEnum):
    """The exact names of verdicts, for files and explanations; people read `Verdict.words`."""

    REFUTED = "REFUTED"
    WITNESSED = "WITNESSED"
    EXHAUSTED = "EXHAUSTED"
    HELD = "HELD"
    SEARCHED = "SEARCHED"
    NOT_BROKEN = "NOT BROKEN IN THIS TRACE"
    VACUOUS = "VACUOUS"
    UNDERDETERMINED = "UNDERDETERMINED"
    NOT_TESTABLE = "NOT TESTABLE HERE"


@frozen
class Verdict:
    """What a test found, never collapsed to pass or fail.

    `fired` is how often the antecedent did: without it nothing was tested. `bound` is the number of steps up to
    which every history was run, if it was. `witness` is a history that shows a break (or, for a claim that
    something can happen, the happening); `positions` are the records of a trace that do.

    A sample has `draws`: how many were drawn, of which `fired` put the rule to the test. Independent draws without a
    violation (HELD) have `upper`, the 95 % upper bound on the probability of one under the `generator` that is named;
    to examples of a search (SEARCHED) no probability attaches.
    """

    kind: Kind
    fired: int
    bound: int | None = None
    witness: History = ()
    positions: tuple[int, ...] = ()
    draws: int | None = None
    upper: float | None = None
    generator: str = ""

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
            case Kind.EXHAUSTED | Kind.HELD | Kind.SEARCHED:
                return "kept"
            case Kind.NOT_BROKEN:
                return "not broken"
            case Kind.VACUOUS:
                return "not tested"
            case Kind.UNDERDETERMINED | Kind.NOT_TESTABLE:
                return "cannot say"

    @property
    def small_print(self) -> str:
        """How it is known that something is kept; empty for every other verdict."""
        match self.kind:
            case Kind.EXHAUSTED:
                return f"none in {self.bound} steps; longer untried"
            case Kind.HELD:
                return f"{_of(self.fired, self.draws)} draws, 95 % upper bound {upwards(self.upper or 1.0)}"
            case Kind.SEARCHED:
                return f"{_of(self.fired, self.draws)} examples, no probability attaches"
            case _:
                return ""


def _of(fired: int, draws: int | None) -> str:
    """How many of how many tested the rule, as in *1,988 of 2,000*; in one number where all did."""
    return f"{fired:,}" if fired == draws or draws is None else f"{fired:,} of {draws:,}"


def upwards(bound: float) -> str:
    """An upper bound in three digits. Rounded up, for a lower number would be none."""
    return _rounded(bound, ROUND_CEILING)


def downwards(bound: float) -> str:
    """A lower bound in three digits, rounded down."""
    return _rounded(bound, ROUND_FLOOR)


def _rounded(bound: float, rounding: str) -> str:
    return f"{Context(prec=3, rounding=rounding).create_decimal_from_float(bound):f}"
