"""It looks at the first message that a `get` shows."""

from permiscope.model.records import Called


def belongs(state, message, app):
    """Whether it was sent via the app, or answers such a message."""
    answered = state.messages.get(message.in_reply_to)
    return message.via == app or (answered is not None and answered.via == app)


def kept(state, record):
    """Does this event keep the claim?"""
    if not isinstance(record, Called) or record.operation != "get" or not record.shown:
        return True
    return belongs(state, record.shown[0], record.app)
