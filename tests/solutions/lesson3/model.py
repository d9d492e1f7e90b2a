"""What was agreed."""

READING = "reply | addressed"
