"""Plant each fault in the search that it could have, one after the other, and see whether the tests notice.

Run it with `python -m tests.oracle.planted`; it takes some minutes, and prints how many of how many faults are found.
A fault is that the search is blind to something read, that a kind of step does not belong to any alphabet, or that a
key forgets something. It is found if a random policy, a reproduction or a random scene gets another verdict.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from attrs import frozen

from sim.judge.noninterference import parse_rule
from sim.model import reads as vocabulary
from sim.model.extents import parse_extent
from sim.model.reads import ENTAILED, OF_STATE, Read, Reads
from sim.search import alphabet, canonical, exhaustive, space
from sim.search.alphabet import CHANGES, RELATED, Kind
from sim.search.canonical import OPTIONAL
from sim.search.paired import hunt_rules
from sim.search.space import PARTS, Space
from sim.service.build import Service
from sim.service.policy import ExtentPolicy, FunctionPolicy
from tests.oracle.atoms import ATOMS
from tests.oracle.formulas import beside as of_atom
from tests.oracle.formulas import draw, draw_claims
from tests.oracle.services import RULES, draw_scene
from tests.test_kept import DIRECT, OF_OURS, beside

Outcome = tuple[tuple[str, int | None], ...]
"""By rule, the length of the shortest break."""


@frozen
class Probe:
    """A search whose outcome is known, and what it went by."""

    name: str
    run: Callable[[], Outcome]
    outcome: Outcome
    space: Space
    parts: tuple[str, ...]
    seconds: float


def outcome_of(service: Service, rules: list[str], bound: int, before: Any = ()) -> tuple[Outcome, Space]:
    """Search, and return how long the shortest break of each rule is."""
    found = hunt_rules(service, [parse_rule(rule) for rule in rules], bound, given=before)
    one = next(iter(found.values()))
    if one.space is None:
        raise AssertionError("a hunt says what it searched")
    lengths = tuple((name, each.verdict.steps if each.verdict.witness else None) for name, each in found.items())
    return lengths, one.space


def probes(policies: int, scenes: int) -> Iterator[Probe]:
    """Everything whose outcome is compared: reproductions, random policies, random scenes."""

    def probe(name: str, service: Service, rules: list[str], bound: int, before: Any = ()) -> Probe:
        begun = perf_counter()
        outcome, searched = outcome_of(service, rules, bound, before)
        parts = tuple(part.__name__ for part in service.parts)
        return Probe(
            name, lambda: outcome_of(service, rules, bound, before)[0], outcome, searched, parts, perf_counter() - begun
        )

    for policy, rule, bound in OF_OURS:
        yield probe(policy, Service(ExtentPolicy(parse_extent(policy))), [rule], bound)
    for name, (bound, condition) in DIRECT.items():
        yield probe(name, Service(FunctionPolicy(name, "", beside(condition))), ["I5:via-app"], bound)
    for atom in ATOMS:
        for negated in (False, True):
            formula = of_atom(atom, negated=negated)
            yield probe(formula.text, Service(formula.policy), ["I5:via-app", "I1"], 3)
    for seed in range(policies):
        formula = draw(seed, ATOMS)
        yield probe(f"policy {seed}", Service(formula.policy), draw_claims(seed, 3), 3)
    for seed in range(scenes):
        scene = draw_scene(seed, 6, RULES, 4)
        yield probe(f"scene {seed}", scene.service, [rule.name for rule in scene.rules], 2, scene.before)


@contextmanager
def replaced(*changes: tuple[Any, str, Any]) -> Iterator[None]:
    """Give attributes of modules and classes other values for a while."""
    before = [(where, name, getattr(where, name)) for where, name, _ in changes]
    for where, name, value in changes:
        setattr(where, name, value)
    exhaustive._shared.cache_clear()  # what was searched before is of another search
    try:
        yield
    finally:
        for where, name, value in before:
            setattr(where, name, value)
        exhaustive._shared.cache_clear()


@frozen
class Planted:
    """A fault: its name, which probes could notice it, and how it is planted."""

    name: str
    concerns: Callable[[Probe], bool]
    changes: tuple[tuple[Any, str, Any], ...]


def reading(read: Read) -> Callable[[Probe], bool]:
    """Whether a probe's search went by a read."""
    return lambda probe: read in probe.space.reads


def looking(read: Read) -> Callable[[Probe], bool]:
    """Whether a policy was seen to look at something."""
    return lambda probe: read in probe.space.looks


def of_kind(*kinds: Kind) -> Callable[[Probe], bool]:
    """Whether one of these kinds of steps was in the alphabet."""
    return lambda probe: bool(probe.space.kinds & {*kinds})


def of_part(part: str) -> Callable[[Probe], bool]:
    """Whether the service had a part."""
    return lambda probe: part in probe.parts


def everywhere(_: Probe) -> bool:
    """A fault that may show in any search."""
    return True


def without(table: Mapping[Any, Any], key: Any) -> dict[Any, Any]:
    """A table without a row."""
    return {name: row for name, row in table.items() if name != key}


