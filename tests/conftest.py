"""What every test shares: Hypothesis profiles, helpers that can be imported by name, and the command line.

Run `HYPOTHESIS_PROFILE=nightly pytest` to search longer, and elsewhere each time.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.helpers import Command

# Last, so that an installed `permiscope` is tested rather than the one in the checkout.
sys.path += [str(Path(__file__).parents[1] / "sim"), str(Path(__file__).parents[1])]

# No deadline: how long an example takes says more of the machine than of the code, and a slow one proves nothing.
# What else is named here is what Hypothesis itself changes where it finds the variable CI.
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=(), max_examples=100)
settings.register_profile("nightly", deadline=None, derandomize=False, suppress_health_check=(), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Command":
    """The command line, run in a folder without a process of its own, which takes a second to start."""
    from permiscope.cli import main
    from tests.helpers import Done

    def run(*words: object, folder: Path) -> Done:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["permiscope", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        return Done(ended.value.code, *capsys.readouterr())

    return run


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes, but for the nightly profile."""
    if os.environ.get("HYPOTHESIS_PROFILE") != "nightly":
        late = [item for item in items if item.get_closest_marker("nightly")]
        items[:] = [item for item in items if item not in late]
        config.hook.pytest_deselected(items=late)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted, which a line of dots would keep to itself."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")
