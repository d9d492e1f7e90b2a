"""Plant each fault in the search that it could have, one after the other, and see whether the tests notice.

Run it with `python -m tests.oracle.planted`; it takes a quarter of an hour, and prints how many of how many faults are
found, and why others need not be. A fault is that the search is blind to something read, that a kind of step does not
belong to any alphabet, or that a key forgets something. It is found if one of the probes comes to something else.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from time import monotonic
from typing import Any

from attrs import evolve, frozen

from permiscope.engine import alphabet, bfs, hunting, space, symmetry
from permiscope.engine.alphabet import CHANGES, COMBINED, RELATED, Kind
from permiscope.engine.space import PARTS, Space
from permiscope.engine.symmetry import OPTIONAL
from permiscope.model import reads as vocabulary
from permiscope.model.reads import ENTAILED, OF_STATE, Read, Reads
from tests.oracle.probes import Probe, probes


@contextmanager
def replaced(*changes: tuple[Any, str, Any]) -> Iterator[None]:
    """Give attributes of modules and classes other values for a while."""
    before = [(where, name, getattr(where, name)) for where, name, _ in changes]
    for where, name, value in changes:
        setattr(where, name, value)
    bfs._shared.cache_clear()  # what was searched before is of another search
    try:
        yield
    finally:
        for where, name, value in before:
            setattr(where, name, value)
        bfs._shared.cache_clear()


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
    for read in sorted(OF_STATE):

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
    true = space.planned
    for kind in sorted(CHANGES.keys() - COMBINED - {"grant", "compose"}):

        def planned(*given: Any, kind: Kind = kind) -> Space:
            found = true(*given)
            return evolve(found, kinds=found.kinds - {kind})

        yield Planted(f"kind {kind}", of_kind(kind), ((hunting, "planned", planned),))
    for read in RELATED:
        table = without(RELATED, read)
        yield Planted(f"related {read}", reading(read), ((alphabet, "RELATED", table),))
    # What this changes is read by nobody: it is there for who answers whom.
    wide = CHANGES["compose-wide"]
    fewer = {**CHANGES, "compose-wide": evolve(wide, changes=wide.changes - {"thread.company"})}
    yield Planted("change thread.company", reading("thread.company"), ((alphabet, "CHANGES", fewer),))


def forgetting(read: Read) -> Callable[[Space], Reads]:
    """What a key keeps, but for a read."""
    return lambda searched: searched.reads & OPTIONAL - {read}


def forgetful_keys() -> Iterator[Planted]:
    """A key forgets what is optional though it is read, or what is in every key."""
    for read in sorted(OPTIONAL):
        kept = property(forgetting(read))
        yield Planted(f"key {read}", reading(read), ((Space, "kept", kept),))
    spelling = symmetry._Spelling
    true = spelling._tree

    def tree_without(*paths: tuple[int, ...]) -> Any:
        def tree(self: Any, *given: Any) -> Any:
            form = true(self, *given)
            for path in paths:
                form = _blank(form, path)
            return form

        return tree

    of_messages: Mapping[str, tuple[tuple[int, ...], ...]] = {
        "recipients": ((1, 0),),
        "holders": ((1, 1),),
        "trash": ((1, 3),),
        "holders and trash": ((1, 1), (1, 3)),
        "marks": ((2,),),
        "texts": ((3,),),
        "place": ((4,),),
    }
    for name, paths in of_messages.items():
        yield Planted(f"key of messages: {name}", everywhere, ((spelling, "_tree", tree_without(*paths)),))
    thread = spelling.thread
    for name, place in {"members": 0, "past members": 1}.items():

        def threads(self: Any, *given: Any, place: int = place) -> Any:
            return _blank(thread(self, *given), (place,))

        yield Planted(f"key of threads: {name}", everywhere, ((spelling, "thread", threads),))
    standing = spelling.standing

    def no_flags(self: Any, messaging: Any) -> Any:
        return _blank_flags(standing(self, messaging))

    yield Planted("key of people: what apps have", everywhere, ((spelling, "standing", no_flags),))
    yield Planted("key of people: grants", everywhere, ((spelling, "_grants", lambda *_: ()),))
    yield Planted(
        "key of grants: scope and end",
        of_kind("grant-narrowly", "grant-briefly", "grant-purpose"),
        ((spelling, "_grant", lambda _self, window, _clock: (window.grant.backfill,)),),
    )
    ties = spelling.ties
    for place, name in enumerate(("quotes", "calls in flight", "ids of apps")):

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
        for (*kept, _), people in app:
            merged[*kept, 0] = merged.get((*kept, 0), 0) | people
        groups.append(tuple(sorted(merged.items(), key=repr)))
    return tuple(groups)


def blind_services() -> Iterator[Planted]:
    """It is not known what a part of a service looks at."""
    for part, reads in PARTS.items():
        if reads:
            table = {**PARTS, part: frozenset()}
            yield Planted(f"part {part}", of_part(part), ((space, "PARTS", table),))


def narrow_plans() -> Iterator[Planted]:
    """What goes along with what a policy of somebody's own looks at is left out."""
    for table in ("BESIDE", "CLAIMED"):
        rows = getattr(space, table)
        for row in rows:
            yield Planted(f"along with {row}", everywhere, ((space, table, without(rows, row)),))
    for kind in sorted(space.ACTING):
        yield Planted(f"acting {kind}", of_kind(kind), ((space, "ACTING", space.ACTING - {kind}),))


