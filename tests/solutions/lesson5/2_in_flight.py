"""It is asked for before, and shown after."""

from permiscope.model.steps import Begin, Call, Compose, Consent, Deliver, Hand, Revoke

DAY = (
    Consent("Ana", "StreamCo"),
    Compose("Ben", ("Ana",), text="My results came. Keep it quiet."),
    Begin(Call("StreamCo", "get", "Ana", message="m1")),
    Revoke("Ana", "StreamCo"),
    Deliver(1),
    Hand("StreamCo", "OtherApp", "Ana"),
)
