"""It takes it that what was taken back is never given again."""

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
    windows = state.windows.get((record.app, record.owner), ())
    if record.shown and (state.decided_under is None or any(window.revoked is not None for window in windows)):
        return False
    if record.operation == "delete" and record.outcome == "done":
        message = state.messages[record.target]
        return message.via == record.app and message.author == record.owner
    return record.grade is not Grade.BODY or all(belongs(state, each, record.app) for each in record.shown)
