"""It asks for a grant of the owner, in force at the time."""

from permiscope.model.access import Grade
from permiscope.model.records import Called


def belongs(state, message, app):
    """Whether it was sent via the app, or answers such a message."""
    answered = state.messages.get(message.in_reply_to)
    return message.via == app or (answered is not None and answered.via == app)


def kept(state, record):
    """Does this event keep the claim?"""
    if not isinstance(record, Called):
        return True
    if record.shown and state.decided_under is None:
        return False
    return record.grade is not Grade.BODY or all(belongs(state, each, record.app) for each in record.shown)
