"""It holds what was agreed, and more."""

READING = "threaded | addressed"
