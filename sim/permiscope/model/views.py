"""Show a policy its request through views that note what it looks at.

A view has the attributes of what it stands for and nothing else, and each read of one is noted; its strings, numbers
and tuples note what is done with them (`permiscope.model.seen`). Whatever uses an object whole (equality, `evolve`,
pickling, a class pattern, formatting) reads its attributes, and so notes them all.

Regular expressions, `str.join`, `"text" in` and `is` look at a string unnoticed. Therefore a `Lens` can also show the
same request with people exchanged, with other ids, and at another time: a policy that answers otherwise then looked.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from typing import Any, ClassVar, cast, get_args

from attrs import field, fields, frozen

from permiscope.model.access import Grant, Request, Scope
from permiscope.model.errors import InputError
from permiscope.model.extents import Extent
from permiscope.model.mail import Message, Segment, Thread
from permiscope.model.reads import APPS, ASKING, ELSEWHERE, EXTENT, IDS, NAMES, Looked, Read
from permiscope.model.seen import (
    APPS_IN_ORDER,
    OF_APPS,
    OF_TEXTS,
    PEOPLE_IN_ORDER,
    AskedAction,
    SeenActions,
    SeenNumber,
    SeenOperation,
    SeenText,
    SeenTexts,
)

INSTEAD: Mapping[str, str] = {
    "windows": "`facts.granted(app, user)` for the grant in force, or `facts.grants(app, user)` for all of them",
    "window": "`facts.granted(app, user)`",
    "setters": "`facts.labelled_by(message.id, label)`",
    "labels": "`facts.labelled(message.id, label)`",
    "opened": "`facts.interacting(app, person, message.id)`",
    "exchanges": "`facts.exchanged(app, one, other)`",
    "mentioned": "`facts.consented(app, person)`",
}
"""What to ask instead of what a policy may not look at."""


@frozen(eq=False)
class Lens:
    """How a request is shown: who looks, and what is shown under another name.

    `names` exchanges people; `fresh` gives messages and threads other ids; `later` is added to times and positions;
    `order` puts lists of names into another order; lists of texts are `turned` round, one after the other as it says;
    all messages are gone through `backwards`. `shown` are the texts that were shown.
    """

    looked: Looked
    names: Mapping[str, str] = {}
    fresh: bool = False
    later: float = 0.0
    order: Callable[[tuple[str, ...]], tuple[str, ...]] | None = None
    turned: Iterator[bool] = field(factory=lambda: repeat(False))
    backwards: bool = False
    shown: list[SeenText] = field(factory=list)

    def name(self, name: str) -> str:
        """Return the view of a person's name."""
        return SeenText(self.names.get(name, name), self.looked, NAMES, name)

    def app(self, name: str) -> str:
        """Return the view of an app's name; apps are not exchanged."""
        return SeenText(name, self.looked, APPS, name)

    def asking(self, name: str) -> str:
        """Return the view of the name of the app that asks."""
        return SeenText(name, self.looked, ASKING, name)

    def id(self, name: str) -> str:
        """Return the view of an id. Other ids have another order and length."""
        shown = f"{name[:1]}{9001 - int(name[1:])}" if self.fresh and name[1:].isdecimal() else name
        return SeenText(shown, self.looked, IDS, name)

    def text(self, text: str, read: Read) -> str:
        """Return the view of a text."""
        seen = SeenText(text, self.looked, read, text)
        self.shown.append(seen)
        return seen

    def number(self, number: float) -> float:
        """Return the view of a time or a position."""
        return SeenNumber(number + self.later, self.looked)

    def names_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the views of some names."""
        shown = tuple([self.name(name) for name in names])
        return PEOPLE_IN_ORDER(shown if self.order is None else self.order(shown), self.looked)

    def apps_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the views of some apps' names."""
        return tuple([self.app(name) for name in names])

    def apps_in_order(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the views of the apps of a thread."""
        return APPS_IN_ORDER(self.apps_of(names), self.looked)

    def raw(self, name: object, read: Read = NAMES) -> str:
        """Return what a name, id or text stands for that a policy asks with; a constant of its own is noted."""
        if isinstance(name, SeenText):
            if name.read in (*OF_TEXTS, EXTENT):
                name.note((), "a look for what is called so")
            return name.raw
        if not isinstance(name, str):
            raise InputError(f"a policy asked about `{name!r:.40}`; ask with a name or an id, as `message.id`")
        self.looked.note(read)
        self.looked.compare(read, name)
        return next((raw for raw, shown in self.names.items() if shown == name), name)


Wrap = Callable[[Lens, Any], Any]
"""How an attribute is shown."""


def _plain(_: Lens, value: Any) -> Any:  # noqa: ANN401  # a number, a flag or an extent, shown as it is
    return value


def _optional(wrap: Wrap) -> Wrap:
    return lambda lens, value: None if value is None else wrap(lens, value)


def _words(read: Read) -> Wrap:
    return lambda lens, text: lens.text(text, read)


def _text_tuple(read: Read) -> Wrap:
    return lambda lens, words: SeenTexts(
        [lens.text(word, read) for word in (words[::-1] if next(lens.turned) else words)], lens.looked
    )


NAME, APP, ID, NUMBER, NAMED, APPS_NAMED = Lens.name, Lens.app, Lens.id, Lens.number, Lens.names_of, Lens.apps_of


def _attribute(read: Read, name: str, wrap: Wrap) -> property:
    """Make the property of a view that notes a read and shows an attribute."""

    def show(self: Any) -> Any:  # noqa: ANN401  # whatever the attribute is
        lens = self.lens
        lens.looked.reads.add(read)
        return wrap(lens, getattr(self.seen, name))

    return property(show)


def view_of(kind: type, sort: str, wraps: Mapping[str, Wrap]) -> type:
    """Make the class of views of a value: a subclass with a noted property for each attribute.

    It says that its class is that of the value, so that `isinstance`, patterns, equality, `evolve` and formatting go by
    the attributes, all of which they read.
    """

    def begin(self: object, lens: Lens, seen: object) -> None:
        object.__setattr__(self, "lens", lens)
        object.__setattr__(self, "seen", seen)

    def reduce(self: object) -> tuple[object, ...]:
        return kind, tuple([getattr(self, field.name) for field in fields(kind) if field.init])

    attributes = {
        field.name: _attribute(f"{sort}.{field.name}", field.name, wraps.get(field.name, _plain))
        for field in fields(kind)
    }
    made = {
        "__slots__": ("lens", "seen"),
        "__init__": begin,
        "__reduce__": reduce,
        "__reduce_ex__": lambda self, _: reduce(self),
        "__class__": property(lambda _: kind),
    }
    return type(f"{kind.__name__}View", (kind,), {**attributes, **made})


SegmentView = view_of(Segment, "segment", {"text": _words("message.text"), "source": ID})


class Filled(tuple[Any, ...]):
    """The parts of something that always has some."""

    __slots__ = ()


class ThreadView(
    view_of(  # type: ignore[misc]  # a class that is made
        Thread,
        "thread",
        {
            "members": NAMED,
            "messages": lambda lens, names: Filled([lens.id(name) for name in names]),
            "apps": Lens.apps_in_order,
            "past": NAMED,
        },
    )
):
    """The view of a thread. To know its first message is less than to know the order of all."""

    @property
    def root(self) -> str:
        """The id of the first message."""
        self.lens.looked.note("thread.root")
        return cast("str", self.lens.id(self.seen.root))


def _extent(lens: Lens, extent: Extent) -> Any:  # noqa: ANN401  # the view of a node; its parts are shown as views
    return EXTENT_VIEWS[type(extent)](lens, extent)


SHOWN_OF_EXTENT: Mapping[str, Wrap] = {
    **dict.fromkeys(("name", "phrase"), _words(EXTENT)),
    **dict.fromkeys(("one", "two"), _extent),
}
EXTENT_VIEWS = {kind: view_of(kind, "extent", SHOWN_OF_EXTENT) for kind in get_args(Extent)}
ScopeView = view_of(
    Scope, "scope", {"extent": _extent, "actions": lambda lens, actions: SeenActions(actions, lens.looked)}
)
GrantView = view_of(
    Grant,
    "grant",
    {
        "app": APP,
        "user": NAME,
        "scope": ScopeView,
        "until": _optional(NUMBER),
        "purposes": _text_tuple("grant.purposes"),
    },
)


class MessageView(
    view_of(  # type: ignore[misc]  # a class that is made
        Message,
        "message",
        {
            "id": ID,
            "author": NAME,
            "recipients": NAMED,
            "thread": ID,
            "segments": lambda lens, segments: Filled([SegmentView(lens, segment) for segment in segments]),
            "position": NUMBER,
            "time": NUMBER,
            "via": _optional(APP),
            "in_reply_to": _optional(ID),
            "links": APPS_NAMED,
            "mentions": APPS_NAMED,
            "about": APPS_NAMED,
            "subject": _words("message.subject"),
            "attachments": _text_tuple("message.attachments"),
            "forwarded_from": _optional(ID),
        },
    )
):
    """The view of a message. Its body is one text, so that what it is searched for is noted."""

    @property
    def body(self) -> str:
        """The whole text, quoted segments included."""
        self.lens.looked.reads.update(("message.text", "message.sources"))
        return cast("str", self.lens.text(self.seen.body, "message.text"))


class Lookup(Mapping[str, Any]):
    """The messages or threads by id. To look one up tells nothing of the others; to go through them notes the read."""

    def __init__(self, lens: Lens, seen: Mapping[str, Any], read: Read, view: Callable[[Lens, Any], Any]) -> None:
        self._lens, self._seen, self._read, self._view = lens, seen, read, view

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  # a message or a thread
        return self._view(self._lens, self._seen[self._raw(name)])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._raw(name) in self._seen

    def __iter__(self) -> Iterator[str]:
        self._lens.looked.note(self._read)
        return (self._lens.id(name) for name in self._seen)

    def __len__(self) -> int:
        self._lens.looked.note(self._read)
        return len(self._seen)

    def _raw(self, name: object) -> Any:  # noqa: ANN401  # of whatever is looked up: an id, as a rule
        if isinstance(name, SeenText):
            return self._lens.raw(name, IDS)
        if isinstance(name, str) and name[1:].isdecimal():  # nothing else is an id, whatever ids there are
            self._lens.looked.note(IDS)
        return name


class FactsView:
    """The questions of `Facts`, and nothing else: what is true besides is not a policy's to know."""

    ASKED: ClassVar[tuple[str, ...]] = (
        *("messages", "threads", "any_message", "labelled", "labelled_by", "exchanged", "interacting"),
        *("consented", "covered", "granted", "grants"),
    )

    __slots__ = ("_app", "_asked_for", "_lens", "_seen")

    def __init__(self, lens: Lens, request: Request) -> None:
        self._lens, self._seen, self._app, self._asked_for = lens, request.facts, request.app, request.message.id

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        instead = INSTEAD.get(name, f"one of {', '.join(self.ASKED)}")
        raise InputError(f"a policy asked for `facts.{name}`, which it cannot know; ask {instead}")

    @property
    def messages(self) -> Mapping[str, Message]:
        """Every message by its id."""
        return Lookup(self._lens, self._seen.messages, "facts.messages", MessageView)

    @property
    def threads(self) -> Mapping[str, Thread]:
        """Every thread by its id."""
        return Lookup(self._lens, self._seen.threads, "facts.threads", ThreadView)

    def any_message(self, test: Callable[[Message], object], thread: str | None = None) -> bool:
        """Whether any message, of all or of a thread, passes a test."""
        lens = self._lens
        lens.looked.note("facts.any_message")
        known = None if thread is None else lens.raw(thread, IDS)
        if not lens.backwards:
            return self._seen.any_message(lambda message: test(MessageView(lens, message)), known)
        found: list[Message] = []
        self._seen.any_message(found.append, known)
        return any(test(MessageView(lens, message)) for message in reversed(found))

    def labelled(self, message: str | Message, label: str) -> bool:
        """Whether the message bears the label."""
        return self._seen.labelled(self._message("labelled", message), self._label("labelled", label))

    def labelled_by(self, message: str | Message, label: str) -> str | None:
        """Return who put the label on the message, or None."""
        setter = self._seen.labelled_by(self._message("labelled_by", message), self._label("labelled_by", label))
        return None if setter is None else self._lens.name(setter)

    def exchanged(self, app: str, one: str, other: str) -> bool:
        """Whether one of the two ever wrote to the other via the app."""
        return self._seen.exchanged(self._asked("exchanged", app), self._lens.raw(one), self._lens.raw(other))

    def interacting(self, app: str, person: str, message: str | Message) -> bool:
        """Whether the person is using the app on the message now."""
        name = self._message("interacting", message)
        return self._seen.interacting(self._asked("interacting", app), self._lens.raw(person), name)

    def consented(self, app: str, person: str) -> bool:
        """Whether the person ever granted or mentioned the app."""
        return self._seen.consented(self._asked("consented", app), self._lens.raw(person))

    def covered(self, app: str, user: str, message: Message) -> bool:
        """Whether the user's grant to the app, if one is in force, covers the message."""
        seen = message.seen if isinstance(message, MessageView) else message
        if seen.id != self._asked_for:
            self._lens.looked.note(ELSEWHERE)
        return self._seen.covered(self._asked("covered", app), self._lens.raw(user), seen)

    def granted(self, app: str, user: str) -> Grant | None:
        """Return the user's grant to the app that is in force now, or None."""
        grant = self._seen.granted(self._asked("granted", app), self._lens.raw(user))
        return None if grant is None else GrantView(self._lens, grant)

    def grants(self, app: str, user: str) -> tuple[Grant, ...]:
        """Return every grant that the user ever gave the app, oldest first."""
        grants = self._seen.grants(self._asked("grants", app), self._lens.raw(user))
        return tuple([GrantView(self._lens, grant) for grant in grants])

    def _asked(self, question: str, app: str) -> str:
        """Note a question, and whether it is about another app than the one that asks."""
        self._lens.looked.note(f"facts.{question}")
        raw = self._lens.raw(app, APPS)
        if raw != self._app:
            self._lens.looked.note("other.opened" if question == "interacting" else "other.grant")
        return raw

    def _message(self, question: str, message: str | Message) -> str:
        self._lens.looked.note(f"facts.{question}")
        return self._lens.raw(message.id if isinstance(message, Message) else message, IDS)

    def _label(self, question: str, label: str) -> str:
        if not isinstance(label, SeenText):
            self._lens.looked.labels.add(label)
            return label
        if label.read not in OF_APPS:
            self._lens.looked.look_inside(label.read, f"facts.{question}")
        return self._lens.raw(label)


RequestView = view_of(
    Request,
    "request",
    {
        "app": Lens.asking,
        "action": lambda _, action: AskedAction(action),
        "message": MessageView,
        "owner": NAME,
        "grant": _optional(GrantView),
        "operation": _optional(lambda lens, name: SeenOperation(name, lens.looked)),
    },
)


def seen_by(lens: Lens, request: Request) -> Request:
    """Return the request as a lens shows it."""
    view = RequestView(lens, _Shown(request, FactsView(lens, request)))
    return cast("Request", view)


class _Shown:
    """A request whose facts are shown through a view of their own."""

    __slots__ = ("action", "app", "facts", "grant", "message", "operation", "owner")

    def __init__(self, request: Request, facts: FactsView) -> None:
        self.app, self.action, self.message = request.app, request.action, request.message
        self.owner, self.grant, self.operation = request.owner, request.grant, request.operation
        self.facts = facts
