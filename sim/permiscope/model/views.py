"""Show a policy its request through views that note what it looks at.

A view has the attributes of what it stands for and nothing else, and each read of one is noted. Names, ids, texts,
times and positions are strings and numbers that note any use but a comparison with one another; a constant that one
is compared with is noted too. Whatever uses an object whole (equality, `evolve`, pickling, a class pattern,
formatting) reads its attributes, and so notes them all.

Regular expressions, `str.join`, `"text" in` and `is` look at a string unnoticed. Therefore a `Lens` can also show the
same request with people exchanged, with other ids, and at another time: a policy that answers otherwise then looked.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self, cast, get_args

from attrs import field, fields, frozen

from permiscope.model.access import OPERATIONS, Grant, Request, Scope
from permiscope.model.errors import InputError
from permiscope.model.extents import Extent, Facts
from permiscope.model.mail import Message, Segment, Thread
from permiscope.model.reads import (
    ALIKE,
    APPS,
    ASKING,
    CLOCK,
    COMPANY,
    COUNTED,
    EXTENT,
    IDS,
    NAMES,
    WHOLE,
    Looked,
    Read,
)

SILENT = {str: ("__eq__", "__ne__"), float: ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")}
"""The operations between two views of one kind that tell nothing of the value of either."""

COMPARING = ("__eq__", "__ne__", "__contains__", "startswith", "endswith")
"""The operations with a constant that say themselves with which text they would answer otherwise."""
WITHIN = ("__contains__", "startswith", "endswith")
OF_APPS = (APPS, ASKING)
OF_TEXTS = ("message.subject", "message.text", "message.attachments", "grant.purposes")
HARMLESS: Mapping[Read, tuple[str, ...]] = dict.fromkeys((NAMES, *OF_APPS, EXTENT), ("__eq__", "__ne__", "__hash__"))
"""Those of names, which are looked up, too, and of which no part means anything."""
ORDERING = ("__lt__", "__le__", "__gt__", "__ge__")

KEPT = (
    *("__new__", "__init__", "__class__", "__getattribute__", "__setattr__", "__delattr__", "__init_subclass__"),
    *("__subclasshook__", "__dir__", "__sizeof__", "__reduce__", "__reduce_ex__", "__getnewargs__", "__getstate__"),
    *("__bool__", "__getformat__", "fromhex", "from_bytes", "maketrans"),
)
"""What a view of a string or number has of it as it is."""

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


def _noting(base: type, name: str) -> Callable[..., Any]:
    """Wrap an operation of a string or number: note its use, and the constants that it is used with."""
    operation = getattr(base, name)
    silent = name in SILENT[base]

    def use(self: Any, *given: Any, **named: Any) -> Any:  # noqa: ANN401  # whatever the operation takes and returns
        if not (silent and given and (given[0] is None or isinstance(given[0], type(self)))):
            self.note(given, name)
        elif base is str and given[0] is not None:
            self.meet(given[0])
        return operation(self, *given, **named)

    return use


def _operations(base: type) -> dict[str, Callable[..., Any]]:
    return {name: _noting(base, name) for name in dir(base) if name not in KEPT and callable(getattr(base, name))}


class SeenText(str):  # noqa: SLOT000  # it has attributes
    """A string that notes any use but a comparison with another of its kind, or with None.

    `read` is what is noted, and `raw` what the string stands for where a lens shows it otherwise.
    """

    looked: Looked
    read: Read
    raw: str
    touched: bool = False

    def __new__(cls, text: str, looked: Looked, read: Read, raw: str) -> Self:
        """Make the view of a string."""
        self = super().__new__(cls, text)
        self.looked, self.read, self.raw = looked, read, raw
        return self

    def note(self, given: tuple[object, ...], how: str) -> None:
        """Note a use, and what the string is compared with."""
        looked = self.looked
        looked.note(self.read)
        self.touched = True
        if self.read != IDS:
            # People take part in every order that there is, so one may be asked whether it comes before another.
            is_of_two = how in ORDERING and self.read == NAMES and isinstance(given[0], SeenText)
            if how not in HARMLESS.get(self.read, COMPARING) and not is_of_two:
                looked.look_inside(self.read, how)
            elif how in WITHIN:
                looked.parts.setdefault(self.read, set()).update(f"{how} {each!r}" for each in given)
        for each in given:
            for one in each if isinstance(each, tuple) else (each,):
                if isinstance(one, SeenText) and how in WITHIN:
                    looked.look_inside(self.read, f"{how} of another")
                elif not isinstance(one, SeenText):
                    looked.compare(self.read, one)
                    if how in WITHIN and isinstance(one, str) and self.read in OF_TEXTS:
                        # There are longer texts, too, that have it in them.
                        looked.compare(self.read, f"See {one}" if how == "endswith" else f"{one} and more")

    def meet(self, other: "SeenText") -> None:
        """Note that it is compared with another one."""
        if self.read == other.read and self.read in OF_TEXTS:
            self.looked.note(ALIKE)
            self.touched = other.touched = True

    def __bool__(self) -> bool:
        """Whether there is any text, which of a name goes without saying."""
        self.touched = True
        if self.read not in (NAMES, *OF_APPS, IDS):
            self.looked.note(self.read)
            self.looked.compare(self.read, "")
        return str.__len__(self) > 0

    def __reduce__(self) -> tuple[object, ...]:
        self.note((), "pickle")
        return str, (str.__str__(self),)


class SeenNumber(float):
    """A time or position that notes any use but a comparison with another one."""

    looked: Looked

    def __new__(cls, number: float, looked: Looked) -> Self:
        """Make the view of a number."""
        self = super().__new__(cls, number)
        self.looked = looked
        return self

    def note(self, given: tuple[object, ...], how: str) -> None:
        """Note a use, and what the number is compared with."""
        self.looked.note(CLOCK)
        if how not in SILENT[float]:
            self.looked.look_inside(CLOCK, how)
        for each in given:
            if not isinstance(each, SeenNumber):
                self.looked.compare(CLOCK, each)

    def __index__(self) -> int:
        """As a position, which counts records."""
        self.note((), "int")
        return int(float.__float__(self))

    def __reduce__(self) -> tuple[object, ...]:
        self.note((), "pickle")
        return float, (float.__float__(self),)


def _in_order(read: Read, *asking: str) -> Callable[[tuple[str, ...], Looked], tuple[str, ...]]:
    """Make a kind of tuple that notes a read when it is asked for the order of what is in it, by one of these."""

    def make(self: type[tuple[str, ...]], items: tuple[str, ...], looked: Looked) -> tuple[str, ...]:
        made = tuple.__new__(self, items)
        made.looked = looked  # type: ignore[attr-defined]  # it has room for attributes
        return made

    def noting(name: str) -> Callable[..., object]:
        operation = getattr(tuple, name)

        def use(self: Any, *given: object) -> object:  # noqa: ANN401  # one of these tuples
            self.looked.note(read)
            return operation(self, *given)

        return use

    def reduce(self: tuple[str, ...], _: object) -> tuple[object, ...]:
        return tuple, (list(self),)

    return type("SeenOrder", (tuple,), {"__new__": make, "__reduce_ex__": reduce, **{n: noting(n) for n in asking}})


BY_PLACE = ("__getitem__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "index", "__add__")
PEOPLE_IN_ORDER = _in_order(NAMES, *BY_PLACE)
"""People in an order. That one goes through them tells nothing, unless they are shown in another (`Lens.order`)."""


class SeenRecipients(PEOPLE_IN_ORDER):  # type: ignore[misc, valid-type]  # a class that is made
    """Recipients, of whom an app that forwards to itself is one."""

    def __contains__(self, item: object) -> bool:
        if not (isinstance(item, SeenText) and item.read in OF_APPS):
            self.looked.note(COMPANY)
        return tuple.__contains__(self, item)

    def __iter__(self) -> Iterator[str]:
        self.looked.note(COMPANY)
        return tuple.__iter__(self)

    def __len__(self) -> int:
        self.looked.note(COMPANY)
        return tuple.__len__(self)


APPS_IN_ORDER = _in_order("thread.order", *BY_PLACE, "__iter__")
"""Apps in the order in which they came to a thread."""
TEXTS = _in_order(COUNTED, *BY_PLACE, "__iter__", "count")


class SeenActions(_in_order(WHOLE, *BY_PLACE, "__iter__", "__len__", "count")):  # type: ignore[misc]  # as above
    """The actions of a scope, of which a policy looks one up, or counts them."""

    def __contains__(self, item: object) -> bool:
        self.looked.compare("scope.actions", item)
        return tuple.__contains__(self, item)


class SeenOperation(str):  # noqa: SLOT000  # it has an attribute
    """The name of an operation that notes which others it is told apart from."""

    looked: Looked

    def __new__(cls, name: str, looked: Looked) -> Self:
        """Make the view of the name."""
        self = super().__new__(cls, name)
        self.looked = looked
        return self

    def note(self, given: tuple[object, ...], how: str) -> None:
        """Note what the name is compared with; whatever else is done with it tells all apart."""
        is_compared = how in SILENT[str]
        self.looked.operations.update([str(each) for each in given] if is_compared else OPERATIONS)


for _seen, _base in ((SeenText, str), (SeenOperation, str), (SeenNumber, float)):
    for _name, _operation in _operations(_base).items():
        if _name not in vars(_seen):
            setattr(_seen, _name, _operation)


@frozen(eq=False)
class Lens:
    """How a request is shown: who looks, and what is shown under another name.

    `names` exchanges people; `fresh` gives messages and threads other ids; `later` is added to times and positions;
    `order` puts lists of names into another order; lists of texts are `turned` round. `shown` are the texts that were
    shown.
    """

    looked: Looked
    names: Mapping[str, str] = {}
    fresh: bool = False
    later: float = 0.0
    order: Callable[[tuple[str, ...]], tuple[str, ...]] | None = None
    turned: bool = False
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


class SeenTexts(TEXTS):  # type: ignore[misc, valid-type]  # a class that is made
    """Texts each of which is compared with what is looked for among them, and not only those before it."""

    def __contains__(self, item: object) -> bool:
        texts: Iterator[object] = tuple.__iter__(self)
        return True in [each == item for each in texts]

    def __bool__(self) -> bool:
        return self._touched() > 0

    def __len__(self) -> int:
        self.looked.note(COUNTED)
        return self._touched()

    def _touched(self) -> int:
        """How many there are, which says nothing of any."""
        texts: Iterator[SeenText] = tuple.__iter__(self)
        for each in texts:
            each.touched = True
        return tuple.__len__(self)


def _text_tuple(read: Read) -> Wrap:
    return lambda lens, words: SeenTexts(
        [lens.text(word, read) for word in (words[::-1] if lens.turned else words)], lens.looked
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
            "recipients": lambda lens, names: SeenRecipients(lens.names_of(names), lens.looked),
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

    __slots__ = ("_app", "_lens", "_seen")

    def __init__(self, lens: Lens, seen: Facts, app: str) -> None:
        self._lens, self._seen, self._app = lens, seen, app

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
        return self._seen.any_message(lambda message: test(MessageView(lens, message)), known)

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
        "message": MessageView,
        "owner": NAME,
        "grant": _optional(GrantView),
        "operation": _optional(lambda lens, name: SeenOperation(name, lens.looked)),
    },
)


def seen_by(lens: Lens, request: Request) -> Request:
    """Return the request as a lens shows it."""
    view = RequestView(lens, _Shown(request, FactsView(lens, request.facts, request.app)))
    return cast("Request", view)


class _Shown:
    """A request whose facts are shown through a view of their own."""

    __slots__ = ("action", "app", "facts", "grant", "message", "operation", "owner")

    def __init__(self, request: Request, facts: FactsView) -> None:
        self.app, self.action, self.message = request.app, request.action, request.message
        self.owner, self.grant, self.operation = request.owner, request.grant, request.operation
        self.facts = facts
