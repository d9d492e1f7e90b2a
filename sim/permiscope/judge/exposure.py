"""What of the mail in a trace did an app come to have, and when?"""

from collections.abc import Iterable

from attrs import evolve, frozen

from permiscope.model.access import Grade
from permiscope.model.extents import Extent
from permiscope.model.mail import Message
from permiscope.model.records import Called, Granted, Record, Wrote
from permiscope.model.state import State, apply


@frozen
class Life:
    """A message in a granted mailbox: when it arrived, and when the app first had its body (None: never).

    It is private if it lay outside a reading of "the app's content" then; one that the app never had, if it did so when
    it arrived. Times are in virtual seconds.
    """

    message: str
    arrived: float
    private: bool
    known: float | None = None


def lives(records: Iterable[Record], app: str, reading: Extent) -> list[Life]:
    """The messages in the mailboxes of all who grant the app at some time, or of which it is shown something.

    They come in the order of arrival.
    """
    records = tuple(records)
    granters = [record.grant.user for record in records if isinstance(record, Granted) and record.grant.app == app]
    # A service at fault may show mail of people who granted nothing.
    shown_of = [record.owner for record in records if isinstance(record, Called) and record.app == app and record.shown]
    owners = dict.fromkeys([*granters, *shown_of])
    found: dict[str, Life] = {}
    state = State()
    for record in records:
        apply(state, record)
        match record:
            case Wrote(message=message) | Called(sent=Message() as message):
                holders = [owner for owner in owners if owner in message.people]
                if holders:
                    private = any(not reading.holds(message, app, owner, state) for owner in holders)
                    found[message.id] = Life(message.id, message.time, private)
            case Called(shown=shown, owner=owner, grade=Grade.BODY) if record.app == app:
                for message in shown:
                    if message.segments and (life := found[message.id]).known is None:
                        private = not reading.holds(message, app, owner, state)
                        found[message.id] = evolve(life, known=record.time, private=private)
            case _:
                pass
    return list(found.values())
