"""Which readings of "the app's content" can be granted at all? For each platform: exactly, wider only, or not at all.

What a scope shows text of is an extent, and whether one extent lies within another is seen within a bound. Whose
mailboxes a consent opens is another question, and left out here; so is what reaches an app by a forward or a rule, for
nobody grants these to have something read.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from attrs import frozen

from permiscope.model.access import Grade, Operation
from permiscope.model.extents import Extent
from permiscope.questions.policies.compare import included
from permiscope.service.platforms.vendor import Mark, Vendor, VendorScope

BOUND = 4
"""Steps within which extents are compared."""

Fit = Literal["exactly", "wider", "not at all"]
OF_TEXT: frozenset[Operation] = frozenset({"get", "thread", "export", "attachment"})


@frozen
class Expressed:
    """How closely a platform's scopes fit a reading, the scope that fits it best, and how well that is known."""

    fit: Fit
    scope: str = ""
    mark: Mark | None = None


def expressed(vendors: Iterable[Vendor], readings: Iterable[Extent]) -> Mapping[str, Mapping[str, Expressed]]:
    """For each platform and each reading, the scope whose text is of its messages, or of these and the fewest more."""
    shown = {vendor.name: (vendor, list(_showing(vendor))) for vendor in vendors}
    extents = {scope.extent.name: scope.extent for _, scopes in shown.values() for _, scope in scopes}
    readings = list(readings)
    extents |= {reading.name: reading for reading in readings}
    within = included(extents.values(), BOUND)
    return {
        name: {reading.name: _best(vendor, scopes, reading, within) for reading in readings}
        for name, (vendor, scopes) in shown.items()
    }


def _showing(vendor: Vendor) -> Iterable[tuple[str, VendorScope]]:
    """The scopes that hand over text."""
    for name, scope in vendor.scopes.items():
        opened = vendor.opened(name).keys()
        by_push = vendor.pushes is Grade.BODY and "subscribe" in opened
        if scope.grade is Grade.BODY and not scope.narrows and (by_push or opened & OF_TEXT):
            yield name, scope


def _best(
    vendor: Vendor,
    scopes: Iterable[tuple[str, VendorScope]],
    reading: Extent,
    within: frozenset[tuple[str, str]],
) -> Expressed:
    holding = [(name, scope) for name, scope in scopes if (reading.name, scope.extent.name) in within]
    if not holding:
        return Expressed("not at all")

    def narrowness(each: tuple[str, VendorScope]) -> int:
        """Of those that hold the reading, within how many it lies."""
        return sum((each[1].extent.name, other.extent.name) in within for _, other in holding)

    name, scope = max(holding, key=narrowness)
    fit: Fit = "exactly" if (scope.extent.name, reading.name) in within else "wider"
    return Expressed(fit, name, vendor.mark(scope))
