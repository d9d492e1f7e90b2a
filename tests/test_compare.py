"""Does comparing extents say what follows from their definitions?"""

import pytest

from permiscope.model.extents import parse_extent
from permiscope.model.steps import Call
from permiscope.questions.policies.compare import compare_extents


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("authored", "via-app"),
        ("via-app", "reply"),
        ("reply", "threaded"),
        ("rooted", "threaded"),
        ("threaded", "everything"),
        ("reply & ~reply", "authored"),
        ("reply", "reply | tagged"),
    ],
)
def test_a_narrower_extent_is_included_in_a_wider_one(one: str, other: str) -> None:
    """No history of four steps tells them apart."""
    assert compare_extents(parse_extent(one), parse_extent(other), 4) is None


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [
        ("everything", "reply", 3),
        ("threaded", "reply", 4),
        ("reply", "rooted", 4),
        ("tagged", "linked", 4),
        ("~linked", "addressed", 3),
        ("reply | tagged", "reply", 4),
    ],
)
def test_the_answer_no_comes_with_the_smallest_history(one: str, other: str, steps: int) -> None:
    """It ends in the read of a message that is in the one and not in the other; one step less finds none."""
    history = compare_extents(parse_extent(one), parse_extent(other), 5)
    assert history is not None
    assert len(history) == steps
    assert isinstance(history[-1], Call)
    assert compare_extents(parse_extent(one), parse_extent(other), steps - 1) is None
