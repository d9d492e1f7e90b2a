"""The claims that are tested against random policies, written once more from section 2 of the semantics.

Nothing here is taken from `permiscope.judge` or `permiscope.model.extents`, so that a mistake there is not repeated.
"""

from collections.abc import Callable

from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.model.state import State

Reading = Callable[[Message, str, str, State], bool]
"""Whether a message belongs, for an app and the owner of a mailbox."""


def authored(message: Message, app: str, owner: str, state: State) -> bool:
    """R1: the owner sent it via the app."""
    return message.via == app and message.author == owner


def via_app(message: Message, app: str, owner: str, state: State) -> bool:
    """R1+: somebody sent it via the app."""
    return message.via == app


def reply(message: Message, app: str, owner: str, state: State) -> bool:
    """R2: it is R1+, or answers a message that is."""
    parent = message.in_reply_to
    return message.via == app or (parent is not None and state.messages[parent].via == app)


def rooted(message: Message, app: str, owner: str, state: State) -> bool:
    """R3: the root of its thread is R1+."""
    return state.messages[state.threads[message.thread].messages[0]].via == app


def threaded(message: Message, app: str, owner: str, state: State) -> bool:
    """R4: some message of its thread is R1+."""
    return any(state.messages[name].via == app for name in state.threads[message.thread].messages)


def addressed(message: Message, app: str, owner: str, state: State) -> bool:
    """R5: the app is mentioned by it or a recipient of it."""
    return app in message.mentions or app in message.recipients


def linked(message: Message, app: str, owner: str, state: State) -> bool:
    """R6: it links to the app."""
    return app in message.links


def tagged(message: Message, app: str, owner: str, state: State) -> bool:
    """R7: it bears the app's label."""
    return app in state.labels.get(message.id, ())


def topical(message: Message, app: str, owner: str, state: State) -> bool:
    """R8: it is about the app's content."""
    return app in message.about


def counterpart(message: Message, app: str, owner: str, state: State) -> bool:
    """R9: it is R1+, or somebody who was ever in its thread exchanged an R1+ message with the owner."""
    thread = state.threads[message.thread]
    exchanged = [each for each in state.messages.values() if each.via == app and not each.draft]
    return message.via == app or any(
        (each.author == owner and other in each.recipients) or (each.author == other and owner in each.recipients)
        for other in (*thread.members, *thread.past)
        for each in exchanged
        if other != owner
    )


def session(message: Message, app: str, owner: str, state: State) -> bool:
    """R0: the owner is using the app on it now."""
    return (app, owner, message.id) in state.opened


def draft(message: Message, app: str, owner: str, state: State) -> bool:
    """The message was not sent yet."""
    return message.draft


def ungranted(state: State, call: Called) -> bool:
    """Return whether no grant was in force when what is shown was decided."""
    windows = state.windows.get((call.app, call.owner), ())
    return not any(
        each.start <= call.opened
        and (each.revoked is None or call.opened < each.revoked)
        and (each.grant.until is None or call.decided_at < each.grant.until)
        for each in windows
    )


READINGS: dict[str, Reading] = {
    "authored": authored,
    "via-app": via_app,
    "reply": reply,
    "rooted": rooted,
    "threaded": threaded,
    "addressed": addressed,
    "linked": linked,
    "tagged": tagged,
    "topical": topical,
    "counterpart": counterpart,
    "session": session,
    "draft": draft,
}

CLAIMS = ("I1", *(f"I5:{name}" for name in READINGS))
"""Nothing is shown without a grant, and no body outside a reading."""

BITS = tuple((2 << place, reading) for place, reading in enumerate(READINGS.values()))


def broken(state: State, call: Called, body: Message | None) -> int:
    """Return which claims are broken by showing a body, or less than a body, as bits in the order of `CLAIMS`."""
    bits = 1 if ungranted(state, call) else 0
    if body is not None:
        app, owner = call.app, call.owner
        for bit, reading in BITS:
            if not reading(body, app, owner, state):
                bits += bit
    return bits
