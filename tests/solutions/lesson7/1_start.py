"""The starting file: nothing is tested."""

from permiscope.model.steps import Compose, Consent

DAY = (
    Consent("Ana", "StreamCo"),
    Compose("Ben", ("Ana",), text="My results came. Keep it quiet."),
)
FOLLOWS = {"a": None, "b": None, "c": None, "d": None}
