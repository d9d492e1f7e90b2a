"""What does a real mailbox hold, in the model's words? And which readings can it not decide?

Messages are named `m1`, `m2`, ... in the order in which they become part of the state. Where the mailbox lacks what a
reading asks for, the reading *cannot say*; where a message answers one that is not here, the readings that ask about
that one leave the message undecided.
"""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from attrs import evolve, frozen

from permiscope.model.access import Grant
from permiscope.model.extents import EVERYTHING, READINGS, Atom, Extent, Facts
from permiscope.model.mail import Message, Segment
from permiscope.model.records import Granted, Labelled, Wrote
from permiscope.model.state import State, apply
from permiscope.sources.items import Item, Problems, unique

APP = "the app"


@frozen
class Signs:
    """By what somebody recognises the app in a mailbox.

    `senders` are globs for addresses, mail clients and bots: what such a sender sent counts as sent via the app, and
    what is addressed to one as addressed to it. `domains` are those of its links, `labels` are its labels, `keywords`
    occur in what is about it. `granted_on` is in seconds since 1970 (UTC).
    """

    senders: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    granted_on: float | None = None

    def is_sender(self, names: Sequence[str]) -> bool:
        """Whether one of the names is one of the app's."""
        return any(fnmatchcase(name.casefold(), glob.casefold()) for name in names for glob in self.senders)

    def is_app(self, item: Item) -> bool:
        """Whether the app itself wrote a message, from an address of its own, rather than a person by means of it."""
        return item.author in item.senders and self.is_sender((item.author,))

    def is_host(self, names: Sequence[str]) -> bool:
        """Whether one of the names is one of the app's domains, or below one."""
        return any(name == domain or name.endswith(f".{domain}") for name in names for domain in self.domains)


@frozen
class Mailbox:
    """A mailbox as a state in which the owner has granted the app, and what is known of it besides.

    `items` has each message's words in its source, by the model's name. `cannot_say` has, by rule, why the mailbox does
    not decide it; `undecided` has the messages that depend on one that is not here. `others` numbers the people besides
    the owner who wrote something; an address of the app's own is none. `granted_on` is in seconds since 1970.
    """

    owner: str
    state: State
    items: Mapping[str, Item]
    rules: Mapping[str, Extent]
    cannot_say: Mapping[str, str]
    undecided: Mapping[str, frozenset[str]]
    others: Mapping[str, int]
    granted_on: float | None

    def who(self, name: str, *, names: bool) -> str:
        """The author of a message, by name or by number."""
        author = self.state.messages[name].author
        if names:
            return author or "unknown"
        if author == self.owner:
            return "owner"
        return f"person {self.others[author]}" if author in self.others else APP if author else "unknown"


def topical(keywords: Sequence[str]) -> Atom:
    """What is about the app's content, as far as the words in it tell."""
    words = tuple(word.casefold() for word in keywords)

    def holds(message: Message, app: str, owner: str, facts: Facts) -> bool:
        text = message.body.casefold()
        return any(word in text for word in words)

    return Atom("topical", "its text contains " + " or ".join(f'"{word}"' for word in words), holds)


def assemble(items: Sequence[Item], owner: str, signs: Signs, problems: Problems) -> Mailbox:
    """The mailbox of an owner that holds these messages, granted to the app on the day given, or after all of them."""
    items = _without_copies(items, problems)
    if not any(owner in (item.author, *item.recipients) or item.own for item in items):
        problems.add("owner to whom nothing is addressed, and who wrote nothing", "all of it")
    state = State()
    grant = Grant(APP, owner)
    named: dict[str, Item] = {}
    names: dict[int, str] = {}
    threads: dict[int, str] = {}
    for index, parent, thread, time in _placed(items, problems):
        if signs.granted_on is not None and time >= signs.granted_on and not state.windows:
            apply(state, Granted(signs.granted_on, grant))
        item = items[index]
        name = names[index] = f"m{len(names) + 1}"
        message = evolve(
            _message(item, name, owner, signs),
            thread=threads.setdefault(thread, f"t{len(threads) + 1}"),
            in_reply_to=names.get(parent),
            position=state.position,
            time=time,
        )
        apply(state, Wrote(time, message))
        if any(label in signs.labels for label in item.labels or ()):
            apply(state, Labelled(time, owner, name, APP))
        named[name] = item
    if not state.windows:
        apply(state, Granted(state.time if signs.granted_on is None else signs.granted_on, grant))
    authors = unique(message.author for message in state.messages.values() if not signs.is_app(named[message.id]))
    others = {author: number for number, author in enumerate((each for each in authors if each != owner), start=1)}
    rules = {name: extent for name, extent in READINGS.items() if extent is not EVERYTHING}
    if signs.keywords:
        rules["topical"] = topical(signs.keywords)
    rules["everything"] = EVERYTHING
    undecided = {rule: frozenset(_undecided(rule, state, named, owner)) for rule in rules}
    return Mailbox(
        owner, state, named, rules, dict(_cannot_say(items, owner, signs)), undecided, others, signs.granted_on
    )


def _message(item: Item, name: str, owner: str, signs: Signs) -> Message:
    """A message that is not in its place yet: it opens a thread of its own, at the beginning of time."""
    # A folder of sent mail tells who sent what is in it, but for what the app sent from an address of its own.
    author = owner if item.own and not signs.is_app(item) else item.author
    return Message(
        id=name,
        author=author,
        recipients=tuple(person for person in unique([*item.recipients, owner]) if person != author),
        thread=name,
        segments=(Segment(f"{item.subject}\n{item.text}".strip(), name),),
        position=0,
        time=0.0,
        via=APP if signs.is_sender(item.senders) else None,
        links=(APP,) if signs.is_host(item.links) else (),
        mentions=(APP,) if signs.is_sender(item.mentions) else (),
    )


