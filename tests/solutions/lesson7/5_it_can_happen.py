"""The day can happen."""

from permiscope.model.steps import Call, Compose, Consent

DAY = (
    Consent("Ana", "StreamCo"),
    Compose("Ben", ("Ana",), text="My results came. Keep it quiet."),
    Compose("Ana", thread="t1", via="StreamCo", text="I think you would like this film."),
    Call("StreamCo", "get", "Ana", message="m1"),
)
FOLLOWS = {"a": True, "b": True, "c": True, "d": True}
