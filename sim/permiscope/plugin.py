"""What does pytest find where Permiscope is installed? The fixture `permiscope`.

A test takes it by name and says `permiscope.check(my_policy, reading="reply")`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import pytest
from attrs import frozen

if TYPE_CHECKING:  # every run of pytest loads this room, and few of them test a policy
    from permiscope.testing import AnyPolicy, How


@frozen
class Permiscope:
    """Puts policies to the test; the files to replay are left in the folder."""

    folder: Path

    def check(self, policy: "AnyPolicy", reading: str | None = "reply", **how: "Unpack[How]") -> None:
        """Fail the test with a story unless the policy conforms and keeps its promises.

        `permiscope.testing.check` says how.
        """
        __tracebackhide__ = True
        from permiscope.testing import check

        check(policy, reading, folder=self.folder, **how)


@pytest.fixture
def permiscope(request: pytest.FixtureRequest, tmp_path: Path) -> Permiscope:
    """Puts a policy to the test: `permiscope.check(policy, reading="reply")`."""
    # The cache stays where it is from one run to the next, and no repository keeps it.
    cache: pytest.Cache | None = getattr(request.config, "cache", None)
    return Permiscope(cache.mkdir("permiscope") if cache else tmp_path)
