"""What may be said after a test, and in which words?"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from enum import StrEnum

from attrs import frozen

from permiscope.model.steps import History


class Kind(StrEnum):
    """The exact names of verdicts, for files and explanations; people read `Verdict.words`."""

    REFUTED = "REFUTED"
    WITNESSED = "WITNESSED"
    EXHAUSTED = "EXHAUSTED"
    HELD = "HELD"
    SEARCHED = "SEARCHED"
    NOT_BROKEN = "NOT BROKEN IN THIS TRACE"
    UNVARIED = "UNVARIED"
    VACUOUS = "VACUOUS"
    UNDERDETERMINED = "UNDERDETERMINED"
    NOT_TESTABLE = "NOT TESTABLE HERE"


@frozen
class Verdict:
    """What a test found, never collapsed to pass or fail.

    `fired` is how often the antecedent did: without it nothing was tested. `bound` is the number of steps up to
    which every history was run, if it was. `witness` is a history that shows a break (or, for a claim that
    something can happen, the happening); `positions` are the records of a trace that do. `unvaried` says what had one
    value in all of them.

    A sample has `draws`: how many were drawn, of which `fired` put the rule to the test. Independent draws without a
    violation (HELD) have `upper`, the 95 % upper bound on the probability of one under the `generator` that is named;
    to examples of a search (SEARCHED) no probability attaches.

    A trace that was judged alone has `shown` and `refused`: how many answers and pushes in it showed the apps
    something, and how many calls were refused.
    """

    kind: Kind
    fired: int
    bound: int | None = None
    witness: History = ()
    positions: tuple[int, ...] = ()
    draws: int | None = None
    upper: float | None = None
    generator: str = ""
    shown: int | None = None
    refused: int | None = None
    unvaried: tuple[str, ...] = ()

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
            case Kind.HELD:
                return (
                    f"{self.draws or self.fired:,} drawn, {self.fired:,} shown, none broken, "
                    f"at most {upwards(1.0 if self.upper is None else self.upper)}"
                )
            case Kind.SEARCHED:
                return f"none found in {self.draws or self.fired:,} examples"
            case Kind.NOT_BROKEN if self.shown is None or self.refused is None:
                return "not broken in this trace"
            case Kind.NOT_BROKEN:
                return f"not broken in this trace ({self.shown:,} shown, {self.refused:,} refused)"
            case Kind.VACUOUS:
                return "not tested"
            case Kind.UNDERDETERMINED | Kind.NOT_TESTABLE | Kind.UNVARIED:
                return "cannot say"

    @property
    def short(self) -> str:
        """The verdict in two or three words, for a table that says beside it what it is a verdict on."""
        match self.kind:
            case Kind.HELD:
                return "none broken"
            case Kind.SEARCHED:
                return "none found"
            case Kind.NOT_BROKEN:
                return "not broken"
            case _:
                return self.words


def upwards(bound: float) -> str:
    """An upper bound in three digits. Rounded up, for a lower number would be none."""
    return _rounded(bound, ROUND_CEILING)


def downwards(bound: float) -> str:
    """A lower bound in three digits, rounded down."""
    return _rounded(bound, ROUND_FLOOR)


def _rounded(bound: float, rounding: str) -> str:
    return f"{Context(prec=3, rounding=rounding).create_decimal_from_float(bound):f}"
