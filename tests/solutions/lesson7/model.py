"""A message from before, in a conversation in which the app is used later."""

from permiscope.model.steps import Call, Compose, Consent

DAY = (
    Consent("Ana", "StreamCo"),
    Compose("Ben", ("Ana",), text="My results came. Keep it quiet."),
    Compose("Ana", thread="t1", via="StreamCo", text="I think you would like this film."),
    Call("StreamCo", "get", "Ana", message="m1"),
)
FOLLOWS = {"a": True, "b": False, "c": True, "d": False}
