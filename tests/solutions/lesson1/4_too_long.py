"""It might read a third one; one step does nothing for it."""

from permiscope.model.steps import Call, Compose, Consent

DAY = (
    Consent("Ana", "StreamCo"),
    Compose("Ana", ("Ben",), via="StreamCo", text="I think you would like this film."),
    Call("StreamCo", "get", "Ana", message="m1"),
    Compose("Cy", ("Ana",), text="My results came. Keep it quiet."),
    Call("StreamCo", "get", "Ana", message="m2"),
    Compose("Ana", ("Ben",), via="StreamCo", text="I think you would like this film."),
    Compose("Cy", ("Ana",), text="My results came. Keep it quiet."),
)