SECONDS = 240.0
"""So long is looked for what notices a fault."""

ALWAYS_READ = "every search reads it, whoever else does"
BY_ITS_CLAIMS = "only invariants read it, and bring the steps that change it (`SPOKEN`)"
ALL_CALLS = "a claim that can break by it is searched with every call"
OF_OTHERS = "of recipients, holders and trash one follows from two, but for what was deleted, which opens nothing"
OPENS_NOTHING = "it takes away, or puts back what was there: without it the history is shorter"
EQUIVALENT: Mapping[str, str] = {
    "read grant.given": ALWAYS_READ,
    "read message.author": ALWAYS_READ,
    "read thread.company": "nobody reads it: `closure` adds it, which is a fault of its own",
    "read message.edited": BY_ITS_CLAIMS,
    "read message.trashed": BY_ITS_CLAIMS,
    "read message.held": BY_ITS_CLAIMS,
    "read app.stored": BY_ITS_CLAIMS,
    "read message.sources": "who reads segments reads texts, too; and what a forward quotes, another message quotes",
    "read thread.apps": "who reads it reads `message.via`, which the same steps change",
    "row thread.apps": "who reads it reads `message.via`, which the same steps change",
    "row request.grant": ALWAYS_READ,
    "row facts.granted": ALWAYS_READ,
    "row grant.until": "what compares an end with a constant is seen to read the clock, and a key has what is left",
    "row thread.root": "threads are looked up in `facts.threads`, which reads their order",
    "related message.in_reply_to": "a message put into a thread is answered like one that begins a thread",
    "related thread.order": "the same steps change it",
    "related grant.ended": "both make a key keep all grants, and steps of the same kinds change them",
    "kind deliver": "what is delivered was asked for: a `get` in one step does the same",
    "kind forget": OPENS_NOTHING,
    "kind restore": OPENS_NOTHING,
    "kind app-trash": "a person's `trash` does the same",
    "kind app-delete": OPENS_NOTHING,
    "read app.ids": "two runs that call a message otherwise differ when it is first told of",
    "key app.ids": "two runs that call a message otherwise differ when it is first told of",
    "part AsCatalogued": "the policy of scopes says that it reads the operation",
    "part CountsAll": ALL_CALLS,
    "part CountsRows": ALL_CALLS,
    "part SearchesAll": ALL_CALLS,
    "part ShowsSnippets": ALL_CALLS,
    "part PurgesAll": BY_ITS_CLAIMS,
    "part ShowsDrafts": BY_ITS_CLAIMS,
    "part ShowsThePast": BY_ITS_CLAIMS,
    "part ReturnsThreads": BY_ITS_CLAIMS,
    "part Labels": "a policy that looks at labels reads what it does",
    "part Mislabels": "a policy that looks at labels reads what it does, but for grants that ended; others do",
    "part OverstatesGrants": "a claim about scopes reads what it does",
    "key of ties: ids of apps": "two runs that call a message otherwise differ when it is first told of",
    "read other.opened": "what asks for it never is true, and is named for that",
    "key of messages: recipients": OF_OTHERS,
    "key of messages: holders": OF_OTHERS,
    "key of messages: trash": OF_OTHERS,
}
"""Why a fault that is not found changes no verdict."""


