"""It looks at every text that is shown."""

from permiscope.model.access import Grade
from permiscope.model.records import Called


def belongs(state, message, app):
    """Whether it was sent via the app, or answers such a message."""
    answered = state.messages.get(message.in_reply_to)
    return message.via == app or (answered is not None and answered.via == app)


def kept(state, record):
    """Does this event keep the claim?"""
    if not isinstance(record, Called) or record.grade is not Grade.BODY:
        return True
    return all(belongs(state, message, record.app) for message in record.shown)
