"""The starting file: all of it, with a grant."""


def allows(request):
    """May the app do this?"""
    return request.grant is not None