NOTICED_BY: Mapping[str, str] = {
    "key grant.ever": "granted once, and revoked",
    "key of threads: members": "a newcomer to the second thread",
    "key of threads: past members": "who left the second thread",
    "key of ties: quotes": "a quote of the second",
    "along with thread.members": "an app in a thread",
    "along with message.setters": "a label by a third person",
    "along with I18": "a mention in a draft",
    "along with I6": "a file of another message",
    "acting app-label": "a grant that ended by itself",
    "acting app-forward": "a grant to the second app",
}
"""Probes that are tried first, for hundreds of shorter ones do not notice."""


def is_found(planted: Planted, known: Iterable[Probe]) -> tuple[str, int]:
    """Return the name of the first probe that notices, or nothing; and how many were tried."""
    tried, end = 0, monotonic() + SECONDS
    known = sorted(filter(planted.concerns, known), key=lambda probe: probe.name != NOTICED_BY.get(planted.name))
    for tried, probe in enumerate(known, start=1):
        with replaced(*planted.changes):
            try:
                now = probe.run()
            except Exception as error:  # noqa: BLE001  # that it fails at all is noticed, too
                return f"{probe.name} ({type(error).__name__})", tried
        if now != probe.outcome:
            return probe.name, tried
        if monotonic() > end:
            break
    return "", tried


_KEPT: list[tuple[list[Planted], list[Probe]]] = []


def _keep(faults: list[Planted], known: list[Probe]) -> None:
    _KEPT.append((faults, known))


def _look(place: int) -> tuple[str, int]:
    ((faults, known),) = _KEPT
    return is_found(faults[place], known)


def main() -> None:
    """Plant every fault, and print which are found; with words, those alone whose names have one of them."""
    known = sorted(probes(), key=lambda probe: probe.seconds)
    print(f"{len(known)} probes, {sum(probe.seconds for probe in known):.0f} s", flush=True)
    faults = [*blind_reads(), *missing_kinds(), *forgetful_keys(), *blind_services(), *narrow_plans()]
    if words := sys.argv[1:]:
        faults = [planted for planted in faults if any(word in planted.name for word in words)]
    counts = {"found": 0, "equivalent": 0, "NOT FOUND": 0}

    # A fork has the probes, which cannot be sent.
    with get_context("fork").Pool(2, _keep, (faults, known)) as pool:
        for planted, (by, tried) in zip(faults, pool.imap(_look, range(len(faults))), strict=True):
            why = EQUIVALENT.get(planted.name)
            counts["found" if by else "equivalent" if why else "NOT FOUND"] += 1
            missed = f"equivalent: {why}" if why else f"NOT FOUND in {tried} of {sum(map(planted.concerns, known))}"
            print(f"{planted.name:36} {by or missed}", flush=True)
    print(f"of {len(faults)}:", ", ".join(f"{count} {name}" for name, count in counts.items()))
    sys.exit(bool(counts["NOT FOUND"]))


if __name__ == "__main__":
    main()
