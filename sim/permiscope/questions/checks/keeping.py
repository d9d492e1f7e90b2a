"""Which services keep which invariants? The survey invariant × service, with the smallest history for each break.

Each invariant is searched with the steps that it speaks of, and those that are searched with the same steps are
searched together.
"""

from collections.abc import Iterator, Sequence

from attrs import evolve, frozen

from permiscope.engine.alphabet import ALL, BASE, READ, SPOKEN, steps_for
from permiscope.engine.alphabet import Kind as StepKind
from permiscope.engine.hunting import hunt_rules
from permiscope.engine.space import APPS, SECOND
from permiscope.judge.invariants import Answer, parse_invariant, u2, u3, u4, u5
from permiscope.judge.noninterference import LENSES, Rule, parse_rule
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.access import Operation
from permiscope.model.progress import Tick, no_tick
from permiscope.model.records import Called
from permiscope.model.state import State
from permiscope.model.steps import History
from permiscope.service.door.build import Service
from permiscope.service.door.services import SERVICES
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.faults.unfiltered import AttachmentsById
from permiscope.service.policies.policy import said_by

READINGS_TESTED = ("via-app", "reply", "threaded")
"""What I5, I6 and I7 and the paired runs are tested with: R1+, R2 and R4."""

CHECKS: tuple[str, ...] = (
    *("I1", "I2", "I3", "I4"),
    *(f"{family}:{reading}" for family in ("I5", "I6", "I7") for reading in READINGS_TESTED),
    *("I8:literal", "I8:closure"),
    *(f"I{number}" for number in range(9, 20)),
    *(f"{lens}:{reading}" for lens in LENSES for reading in READINGS_TESTED),
    *("I24", "I25", "I26", "I27"),
    *("U1", "U2", "U3", "U4", "U5"),
)

WORKERS = 2
BOUND = 5
IN_FLIGHT_BOUND = 6
"""For calls in flight where a label must be set first."""

OF_BODIES: frozenset[Operation] = frozenset({"get", "thread", "attachment"})
"""The calls that end a history where "the read" does: any channel that hands over a body by name."""

ONE_READ = frozenset({"I1", "I2", "I3", "I5", "I6", "I11", "I14", "I15", "I16", "I17", "I18"})
WITH_FILES = frozenset({"I5", "I6", "I7", "I16", "I18", *LENSES})
"""What is said of content is said of attachments; where they are checked as bodies are, none are needed."""


@frozen
class Cell:
    """What came of one check of one service, and how much was run for it."""

    service: str
    check: str
    sentence: str
    verdict: Verdict
    histories: int
    states: int

    @property
    def words(self) -> str:
        """The verdict as it stands on the screen; a utility is there or not."""
        if self.check.startswith("U"):
            return {Kind.REFUTED: "no", Kind.EXHAUSTED: "yes"}.get(self.verdict.kind, self.verdict.words)
        return self.verdict.words


Steps = tuple[frozenset[StepKind], frozenset[Operation], int]


def steps_in(check: str, service: Service) -> Steps:
    """The kinds of steps that a check of a service is tested with, the calls that end histories, and the bound."""
    family = check.partition(":")[0]
    kinds, operations = SPOKEN.get(family, (frozenset[StepKind](), READ))
    kinds = BASE | kinds
    if family in ONE_READ:
        operations = OF_BODIES
    elif family == "I7":
        operations |= OF_BODIES
    elif family == "I8":
        operations = ALL
    if family in WITH_FILES and AttachmentsById in service.parts:
        kinds |= {"attach"}
    bound = BOUND
    if labels_itself(service):
        kinds |= {"app-label"}
        if family in LENSES:
            operations |= {"label"}
        if "begin" in kinds:
            bound = IN_FLIGHT_BOUND
    return kinds, operations, bound


def labels_itself(service: Service) -> bool:
    """Whether the service goes by labels, and the app may set them."""
    extent = said_by(service.policy).extent
    return extent is not None and extent.name == "tagged"


def check_of(name: str, service: Service) -> Rule:
    """The rule as the service is tested by it: a utility waits for the label where the service goes by labels."""
    labelled = {"U2": u2, "U3": u3, "U4": u4, "U5": u5}
    if name in labelled and labels_itself(service):
        return labelled[name](labelled=True)
    return parse_rule(name)


