"""Something is shown."""

from permiscope.model.steps import Call, Compose, Consent, Reply

MORNING = (
    Consent("Ana", "StreamCo", at=28800.0),
    Compose("Cy", ("Ana",), text="My results came. Keep it quiet."),
    Compose("Ana", ("Ben",), via="StreamCo", text="I think you would like this film."),
    Reply("Ben", "m2", text="Thanks. Come by tonight?"),
)
DAY = (
    *MORNING,
    Call("StreamCo", "get", "Ana", message="m2"),
)
