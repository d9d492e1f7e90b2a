"""`permiscope diff`: do two policies permit the same, and which history tells them apart?"""

from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from permiscope.cli.progress import end_if_pressed, progress, tell_how_far
from permiscope.cli.searching import SECONDS, check_bound
from permiscope.engine.alphabet import KINDS
from permiscope.engine.bfs import PUBLISHED, messaging_for
from permiscope.engine.steadiness import check_in_process
from permiscope.model.access import ACTIONS, Decision
from permiscope.model.codec import Plain
from permiscope.model.progress import Interruption
from permiscope.model.steps import History
from permiscope.questions.policies.compare import Comparison, Difference, Relation, compare_policies, request_of
from permiscope.report.files import check_file, write_json
from permiscope.report.own import who_acts
from permiscope.report.story import story
from permiscope.report.text import LIMITS, number, printable, table, wrap
from permiscope.service.door.build import service_for
from permiscope.service.policies.explain import explain
from permiscope.service.policies.guarding import load_guarded, watched
from permiscope.service.policies.policy import Policy, fingerprint, said_by

BOUND, BOUND_OF_SCOPES = 5, 4
"""Steps that are all run if nothing is said: fewer where every operation is asked for, at two doors."""


def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="Built-in name, expression, or file.py:function.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another, likewise.")],
    max_steps: Annotated[
        int | None, typer.Option(help="Run every history of at most so many steps (5; of a platform's scopes, 4).")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Search for so long (60 for policies of your own, without --max-steps).")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write what was found to this file.")] = None,
    allow_untested: Annotated[bool, typer.Option("--allow-untested", help="Let *not tested* pass.")] = False,
) -> None:
    """Tell two policies apart, by the smallest history that does.

    Without --max-steps, policies of your own are compared until they differ in what is read. Exits with 1 if they
    differ, or if neither ever permits anything.

    Example: permiscope diff threaded reply
    """
    policies = load_guarded(a), load_guarded(b)
    until_apart = max_steps is None and not all(said_by(each).asks_grant for each in policies)
    if seconds is None and until_apart:
        seconds = SECONDS
    if max_steps is None:
        max_steps = BOUND_OF_SCOPES if any(said_by(each).scopes for each in policies) else BOUND
    check_bound(policies, max_steps)
    if json:
        check_file(json)
    with watched():
        found, interruption = _compare(policies, max_steps, seconds, until_apart=until_apart)
        report = _report(policies, found)
    tell_how_far(interruption, f"this was found with at most {found.bound} steps")
    print(report)
    if json:
        write_json(json, _plain(policies, found))
    end_if_pressed(interruption)
    fine = {Relation.EQUIVALENT, Relation.UNTESTED} if allow_untested else {Relation.EQUIVALENT}
    if found.relation() not in fine:
        raise typer.Exit(1)


def _compare(
    policies: Sequence[Policy], max_steps: int, seconds: float | None, *, until_apart: bool
) -> tuple[Comparison, Interruption]:
    """What was found, and whether the search was interrupted before its end."""
    found = Comparison(space=PUBLISHED, begun=True)
    a, b = policies
    until = None if seconds is None else monotonic() + seconds
    with progress("asking both in", "states") as tick, Interruption(lambda: found.bound) as interruption:
        for found in compare_policies(a, b, max_steps, tick, until=until):
            apart = [len(each.witness) for each in found.differences()]
            tick.note(f"{number(found.histories)} histories" + (f", apart in {min(apart)}" if apart else ""))
            if until_apart and any(each.action in ("read", "get") for each in found.differences()):
                break
    for policy in () if interruption.pressed else policies:
        check_in_process(policy, [each.witness for each in found.differences()])
    return found, interruption


def _report(policies: Sequence[Policy], found: Comparison) -> str:
    begun = f" ({found.bound + 1} were begun)" if found.begun else ""
    head = (
        f"Asked: every history of at most {found.bound} steps{begun}; {who_acts(found.space)}; "
        f"{number(found.histories)} histories, {number(found.states)} states"
    )
    whole = "" if found.asked != ACTIONS or "grant-narrowly" in found.space.kinds else "; grants are full ones"
    steps = f"Steps: {', '.join(kind for kind in KINDS if kind in found.space.kinds)}, then one call{whole}"
    parts = [f"{wrap(head)}\n{wrap(steps)}", _sentence(policies, found), _by_action(found)]
    told: dict[tuple[bool, History], list[Difference]] = {}
    for difference in found.differences():
        told.setdefault((difference.only_a, difference.steps), []).append(difference)
    parts += [_told(policies, alike) for alike in told.values()]
    return "\n\n".join([*map(printable, parts), wrap(LIMITS)])