def keeping(
    services: Sequence[Service] = tuple(SERVICES.values()),
    checks: Sequence[str] = CHECKS,
    tick: Tick = no_tick,
) -> Iterator[list[Cell]]:
    """The cells of the survey, more with each service, as they come to be known; two are searched at a time."""
    # Whoever searches in one process need not wait for what starts others.
    from joblib import Parallel, delayed

    jobs = (delayed(search_service)(service, checks) for service in services)
    cells: list[Cell] = []
    for done, found in enumerate(Parallel(n_jobs=WORKERS, return_as="generator")(jobs), start=1):
        cells += found
        tick(done, len(services))
        yield cells


def search_service(service: Service, checks: Sequence[str] = CHECKS) -> list[Cell]:
    """The cells of one service, in the order of the checks."""
    groups: dict[Steps, list[str]] = {}
    for check in checks:
        groups.setdefault(steps_in(check, service), []).append(check)
    cells = [
        cell
        for (kinds, operations, bound), names in groups.items()
        for cell in _group(service, names, kinds, operations, bound)
    ]
    order = {check: number for number, check in enumerate(checks)}
    return sorted(cells, key=lambda cell: order[cell.check])


def apps_for(kinds: frozenset[StepKind]) -> tuple[str, ...]:
    """The apps that these kinds of steps take."""
    return (*APPS, SECOND) if "hand" in kinds else APPS


def _group(
    service: Service,
    names: Sequence[str],
    kinds: frozenset[StepKind],
    operations: frozenset[Operation],
    bound: int,
) -> Iterator[Cell]:
    """The cells of the checks that are tested with the same steps."""
    rules = {name: check_of(name, service) for name in names}
    apps = apps_for(kinds)
    found = hunt_rules(service, rules.values(), bound, kinds, operations, apps=apps)
    for name, rule in rules.items():
        hunted = found[name]
        verdict = hunted.verdict
        if name == "I19":
            # No grant of the survey declares a purpose, and what a purpose means no record says.
            verdict = Verdict(Kind.NOT_TESTABLE, 0)
        yield Cell(service.name, name, rule.sentence, verdict, hunted.histories, hunted.states)


@frozen
class Incompatibility:
    """Two things that no service has at once, or one that none has without help, and a run that shows it."""

    what: str
    why: str
    service: Service
    history: History
    apps: tuple[str, ...] = APPS


def incompatibilities() -> Iterator[Incompatibility]:
    """What cannot be had together, each shown by its smallest history."""
    everything, best = SERVICES["everything"], SERVICES["ideal"]
    for utility, invariant, why in (
        ("U3", "I18", "The reply that the app is to read was written by somebody who never granted anything."),
        ("U4", "I5:reply", "What was said before is neither sent via the app nor an answer to it."),
    ):
        yield Incompatibility(f"{utility} with {invariant}", why, everything, _both(everything, utility, invariant))
    sequential = CATALOGUE["L10"].built_into(best)
    rule = "I21:reply"
    yield Incompatibility(
        f"{rule} with global sequential ids",
        "The number of a message that may be read says how many there were before.",
        sequential,
        next(_group_of(sequential, rule)).verdict.witness,
    )
    for name, why in (
        ("I25", "What an app was shown it can hand on, and no door of the service is on that way."),
        ("I26", "What an app has stored only the app can delete."),
    ):
        (cell,) = _group_of(best, name)
        apps = apps_for(steps_in(name, best)[0])
        yield Incompatibility(f"{name} without the app's co-operation", why, best, cell.verdict.witness, apps)


def _group_of(service: Service, check: str) -> Iterator[Cell]:
    kinds, operations, bound = steps_in(check, service)
    return _group(service, [check], kinds, operations, bound)


def _both(service: Service, utility: str, invariant: str) -> History:
    """The smallest history in which what a utility asks for is exactly what an invariant forbids."""
    wanted, forbidden = parse_invariant(utility), parse_invariant(invariant)

    def check(state: State, call: Called) -> Answer:
        useful = wanted.check(state, call)
        return None if useful is not True else forbidden.check(state, call)

    both = evolve(wanted, name=f"{utility} with {invariant}", check=check)
    kinds, operations = steps_for(utility)
    return hunt_rules(service, [both], BOUND, kinds, operations)[both.name].verdict.witness
