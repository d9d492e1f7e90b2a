"""The starting file: it saw one."""

from permiscope.model.steps import Call, Compose, Consent

DAY = (
    Consent("Ana", "StreamCo"),
    Compose("Ana", ("Ben",), via="StreamCo", text="I think you would like this film."),
    Call("StreamCo", "get", "Ana", message="m1"),
)
