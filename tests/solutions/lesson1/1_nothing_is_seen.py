"""The app asks for nothing."""

from permiscope.model.steps import Compose, Consent

DAY = (
    Consent("Ana", "StreamCo"),
    Compose("Ana", ("Ben",), via="StreamCo", text="I think you would like this film."),
)
