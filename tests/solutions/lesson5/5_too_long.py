"""It is handed on, on a day with a step too many."""

from permiscope.model.steps import Call, Compose, Consent, Hand, Revoke

DAY = (
    Consent("Ana", "StreamCo"),
    Compose("Ben", ("Ana",), text="My results came. Keep it quiet."),
    Call("StreamCo", "get", "Ana", message="m1"),
    Revoke("Ana", "StreamCo"),
    Call("StreamCo", "get", "Ana", message="m1"),
    Hand("StreamCo", "OtherApp", "Ana"),
)
