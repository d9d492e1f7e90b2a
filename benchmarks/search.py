"""What do canonical states save? The same histories with them and without."""

from itertools import count, islice
from time import perf_counter

from attrs import frozen

from sim.search.alphabet import MATRIX
from sim.search.canonical import Key, canonical_key
from sim.search.exhaustive import explore, platform_for
from sim.service.platform import Platform
from sim.service.policy import BUILT_IN

STEPS = 3


@frozen
class Explored:
    """States visited, histories that they stand for, and seconds."""

    states: int
    histories: int
    seconds: float


def explored(key: Key) -> Explored:
    """All states after exactly so many steps by people."""
    began = perf_counter()
    level = list(islice(explore(start(), MATRIX, key, id), STEPS + 1))[-1]
    return Explored(len(level), sum(node.weight for node in level), perf_counter() - began)


def start() -> Platform:
    """Where the search starts; what people do depends on no policy."""
    return platform_for(BUILT_IN["everything"])


def savings() -> tuple[Explored, Explored]:
    """With canonical states, and with a key under which no two states are the same."""
    fresh = count()
    return explored(canonical_key(start())), explored(lambda _: next(fresh))
