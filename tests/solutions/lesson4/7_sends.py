"""It may send."""


def belongs(request):
    """Whether it was sent via the app, or answers such a message."""
    answered = request.facts.messages.get(request.message.in_reply_to)
    return request.message.via == request.app or (answered is not None and answered.via == request.app)


def allows(request):
    """May the app do this?"""
    if request.action == "delete":
        return request.message.via == request.app and request.message.author == request.owner
    return request.action == "send" or belongs(request)
