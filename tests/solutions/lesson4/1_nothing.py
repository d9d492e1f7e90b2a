"""Nothing at all."""


def allows(request):
    """May the app do this?"""
    return False
