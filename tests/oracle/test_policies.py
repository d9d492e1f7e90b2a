"""Test that the real search and the brute force say the same of random policies.

The nightly profile draws more policies, runs every history of three steps, and some of four.
"""

import ast
import os
from collections.abc import Iterable, Sequence
from functools import cache
from math import inf
from pathlib import Path
from time import monotonic

import pytest

from permiscope.engine.hunting import hunt_rules
from permiscope.engine.space import parties
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import judge
from permiscope.judge.noninterference import parse_rule
from permiscope.judge.verdicts import Kind
from permiscope.model.access import Request
from permiscope.model.steps import History
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from tests.oracle.atoms import ATOMS, Atom
from tests.oracle.brute_force import BruteForce
from tests.oracle.claims import CLAIMS
from tests.oracle.formulas import Formula, Oracle, beside, draw, draw_claims, leaf, negate
from tests.oracle.steps import CHANNELS, any_step, fewer_steps

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
POLICIES = 2000 if NIGHTLY else 300
TOGETHER = 50 if NIGHTLY else 300
"""So many are one test: each process runs the histories of the oracle once."""
POLICIES_IN_FOUR = 300
SECONDS = inf if NIGHTLY else 0.1
SECONDS_IN_FOUR = 20.0
"""So long the search under one policy may take, in three steps and in four; what it ran until then is compared."""
STRIDE = 1 if NIGHTLY else 8
"""One in so many of the policies that stand on one atom is compared."""

nightly = pytest.mark.nightly
pytestmark = pytest.mark.one_python


def _is_granted(request: Request) -> bool:
    return request.grant is not None and request.action in request.grant.scope.actions


def _is_reply(request: Request) -> bool:
    """Whether the message was sent via the app, or answers one that was."""
    parent = request.facts.messages.get(request.message.in_reply_to or "")
    return request.message.via == request.app or (parent is not None and parent.via == request.app)


def _in_thread_of_app(request: Request) -> bool:
    messages, own = request.facts.messages.values(), request.message
    if request.grant is None or request.action == "send":
        return request.grant is not None and own.via == request.app
    return any(each.via == request.app for each in messages if each.thread == own.thread)


def _before_app(request: Request) -> bool:
    """Whether there is no grant and no message via an app, or a grant and the message is via this one."""
    if request.grant is None:
        return request.action == "read" and not any(each.via for each in request.facts.messages.values())
    return request.message.via == request.app


ALWAYS = Atom("always", lambda _: True)
UNGRANTED = Atom("ungranted", _before_app, of_call=True)
NOT_PRIVATE = Atom("not private", lambda r: r.grant is not None and not r.facts.labelled(r.message.id, "private"))
OF_THREAD = Atom("thread read", _in_thread_of_app, of_call=True)
REPLY = Atom("reply", lambda r: _is_granted(r) and _is_reply(r), of_call=True)
REPLY_OR_DRAFT = Atom("reply or draft", lambda r: _is_granted(r) and (_is_reply(r) or r.message.draft), of_call=True)
REPLY_OR_SESSION = Atom(
    "reply or session",
    lambda r: _is_granted(r) and (_is_reply(r) or r.facts.interacting(r.app, r.owner, r.message.id)),
    of_call=True,
)
CASES = (ALWAYS, UNGRANTED, NOT_PRIVATE, OF_THREAD, REPLY, REPLY_OR_DRAFT, REPLY_OR_SESSION)
"""Policies whose right answers were derived by hand."""


@cache
def oracle() -> Oracle:
    """Return what every history of three steps comes to."""
    atoms = ATOMS + CASES
    return Oracle((BruteForce(3, atoms, CHANNELS, any_step) if NIGHTLY else BruteForce(3, atoms)).run(), atoms)


@cache
def oracle_in_four() -> Oracle:
    """Return what histories of four steps come to, with fewer kinds of steps."""
    atoms = ATOMS + CASES
    return Oracle(BruteForce(4, atoms, keep=fewer_steps).run(), atoms)


