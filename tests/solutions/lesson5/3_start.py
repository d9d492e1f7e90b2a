"""The starting file: it is taken back, and nothing was seen."""

from permiscope.model.steps import Compose, Consent, Revoke

DAY = (
    Consent("Ana", "StreamCo"),
    Compose("Ben", ("Ana",), text="My results came. Keep it quiet."),
    Revoke("Ana", "StreamCo"),
)
