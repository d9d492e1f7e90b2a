"""Draw random policies, and find the shortest history that breaks a claim under one, from the patterns of a bound.

A policy is a Boolean formula of one to four atoms, and every other policy asks for a grant besides. A formula is both
a function that the real search can ask and an operation on rows of bits, so that its verdict over millions of
histories costs a few milliseconds.
"""

import random
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from permiscope.model.access import Request
from permiscope.model.steps import History
from permiscope.service.policies.policy import FunctionPolicy
from tests.oracle.atoms import GRANTED, NO_GRANT, VIA_APP, Atom
from tests.oracle.brute_force import BruteForce
from tests.oracle.claims import CLAIMS

Bits = NDArray[np.bool_]
Test = Callable[[Request], bool]


@frozen
class Formula:
    """A policy as a text, as a function of a request, and as an operation on the answers of atoms, by their texts."""

    text: str
    test: Test
    over: Callable[[dict[str, Bits]], Bits]

    @property
    def policy(self) -> FunctionPolicy:
        """The real policy."""
        return FunctionPolicy("random", self.text, self.test)


def leaf(atom: Atom) -> Formula:
    """Return the formula of one atom."""
    return Formula(atom.text, atom.test, lambda answers: answers[atom.text])


def negate(one: Formula) -> Formula:
    """Return the formula that holds when another does not."""
    test, over = one.test, one.over
    return Formula(f"not ({one.text})", lambda request: not test(request), lambda answers: ~over(answers))


def join(one: Formula, two: Formula, *, both: bool) -> Formula:
    """Return the formula that holds when both of two do, or either."""
    test, other, over, over_other = one.test, two.test, one.over, two.over
    if both:
        return Formula(
            f"({one.text} and {two.text})",
            lambda request: test(request) and other(request),
            lambda answers: over(answers) & over_other(answers),
        )
    return Formula(
        f"({one.text} or {two.text})",
        lambda request: test(request) or other(request),
        lambda answers: over(answers) | over_other(answers),
    )


def add(parts: Sequence[tuple[int, Formula]], least: int) -> Formula:
    """Return the formula that holds when the weights of those that hold come to so much."""
    tests = [(weight, each.test) for weight, each in parts]
    return Formula(
        f"{' + '.join(f'{weight} * ({each.text})' for weight, each in parts)} >= {least}",
        lambda request: sum(weight * test(request) for weight, test in tests) >= least,
        lambda answers: np.asarray(
            sum(weight * each.over(answers).astype(np.int64) for weight, each in parts) >= least
        ),
    )


def draw(seed: int, atoms: Sequence[Atom]) -> Formula:
    """Return the random formula of a seed. With an odd seed its policy also asks for a grant of the action."""
    chance = random.Random(seed).random

    def tree(count: int) -> Formula:
        if count == 1:
            one = leaf(atoms[int(chance() * len(atoms))])
            return negate(one) if chance() < 0.5 else one
        left = 1 + int(chance() * (count - 1))
        return join(tree(left), tree(count - left), both=chance() < 0.6)

    drawn = tree(1 + int(chance() * 4))
    return join(leaf(GRANTED), drawn, both=True) if seed % 2 else drawn


def beside(atom: Atom, *, negated: bool = False) -> Formula:
    """Return the policy that permits what was sent via the app, or whatever an atom says: it stands on that alone."""
    other = negate(leaf(atom)) if negated else leaf(atom)
    return join(negate(leaf(NO_GRANT)), join(leaf(VIA_APP), other, both=False), both=True)


def draw_claims(seed: int, count: int) -> list[str]:
    """Return some different claims, the same for each seed."""
    chance = random.Random(f"claims of {seed}").random
    claims = list(CLAIMS)
    return [claims.pop(int(chance() * len(claims))) for _ in range(count)]


class Oracle:
    """The right answers, within the bound of a brute force."""

    def __init__(self, force: BruteForce, atoms: Sequence[Atom]) -> None:
        self._answers = _columns(list(force.watcher.numbers), atoms)
        found = sorted(force.shortest.items(), key=lambda item: len(item[1]))
        self._histories = [history for _, history in found]
        # The last number is of what is always so; it fills up the rows that need less.
        always = 2 * len(force.watcher.numbers)
        self._needed = np.full((len(found), max(len(pattern.needed) for pattern, _ in found)), always, dtype=np.int32)
        for row, (pattern, _) in enumerate(found):
            self._needed[row, : len(pattern.needed)] = pattern.needed
        broken = np.array([pattern.broken for pattern, _ in found], dtype=np.int64)
        self._broken = {claim: (broken >> place) & 1 == 1 for place, claim in enumerate(CLAIMS)}

    def shortest(self, formula: Formula, claims: Iterable[str]) -> dict[str, History | None]:
        """Return the shortest history that breaks each claim under a policy; None if there is none in the bound."""
        permitted = formula.over(self._answers)
        so = np.ones(2 * len(permitted) + 1, dtype=np.bool_)
        so[:-1:2], so[1::2] = permitted, ~permitted
        happens = so[self._needed].all(axis=1)
        found: dict[str, History | None] = {}
        for claim in claims:
            rows = np.flatnonzero(happens & self._broken[claim])
            found[claim] = self._histories[rows[0]] if len(rows) else None
        return found


def _columns(rows: Sequence[int], atoms: Sequence[Atom]) -> dict[str, Bits]:
    """The answers of each atom, by its text, from rows of bits."""
    width = (len(atoms) + 7) // 8
    packed = np.frombuffer(b"".join([row.to_bytes(width, "little") for row in rows]), dtype=np.uint8)
    bits = np.unpackbits(packed.reshape(len(rows), width), axis=1, bitorder="little")
    return {atom.text: bits[:, place].astype(np.bool_) for place, atom in enumerate(atoms)}