def _sentence(policies: Sequence[Policy], found: Comparison) -> str:
    """The verdict, and what may be said with it."""
    a, b = (policy.name for policy in policies)
    relation = found.relation()
    said = {
        Relation.EQUIVALENT: f"`{a}` and `{b}` answer alike in all of these. Longer ones were not examined.",
        Relation.A_MORE: f"`{a}` permits what `{b}` refuses, and in none of these `{b}` permits what `{a}` refuses.",
        Relation.B_MORE: f"`{b}` permits what `{a}` refuses, and in none of these `{a}` permits what `{b}` refuses.",
        Relation.INCOMPARABLE: f"Each of `{a}` and `{b}` permits something that the other refuses.",
        Relation.UNVARIED: f"`{a}` and `{b}` answer alike in all of these, but nothing in them varied all that they "
        f"look at: {'; '.join(found.unvaried)}.",
        Relation.UNTESTED: f"Neither `{a}` nor `{b}` ever permitted anything, so there was nothing to tell apart.",
    }
    return f"A {a}\nB {b}\n\n{relation}\n{wrap(said[relation])}"


def _by_action(found: Comparison) -> str:
    rows = []
    for action in found.asked:
        steps = [str(len(each.witness)) for each in found.differences() if each.action == action]
        counts = [found.answers[action, *pair] for pair in ((True, False), (False, True), (True, True))]
        rows.append((action, found.relation(action).value, " and ".join(steps), *map(number, counts)))
    head = "ACTION" if found.asked == ACTIONS else "OPERATION"
    return table([head, "", "APART IN", "ONLY A", "ONLY B", "BOTH PERMIT"], rows)


def _told(policies: Sequence[Policy], alike: Sequence[Difference]) -> str:
    """The story of a difference, and what else is told apart by the same steps."""
    first, *others = alike
    permitting = policies[0 if first.only_a else 1]
    lines = [
        f"Only {'A' if first.only_a else 'B'} permits this ({first.action}), told under `{permitting.name}`:",
        story(messaging_for(service_for(permitting), first.witness).played(first.witness), permitting),
        *(_answer(side, policy, first) for side, policy in zip("AB", policies, strict=True)),
    ]
    if others:
        lines.append(f"  Likewise after the same steps: {', '.join(each.action for each in others)}.")
    return "\n".join(lines)


def _answer(side: str, policy: Policy, difference: Difference) -> str:
    """What a policy answers at the end of the history, and why."""
    messaging = messaging_for(service_for(policy), difference.witness)
    messaging.play(difference.steps)
    request = request_of(messaging, difference.call)
    record = messaging.begin(difference.call, messaging.clock + 1.0)
    permitted = record.outcome != "refused"
    why = explain(policy, request, Decision(permitted, record.reason, record.error))
    if permitted and request.grant is None:
        why = f"{request.owner} granted {request.app} nothing, and `{policy.name}` permits it all the same"
    return wrap(f"  {side} {'permits' if permitted else 'refuses'}: {why}.", "    ")


def _plain(policies: Sequence[Policy], found: Comparison) -> Plain:
    """What was found, for a program: witnesses as steps, no timings."""
    sides: Plain = {
        side: {"policy": policy.name, "hash": fingerprint(policy)} for side, policy in zip("AB", policies, strict=True)
    }
    return {
        **found.reach,
        **sides,
        "verdict": found.relation().value,
        "actions": {
            action: {
                "verdict": found.relation(action).value,
                "only A": found.answers[action, True, False],
                "only B": found.answers[action, False, True],
                "both": found.answers[action, True, True],
                "neither": found.answers[action, False, False],
            }
            for action in found.asked
        },
        "differences": [
            {
                "permitted by": "A" if each.only_a else "B",
                "action": each.action,
                "steps": len(each.witness),
                "witness": each.witness,
            }
            for each in found.differences()
        ],
    }