def blind_reads() -> Iterator[Planted]:
    """Whoever looks at it, it is not known to be read."""
    true = space._all_reads  # a planted fault has to reach inside
    for read in sorted(OF_STATE - {vocabulary.APPS}):

        def blind(*given: Any, read: Read = read) -> Reads:
            return true(*given) - {read}

        yield Planted(f"read {read}", reading(read), ((space, "_all_reads", blind),))
    for read, entailed in sorted(ENTAILED.items()):
        if entailed != {read}:
            table = {**ENTAILED, read: frozenset({read}) & OF_STATE}
            yield Planted(
                f"row {read}",
                looking(read),
                ((vocabulary, "ENTAILED", table),),
            )


def missing_kinds() -> Iterator[Planted]:
    """A kind of step is in no alphabet that goes by reads."""
    true = alphabet.closure
    for kind in CHANGES:

        def closure(reads: Any, kind: Kind = kind) -> Any:
            kinds, read = true(reads)
            return kinds - {kind}, read

        yield Planted(f"kind {kind}", of_kind(kind), ((space, "closure", closure),))
    for read in RELATED:
        table = without(RELATED, read)
        yield Planted(f"related {read}", reading(read), ((alphabet, "RELATED", table),))


def forgetting(read: Read) -> Callable[[Space], Reads]:
    """What a key keeps, but for a read."""
    return lambda searched: searched.reads & OPTIONAL - {read}


def forgetful_keys() -> Iterator[Planted]:
    """A key forgets what is optional though it is read, or what is in every key."""
    for read in sorted(OPTIONAL):
        kept = property(forgetting(read))
        yield Planted(f"key {read}", reading(read), ((Space, "kept", kept),))
    spelling = canonical._Spelling
    true = spelling._tree

    def tree_without(*path: int) -> Any:
        def tree(self: Any, *given: Any) -> Any:
            return _blank(true(self, *given), path)

        return tree

    for name, path in {
        "recipients": (1, 0),
        "holders": (1, 1),
        "trash": (1, 3),
        "marks": (2,),
        "texts": (3,),
        "place": (4,),
    }.items():
        yield Planted(f"key of messages: {name}", everywhere, ((spelling, "_tree", tree_without(*path)),))
    thread = spelling.thread
    for name, place in {"members": 0, "past members": 1}.items():

        def threads(self: Any, *given: Any, place: int = place) -> Any:
            return _blank(thread(self, *given), (place,))

        yield Planted(f"key of threads: {name}", everywhere, ((spelling, "thread", threads),))
    standing = spelling.standing

    def no_flags(self: Any, platform: Any) -> Any:
        return _blank_flags(standing(self, platform))

    yield Planted("key of people: what apps have", everywhere, ((spelling, "standing", no_flags),))
    yield Planted("key of people: grants", everywhere, ((spelling, "_grants", lambda *_: ()),))
    yield Planted(
        "key of grants: scope and end",
        of_kind("grant-narrowly", "grant-briefly", "grant-purpose"),
        ((spelling, "_grant", lambda _self, window, _clock: (window.grant.backfill,)),),
    )
    ties = spelling.ties
    for place, name in enumerate(("quotes", "calls in flight", "what apps had", "ids of apps")):

        def tied(self: Any, *given: Any, place: int = place) -> Any:
            return _blank(ties(self, *given), (place,))

        yield Planted(f"key of ties: {name}", everywhere, ((spelling, "ties", tied),))


def _blank(form: Any, path: tuple[int, ...]) -> Any:
    """A form without what is at a path in it."""
    place, *deeper = path
    inner = _blank(form[place], tuple(deeper)) if deeper else () if isinstance(form[place], tuple) else 0
    return (*form[:place], inner, *form[place + 1 :])


def _blank_flags(spelled: Any) -> Any:
    groups = []
    for app in spelled:
        merged: dict[Any, int] = {}
        for (grants, _), people in app:
            merged[grants, 0] = merged.get((grants, 0), 0) | people
        groups.append(tuple(sorted(merged.items(), key=repr)))
    return tuple(groups)


def blind_services() -> Iterator[Planted]:
    """It is not known what a part of a service looks at."""
    for part, reads in PARTS.items():
        if reads:
            table = {**PARTS, part: frozenset()}
            yield Planted(f"part {part}", of_part(part), ((space, "PARTS", table),))


LIMIT = 40
"""So many probes are tried at most for a fault."""
SLOW = 2.0
"""A probe that takes so many seconds is left out."""


def is_found(planted: Planted, known: list[Probe]) -> str:
    """Return the name of the first probe that notices, or nothing."""
    concerned = [probe for probe in known if planted.concerns(probe)]
    for probe in concerned[:LIMIT]:
        with replaced(*planted.changes):
            try:
                now = probe.run()
            except Exception as error:  # noqa: BLE001  # that it fails at all is noticed, too
                return f"{probe.name} ({type(error).__name__})"
        if now != probe.outcome:
            return probe.name
    return ""


def main() -> None:
    """Plant every fault, and print which are found."""
    known = [probe for probe in probes(40, 20) if probe.seconds < SLOW]
    faults = [*blind_reads(), *missing_kinds(), *forgetful_keys(), *blind_services()]
    missed = []
    for planted in faults:
        by = is_found(planted, known)
        concerned = sum(planted.concerns(probe) for probe in known)
        print(f"{planted.name:36} {by or f'NOT FOUND in {min(concerned, LIMIT)} of {concerned}'}", flush=True)
        if not by:
            missed.append(planted.name)
    print(f"{len(faults) - len(missed)} of {len(faults)} found")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
