"""It may read back what was sent via it."""


def allows(request):
    """May the app do this?"""
    return request.action == "read" and request.message.via == request.app
