"""How do apps behave? Two that are alike to the policy: one that asks for little, one that asks for all.

A behaviour is a SimPy process: a generator that yields what it waits for and is sent the answer.
"""

from collections.abc import Callable, Iterable
from heapq import merge
from itertools import count

from permiscope.model.mail import Message
from permiscope.model.streams import HOUR, pick
from permiscope.world.client import Client, Shown
from permiscope.world.clock import Behaviour
from permiscope.world.people import RECOMMENDATIONS, Click

App = Callable[[Client], Behaviour]
"""What an app does with its connection to the service."""


def dormant(client: Client) -> Behaviour:
    """An app that is registered and asks for nothing."""
    yield from ()


def honest_recommender(clicks: Iterable[Click] = (), every: float = 4 * HOUR) -> App:
    """An app that writes when somebody clicks "recommend", and every so often reads back the answers.

    To find them it looks at the headers of what it is allowed to list; the bodies that it gets are of answers
    to messages that were sent via it, and of nothing else.
    """
    clicked = sorted(clicks)

    def behave(client: Client) -> Behaviour:
        words = client.streams("words")
        polls = (Click(number * every, "", "") for number in count(1))
        owners: dict[str, None] = {}
        had: set[str] = set()
        for at, owner, to in merge(clicked, polls):
            yield client.until(at)
            if owner:
                owners[owner] = None
                yield client.send(owner, pick(RECOMMENDATIONS, words.random()), to=(to,))
            else:
                for each in owners:
                    yield from _read_new(client, each, had, _answers)

    return behave


def curious_reader(owners: Iterable[str], every: float = HOUR) -> App:
    """An app that every so often reads whatever it is allowed to, in the mailboxes of these people."""
    mailboxes = tuple(owners)

    def behave(client: Client) -> Behaviour:
        had: set[str] = set()
        for number in count(1):
            yield client.until(number * every)
            for owner in mailboxes:
                yield from _read_new(client, owner, had, _whatever)

    return behave


def _read_new(client: Client, owner: str, had: set[str], wanted: Callable[[str, Shown], list[Message]]) -> Behaviour:
    """List a mailbox and get what is wanted of it and was not got before."""
    listed: Shown = yield client.list(owner)
    for message in wanted(client.app, listed):
        if message.id not in had:
            shown: Shown = yield client.get(owner, message.id)
            had.update(each.id for each in shown)


def _answers(app: str, listed: Shown) -> list[Message]:
    own = {message.id for message in listed if message.via == app}
    return [message for message in listed if message.in_reply_to in own]


def _whatever(app: str, listed: Shown) -> list[Message]:
    return list(listed)
