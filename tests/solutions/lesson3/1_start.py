"""The starting file: too narrow."""

READING = "authored & tagged"
