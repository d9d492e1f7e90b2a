"""The starting file: it never says a thing."""


def kept(state, record):
    """Does this event keep the claim?"""
    return True
