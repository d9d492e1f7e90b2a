"""Permiscope finds the shortest history in which an app sees a message that its permission was said to exclude."""

__version__ = "0.1.0"