def _without_copies(items: Sequence[Item], problems: Problems) -> list[Item]:
    """Each message once, even if it lies in several folders. Of others that share an id, all are kept."""
    kept: dict[tuple[object, ...], Item] = {}
    ids = set()
    for item in items:
        key = (item.name or item.where, item.author, item.time, item.text)
        if (known := kept.get(key)) is not None:
            problems.add("message that is there twice: counted once", item.where)
            labels = known.labels if item.labels is None else unique([*(known.labels or ()), *item.labels])
            kept[key] = evolve(known, labels=labels, own=known.own or item.own)
            continue
        if item.name in ids:
            problems.add("Message-ID of another message", item.where)
        elif item.name is not None:
            ids.add(item.name)
        kept[key] = item
    return list(kept.values())


def _placed(items: Sequence[Item], problems: Problems) -> Iterator[tuple[int, int, int, float]]:
    """Each message by its index, after what it answers: with the index of that (or -1), its thread, and its time.

    A message that has no date is as old as the one before it, and none is older than what it answers.
    """
    index_of: dict[str, int] = {}
    for index, item in enumerate(items):
        if item.name is not None:
            index_of.setdefault(item.name, index)
    parents = [index_of.get(item.answers[0], -1) if item.answers else -1 for item in items]
    times: list[float] = []
    for item in items:
        times.append(item.time if item.time is not None else (times[-1] if times else 0.0))
    depths = _depths(parents, items, problems)
    for index in sorted(range(len(items)), key=depths.__getitem__):
        if (parent := parents[index]) >= 0 and times[index] < times[parent]:
            if items[index].time is not None:
                problems.add("date before that of what it answers", items[index].where)
            times[index] = times[parent]
    threads = _threads(items)
    for index in sorted(range(len(items)), key=lambda each: (times[each], depths[each], each)):
        yield index, parents[index], threads[index], times[index]


def _depths(parents: list[int], items: Sequence[Item], problems: Problems) -> list[int]:
    """How many messages each answers, one by way of the other. A circle of answers is cut where it is found."""
    depths = [-1] * len(parents)
    for start in range(len(parents)):
        path: list[int] = []
        on_path = set()
        index = start
        while index >= 0 and depths[index] < 0:
            if index in on_path:
                problems.add("circle of answers: cut", items[path[-1]].where)
                parents[path[-1]] = -1
                index = -1
                break
            path.append(index)
            on_path.add(index)
            index = parents[index]
        depth = depths[index] if index >= 0 else -1
        for each in reversed(path):
            depth += 1
            depths[each] = depth
    return depths


def _threads(items: Sequence[Item]) -> list[int]:
    """Which messages belong together: those that name each other, or name one that perhaps is not here."""
    numbers: dict[str | int, int] = {}
    above: list[int] = []

    def find(name: str | int) -> int:
        number = numbers.setdefault(name, len(above))
        if number == len(above):
            above.append(number)
        while above[number] != number:
            above[number] = above[above[number]]
            number = above[number]
        return number

    # Two messages that share an id are in one thread; one without an id is known by its place in the list.
    ids = [item.name or index for index, item in enumerate(items)]
    for own, item in zip(ids, items, strict=True):
        for name in unique(item.answers or ()):
            above[find(own)] = find(name)
    return [find(own) for own in ids]


def _cannot_say(items: Sequence[Item], owner: str, signs: Signs) -> Iterator[tuple[str, str]]:
    """The readings that these messages do not decide, and why."""
    own = [item for item in items if item.author == owner or item.own]
    if not signs.senders:
        for rule in ("authored", "via-app", "reply", "rooted", "threaded", "addressed", "counterpart"):
            yield rule, "nothing says what was sent via the app; give `--app-sender`"
    else:
        if not own:
            yield "authored", "nothing here was sent by the owner; add the folder of sent mail"
        elif not any(item.names_client for item in own):
            yield "authored", "no message of the owner says with which program it was sent"
        if all(item.answers is None for item in items):
            for rule in ("reply", "rooted", "threaded", "counterpart"):
                yield rule, "no message says what it answers"
    if not signs.domains:
        yield "linked", "nothing says where the app's links lead; give `--app-domain`"
    if not signs.labels:
        yield "tagged", "nothing says which label is the app's; give `--app-label`"
    elif all(item.labels is None for item in items):
        yield "tagged", "no message says which labels it bears"


def _undecided(rule: str, state: State, items: Mapping[str, Item], owner: str) -> Iterator[str]:
    """The messages that belong or not, depending on what the mailbox does not hold."""
    known = {item.name for item in items.values()}
    torn = {
        state.messages[name].thread
        for name, item in items.items()
        if item.answers is None or any(answered not in known for answered in item.answers)
    }
    for name, item in items.items():
        message = state.messages[name]
        if message.via is not None and rule != "rooted":
            continue
        root = state.threads[message.thread].messages[0]
        match rule:
            case "authored":
                depends = message.author == owner and not item.names_client
            case "reply":
                depends = item.answers != () and message.in_reply_to is None
            case "rooted":
                depends = items[root].answers != ()
            case "threaded" | "counterpart":
                # What is here may tell already; what is not here can only add to it.
                depends = message.thread in torn and not READINGS[rule].holds(message, APP, owner, state)
            case _:
                depends = False
        if depends:
            yield name
