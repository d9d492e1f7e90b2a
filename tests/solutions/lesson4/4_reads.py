"""It may read what was agreed, and nothing else."""


def belongs(request):
    """Whether it was sent via the app, or answers such a message."""
    answered = request.facts.messages.get(request.message.in_reply_to)
    return request.message.via == request.app or (answered is not None and answered.via == request.app)


def allows(request):
    """May the app do this?"""
    return request.action == "read" and belongs(request)
