"""Is a bound one that can be searched?"""

from sim.model.errors import InputError
from sim.search.exhaustive import forecast

TOO_MANY = 10_000_000
"""States that take hours to visit."""


def check_bound(max_steps: int, *, force: bool = False) -> None:
    """Raises `InputError` for a bound that leaves no room, or that would take hours and is not forced."""
    if max_steps < 1:
        raise InputError(f"`--max-steps {max_steps}` leaves no room for a read; use 1 or more")
    histories, states = forecast(max_steps)
    if states > TOO_MANY and not force:
        raise InputError(
            f"`--max-steps {max_steps}` means about {histories:.0e} histories and {states:.0e} states, which takes "
            "hours; use a smaller bound, or `permiscope test --force`"
        )
