"""Read, taken back, handed on."""

from permiscope.model.steps import Call, Compose, Consent, Hand, Revoke

DAY = (
    Consent("Ana", "StreamCo"),
    Compose("Ben", ("Ana",), text="My results came. Keep it quiet."),
    Call("StreamCo", "get", "Ana", message="m1"),
    Revoke("Ana", "StreamCo"),
    Hand("StreamCo", "OtherApp", "Ana"),
)
