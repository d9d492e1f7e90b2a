"""What does a checked call cost, in bare SimPy timeouts? And what of that are the invariants?"""

from collections.abc import Iterable
from itertools import cycle, islice

from simpy import Environment

from permiscope.judge.invariants import CLOSURE, i1, i3, i4, i5, i6, i8, i9, i10, i16, i18
from permiscope.judge.monitor import Monitor
from permiscope.model.extents import READINGS
from permiscope.model.steps import Compose, Consent, Reply
from permiscope.model.streams import constant
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import Observer
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.client import Client
from permiscope.world.clock import Behaviour
from permiscope.world.people import idle, script
from permiscope.world.simulation import Simulation
from tests.benchmarks.rounds import CALLS, Job, Spread, spread, take_turns

REPLY = READINGS["reply"]
START = 100.0


def ten_invariants() -> Monitor:
    """A fresh monitor of the ten."""
    return Monitor([i1(), i3(), i4(), i5(REPLY), i6(REPLY), i8(CLOSURE, "closure"), i9(), i10(), i16(), i18()])


def reader(client: Client) -> Behaviour:
    """Get what Ana sent via the app and what Ben answered, over and over: each call shows a body."""
    yield client.until(START)
    for message in islice(cycle(["m1", "m2"]), CALLS):
        yield client.get("Ana", message)


def checked(observers: Iterable[Observer]) -> Job:
    """All the calls of a round, up to the horizon; the day before them is over."""
    ana = script(Consent("Ana", "StreamCo", at=1.0), Compose("Ana", ("Ben",), via="StreamCo", text="Look!", at=2.0))
    ben = script(Consent("Ben", "StreamCo", at=1.0), Reply("Ben", "m1", text="I did.", at=3.0))
    simulation = Simulation(
        Service(BUILT_IN["reply"]),
        {"Ana": ana, "Ben": ben, "Cy": idle},
        {"StreamCo": reader},
        latency=constant(1.0),
        observers=observers,
    )
    simulation.clock.run(START)
    return simulation.clock.run


def bare() -> Job:
    """As many timeouts of SimPy as it comes."""
    environment = Environment()

    def wait() -> Behaviour:
        for _ in range(CALLS):
            yield environment.timeout(1.0)

    environment.process(wait())
    return environment.run


def costs() -> tuple[Spread, Spread]:
    """A checked call, and the invariants' share of it, in bare timeouts."""
    rounds = take_turns(bare, lambda: checked([ten_invariants().observe]), lambda: checked([]))
    return (
        spread([full / timeout for timeout, full, _ in rounds]),
        spread([(full - unchecked) / timeout for timeout, full, unchecked in rounds]),
    )
