"""`permiscope trim`: what is the least that an app must be granted, so that a feature still works?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from permiscope.cli.progress import end_if_pressed, progress, tell_how_far
from permiscope.cli.searching import check_bound
from permiscope.engine.alphabet import KINDS
from permiscope.engine.bfs import PUBLISHED, messaging_for
from permiscope.engine.guided import ONCE
from permiscope.engine.steadiness import check_in_process, unsteady
from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import judge
from permiscope.model.access import Scope
from permiscope.model.codec import Plain
from permiscope.model.errors import InputError, unknown
from permiscope.model.extents import READINGS
from permiscope.model.progress import Interruption
from permiscope.model.records import Called
from permiscope.model.steps import History
from permiscope.questions.policies.trim import FEATURES, Need, Trimmed, also_shown, least_scopes, scopes, sufficient
from permiscope.report.files import check_file, write_json
from permiscope.report.own import who_acts
from permiscope.report.platforms import sufficient_report
from permiscope.report.story import story
from permiscope.report.text import LIMITS, number, printable, table, wrap
from permiscope.service.door.build import service_for
from permiscope.service.platforms.vendor import Vendor, is_vendor, load_vendor
from permiscope.service.policies.guarding import load_guarded, watched
from permiscope.service.policies.policy import Policy, fingerprint


def trim(
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="Built-in name, expression, or file.py:function.")],
    keep: Annotated[
        list[str], typer.Option(metavar="|".join(FEATURES), help="What has to go on working; repeat it for several.")
    ],
    max_steps: Annotated[int, typer.Option(help="Run every history of at most so many steps.")] = 4,
    json: Annotated[Path | None, typer.Option(help="Write what was found to this file.")] = None,
) -> None:
    """Find the least scopes that keep a feature.

    A scope is a set of actions on one of the readings; of a platform, as `gmail`, it is one of its own. Exits with 1 if
    none keeps the feature, or if the histories are too short to tell.

    Example: permiscope trim everything --keep readback
    """
    features = tuple(dict.fromkeys(keep))
    for feature in features:
        if feature not in FEATURES:
            raise unknown("feature", feature, FEATURES, "permiscope trim --help")
    if is_vendor(policy):
        _of_platform(load_vendor(policy), features, max_steps, json)
        return
    loaded = load_guarded(policy)
    check_bound([loaded], max_steps)
    if json:
        check_file(json)
    needs = [need for feature in features for need in FEATURES[feature][1]]
    with watched():
        found, wider, interruption = _search(loaded, needs, max_steps)
        report = _report(loaded, features, found, wider)
    tell_how_far(interruption, f"this was found with at most {found.bound} steps")
    print(report)
    if json:
        write_json(json, _plain(loaded, features, found, wider))
    end_if_pressed(interruption)
    if not found.least or found.unvaried:
        raise typer.Exit(1)


def _of_platform(vendor: Vendor, features: Sequence[str], max_steps: int, json: Path | None) -> None:
    """The same of a platform's own scopes."""
    if max_steps < 1:
        raise InputError(f"`--max-steps {max_steps}` leaves no room for a call; use 1 or more")
    if json:
        check_file(json)
    needs = [need for feature in features for need in FEATURES[feature][1]]
    with progress("trying", "sets of scopes") as tick:
        found = sufficient(vendor, needs, max_steps, tick)
    sentences = {feature: FEATURES[feature][0] for feature in features}
    told = sufficient_report(vendor, sentences, [need.invariant.sentence for need in needs], found)
    print(f"{printable(told)}\n\n{wrap(LIMITS)}")
    if json:
        least = [{"scopes": scopes, "alike": alike} for scopes, alike in found.least.items()]
        counts = {**found.reach, "tried": found.tried}
        plain = {"platform": vendor.name, "as of": vendor.as_of, "keep": features, **counts, "least": least}
        write_json(json, plain)
    if not found.least:
        raise typer.Exit(1)


def _search(
    policy: Policy, needs: Sequence[Need], max_steps: int
) -> tuple[Trimmed, dict[Scope, History | None], Interruption]:
    """What was found, what a full grant shows beyond each of the least scopes, and whether it was interrupted."""
    found = Trimmed({}, space=PUBLISHED)
    wider: dict[Scope, History | None] = {}
    with progress("searching", "states") as tick, Interruption(lambda: found.bound) as interruption:
        for found in least_scopes(policy, needs, max_steps, tick):
            tick.note(f"{number(found.histories)} histories")
        for scope in found.least:
            wider[scope] = also_shown(policy, scope, found.bound, tick)
    if not interruption.pressed:
        stories = [*(each.witness for each in found.broken.values()), *(each for each in wider.values() if each)]
        check_in_process(policy, stories)
    return found, wider, interruption


