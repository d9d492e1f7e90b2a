"""It reads one that is outside the first alone, with steps that do nothing for it."""

from permiscope.model.steps import Call, Compose, Consent

DAY = (
    Consent("Ana", "StreamCo"),
    Compose("Ben", ("Ana",), text="My results came. Keep it quiet."),
    Compose("Ana", thread="t1", via="StreamCo", text="I think you would like this film."),
    Call("StreamCo", "get", "Ana", message="m1"),
    Call("StreamCo", "get", "Ana", message="m2"),
    Call("StreamCo", "get", "Ana", message="m2"),
)
FOLLOWS = {"a": None, "b": None, "c": None, "d": None}
