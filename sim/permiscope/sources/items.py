"""What does a mailbox or an export say of its messages, before they get the model's names? And what is wrong in it?"""

from collections.abc import Iterable, Iterator

from attrs import define, field, frozen


@frozen
class Item:
    """A message in the words of its source.

    `name` is its id there, if it has one; `answers` are the ids of what it answers, the nearest first ("" for what it
    names by no id), or None where the source keeps no such thing. `senders` is all that tells by whom or by what it was
    sent: addresses, the mail client, a bot; `names_client` says that the program is among them. `mentions` are those
    whom it is addressed to, as far as they may be an app. `labels` is None where the source keeps none. `own` says that
    it lies in a folder of sent mail. `time` is in seconds since 1970 (UTC), None where it has no readable date.
    """

    where: str
    name: str | None
    author: str
    recipients: tuple[str, ...]
    time: float | None
    text: str
    subject: str = ""
    senders: tuple[str, ...] = ()
    answers: tuple[str, ...] | None = ()
    links: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    labels: tuple[str, ...] | None = None
    names_client: bool = False
    own: bool = False


@define
class Problems:
    """What was odd in a source: how often, and where first. Nothing is left out without being counted here."""

    found: dict[str, list[str]] = field(factory=dict)

    def add(self, what: str, where: str) -> None:
        """Count one more."""
        self.found.setdefault(what, []).append(where)

    def __iter__(self) -> Iterator[tuple[str, int, str]]:
        """Each kind of problem, how often it was found, and where first."""
        for what, places in sorted(self.found.items()):
            yield what, len(places), places[0]


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, in the order of their first appearance; nothing for no name."""
    return tuple(dict.fromkeys(name for name in names if name))