def _report(policy: Policy, features: Sequence[str], found: Trimmed, wider: dict[Scope, History | None]) -> str:
    needs = [need.invariant for feature in features for need in FEATURES[feature][1]]
    count = len(list(scopes()))
    head = (
        f"Tried: {count} scopes, every set of actions on each of {len(READINGS)} readings, in every history of at most "
        f"{found.bound} steps; {who_acts(found.space)}; "
        f"{number(found.histories)} histories, {number(found.states)} states"
    )
    rows = [(each.name, f"called for in {number(found.fired[each.name])}", each.sentence) for each in needs]
    sentences = "\n".join(wrap(f"{feature}: {FEATURES[feature][0]}", "  ") for feature in features)
    steps = wrap(f"Steps: {', '.join(kind for kind in KINDS if kind in found.space.kinds)}, then one call", "  ")
    parts = [f"{wrap(head)}\n{steps}", f"{sentences}\n{table(['', '', ''], rows)}", _verdict(policy, features, found)]
    told: dict[History, list[Scope]] = {}
    for scope, history in wider.items():
        told.setdefault(history or (), []).append(scope)
    for history, alike in told.items():
        names = (
            "any of these" if len(alike) > 1 and len(told) == 1 else " and ".join(f"`{_named(one)}`" for one in alike)
        )
        parts.append(_beyond(policy, names, history, found.bound))
    return "\n\n".join([*map(printable, parts), wrap(LIMITS)])


def _verdict(policy: Policy, features: Sequence[str], found: Trimmed) -> str:
    kept = " and ".join(features)
    if found.least:
        lines = [wrap(f"The least that keeps {kept} under `{policy.name}`:")]
        meant: dict[str, list[str]] = {}
        for scope in found.least:
            meant.setdefault(_may(scope), []).append(_named(scope))
        rows = [("\n".join(names), may) for may, names in meant.items()]
        lines.append(table(["GRANT", "SO THE APP MAY"], rows))
        if len(found.least) > 1:
            lines.append("Any one of these will do: none lies within another.")
        if found.unvaried:
            lines.append(wrap(f"Cannot say: nothing here varied all that it looks at: {'; '.join(found.unvaried)}."))
        return "\n".join(lines)
    if found.broken:
        name, case = min(found.broken.items(), key=lambda each: len(each[1].steps))
        steps = len(case.witness)
        return "\n".join(
            [
                wrap(f"No scope keeps {kept} under `{policy.name}`: {name} is broken in {steps}, on a full grant:"),
                _told(policy, case.witness, case.need.invariant),
            ]
        )
    return wrap(
        f"not tested: no history of at most {found.bound} steps calls for {' and '.join(found.untested)}; use a larger "
        "`--max-steps`"
    )


def _named(scope: Scope) -> str:
    return str(scope) if scope.actions else f"nothing: {scope.extent.name}"


def _may(scope: Scope) -> str:
    """What a grant of the scope allows, in words."""
    on_messages = " and ".join(action for action in scope.actions if action != "send")
    parts = ["send"] if "send" in scope.actions else []
    if on_messages:
        parts.append(f"{on_messages} a message when {scope.extent.phrase}")
    return "; ".join(parts) or "do what the policy lets it, which asks for no action of a grant"


def _beyond(policy: Policy, names: str, history: History, bound: int) -> str:
    """What a full grant shows and scopes of these names do not."""
    if not history:
        return wrap(f"A full grant shows nothing in {bound} steps or less that is not shown on {names}.")
    told = _told(policy, history, None)
    return f"{wrap(f'A full grant would also show this, which is not shown on {names}:')}\n{told}"


def _told(policy: Policy, history: History, broken: Invariant | None) -> str:
    """The story of a history that breaks an invariant, or else shows a message; and it does so once more.

    Raises `InputError` if the policy answers otherwise than when the history was found.
    """
    trace, again = (messaging_for(service_for(policy), history).played(history) for _ in range(2))
    for records in (trace.records, again.records):
        last = records[-1]
        if broken is None:
            is_as_found = isinstance(last, Called) and bool(last.shown)
        else:
            is_as_found = judge(records, [broken])[0].broken > 0
        if not is_as_found:
            raise unsteady(policy, ONCE)
    return story(trace, policy)


def _plain(policy: Policy, features: Sequence[str], found: Trimmed, wider: dict[Scope, History | None]) -> Plain:
    """What was found, for a program: witnesses as steps, no timings."""
    return {
        "policy": policy.name,
        "hash": fingerprint(policy),
        "keep": features,
        **found.reach,
        "scopes": len(list(scopes())),
        "needs": [
            {
                "invariant": name,
                "fired": times,
                "broken": name in found.broken,
                "witness": found.broken[name].witness if name in found.broken else (),
            }
            for name, times in found.fired.items()
        ],
        "least": [
            {
                "actions": scope.actions,
                "extent": scope.extent.name,
                "full grant also shows": wider.get(scope) or (),
            }
            for scope in found.least
        ],
    }
