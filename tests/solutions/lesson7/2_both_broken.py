"""The app reads a message that is outside both."""

from permiscope.model.steps import Call, Compose, Consent

DAY = (
    Consent("Ana", "StreamCo"),
    Compose("Ben", ("Ana",), text="My results came. Keep it quiet."),
    Call("StreamCo", "get", "Ana", message="m1"),
)
FOLLOWS = {"a": None, "b": None, "c": None, "d": None}
