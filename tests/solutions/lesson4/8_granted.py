"""It may do what a grant covers, and labels."""


def belongs(request):
    """Whether it was sent via the app, or answers such a message."""
    answered = request.facts.messages.get(request.message.in_reply_to)
    return request.message.via == request.app or (answered is not None and answered.via == request.app)


def allows(request):
    """May the app do this?"""
    grant = request.grant
    if grant is None or request.action not in grant.scope.actions:
        return False
    if request.action == "send":
        return True
    if not grant.scope.extent.holds(request.message, request.app, request.owner, request.facts):
        return False
    if request.action == "delete":
        return request.message.via == request.app and request.message.author == request.owner
    return belongs(request)
