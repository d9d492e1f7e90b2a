"""Where does chance come from? One random stream for each (seed, entity, purpose), and no other.

So nobody's draws move anybody else's: with one app more, people still do what they did. Everything is derived
from `random()`, the one method whose sequence Python promises to keep.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from math import log
from random import Random
from typing import TypeVar
from urllib.parse import quote

Item = TypeVar("Item")
Streams = Callable[[str], Random]
"""The streams of one entity, by purpose."""

Draw = Callable[[Random], float]
"""A quantity that is drawn anew each time, such as how long a call takes."""

HOUR = 3600.0
DAY = 24 * HOUR
"""In virtual seconds, as all times are."""


def stream(seed: int, entity: str, purpose: str) -> Random:
    """The random stream of an entity for a purpose: the same in every run with this seed."""
    # The entity is quoted, so that no name of one runs into the purpose of another.
    name = f"{seed}/{quote(entity, safe='')}/{purpose}"
    return Random(int.from_bytes(sha256(name.encode()).digest(), "big"))


def constant(value: float) -> Draw:
    """Always the same. Raises `ValueError` for less than nothing: no delay ends before it begins."""
    if value < 0:
        raise ValueError(f"a quantity of {value:g} is less than nothing")

    def draw(random: Random) -> float:
        return value

    return draw


def exponential(mean: float) -> Draw:
    """Exponentially distributed: the gaps between events that happen at a steady rate."""

    def draw(random: Random) -> float:
        return -mean * log(1.0 - random.random())

    return draw


def pick(items: Sequence[Item], chance: float) -> Item:
    """The item that a number from 0 to 1 (exclusive) falls on, each as likely as the others."""
    return items[int(chance * len(items))]