@pytest.mark.parametrize("name", ["atoms", "brute_force", "claims", "formulas", "steps", "together"])
def test_oracle_imports_nothing_of_search(name: str) -> None:
    """Import nothing but the model, the service and itself, in each module of the oracle."""
    tree = ast.parse((Path(__file__).parent / f"{name}.py").read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    ours = {module for module in imported if module.split(".")[0] in ("permiscope", "tests")}
    assert all(module.startswith(("permiscope.model.", "permiscope.service.", "tests.oracle.")) for module in ours)


def test_atoms_have_different_texts() -> None:
    """Tell all atoms apart by their texts, by which their answers are kept."""
    assert len({atom.text for atom in ATOMS + CASES}) == len(ATOMS + CASES)


DERIVED: tuple[tuple[Atom, str, int | None], ...] = (
    (ALWAYS, "I1", 2),
    (ALWAYS, "I5:reply", 2),
    (UNGRANTED, "I1", 2),
    (UNGRANTED, "I5:reply", 2),
    (NOT_PRIVATE, "I1", None),
    (NOT_PRIVATE, "I5:reply", 3),
    (OF_THREAD, "I5:reply", None),
    (REPLY, "I5:reply", None),
    (REPLY, "I5:authored", 3),
    (REPLY_OR_DRAFT, "I5:reply", 3),
    (REPLY_OR_SESSION, "I5:reply", None),
)
"""How soon a claim breaks under policies whose answer was derived by hand."""


@nightly
@pytest.mark.parametrize(("case", "length"), [(OF_THREAD, 4), (REPLY_OR_SESSION, 4), (REPLY, None)])
def test_oracle_answers_in_four_steps(case: Atom, length: int | None) -> None:
    """Give the right answer where it takes four steps."""
    assert length_of(oracle_in_four().shortest(leaf(case), ["I5:reply"])["I5:reply"]) == length


@pytest.mark.parametrize("first", range(0, POLICIES, TOGETHER))
def test_search_agrees_with_oracle(first: int) -> None:
    """Find the same verdict and the same length as the oracle, for random policies and claims.

    The oracle is first held to what was derived by hand, and its histories are played: the monitors know nothing of it.
    Some policies stand on one atom or its contrary, beside what was sent via the app; nothing else can give them away.
    """
    drawn = [(draw(seed, ATOMS), draw_claims(seed, 3)) for seed in range(first, first + TOGETHER)]
    differences = []
    if first == 0:
        for case, claim, length in DERIVED:
            assert length_of(oracle().shortest(leaf(case), [claim])[claim]) == length, (case.text, claim)
        for formula, _ in drawn[:20]:
            for claim, history in oracle().shortest(formula, CLAIMS).items():
                if history is not None:
                    assert breaks(formula, claim, history), f"{formula.text}\n{claim} is not broken by {history}"
        alone = [beside(atom, negated=negated) for atom in ATOMS for negated in (False, True)][::STRIDE]
        differences += [line for formula in alone for line in compare(formula, ["I5:via-app", "I1"])]
    differences += [line for formula, claims in drawn for line in compare(formula, claims, seconds=SECONDS)]
    assert not differences, "\n\n".join([f"{len(differences)} differ", *differences[:10]])


@nightly
@pytest.mark.parametrize("atom", ATOMS, ids=[atom.text for atom in ATOMS])
def test_search_agrees_with_oracle_on_an_atom_alone(atom: Atom) -> None:
    """Put every claim to the policy that permits what an atom says, and to its contrary: nothing else is looked at."""
    alone = (leaf(atom), negate(leaf(atom)))
    differences = [line for formula in alone for claim in CLAIMS for line in compare(formula, [claim])]
    assert not differences, "\n\n".join([f"{len(differences)} differ", *differences])


@nightly
@pytest.mark.parametrize("first", range(0, POLICIES_IN_FOUR, TOGETHER))
def test_search_finds_what_oracle_finds_in_four_steps(first: int) -> None:
    """Compare one way only, for this oracle has fewer steps than the search."""
    drawn = [(draw(seed, ATOMS), draw_claims(seed, 3)) for seed in range(first, first + TOGETHER)]
    differences = [line for formula, claims in drawn for line in compare(formula, claims, 4, SECONDS_IN_FOUR)]
    assert not differences, "\n\n".join([f"{len(differences)} differ", *differences[:10]])


def compare(formula: Formula, claims: Sequence[str], bound: int = 3, seconds: float = inf) -> Iterable[str]:
    """Return how the two differ on a policy and claims: a paragraph for each claim."""
    right = (oracle() if bound == 3 else oracle_in_four()).shortest(formula, claims)
    rules = [parse_rule(claim) for claim in claims]
    found = hunt_rules(Service(formula.policy), rules, bound, until=monotonic() + seconds)
    for claim in claims:
        verdict = found[claim].verdict
        if found[claim].begun and (length_of(right[claim]) or NEVER) > (verdict.bound or 0) and not verdict.witness:
            continue  # it says how far it came, and so far they agree
        length = verdict.steps if verdict.kind is Kind.REFUTED else None
        shortest = length_of(right[claim])
        # The search combines attributes of a message, which the oracle does not: what it finds sooner is played.
        is_sooner = length is not None and length < (shortest or NEVER) and breaks(formula, claim, verdict.witness)
        if length != shortest and not is_sooner:
            yield difference(formula, claim, f"{verdict.kind.name} in {verdict.steps}", right[claim])


NEVER = 9


def breaks(formula: Formula, claim: str, history: History) -> bool:
    """Play a history under the real policy, and return whether it breaks the claim."""
    messaging = MessagingService(Service(formula.policy), *parties(history))
    messaging.play(history)
    (tally,) = judge(messaging.door.records, [parse_invariant(claim)])
    return tally.broken > 0


def difference(formula: Formula, claim: str, found: str, history: History | None) -> str:
    """Return what somebody needs to know to find the mistake."""
    steps = "\n  ".join(map(str, history or ["(none)"]))
    return f"policy: {formula.text}\nclaim: {claim}\nsearch: {found}\noracle: {length_of(history)}\n  {steps}"


def length_of(history: History | None) -> int | None:
    """Return the number of steps of a history, if there is one."""
    return None if history is None else len(history)
