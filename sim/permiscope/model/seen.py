"""Show strings, numbers and tuples in a way that notes what is done with them.

Names, ids, texts, times and positions are strings and numbers that note any use but a comparison with one another; a
constant that one is compared with is noted too.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from permiscope.model.access import OPERATIONS
from permiscope.model.reads import (
    ALIKE,
    APPS,
    ASKING,
    CLOCK,
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
        elif {self.read, other.read} & {*OF_TEXTS, EXTENT}:
            for each in (self, other):
                self.looked.look_inside(each.read, "a comparison with something else")
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
APPS_IN_ORDER = _in_order("thread.order", *BY_PLACE, "__iter__")
"""Apps in the order in which they came to a thread."""
TEXTS = _in_order(COUNTED, *BY_PLACE, "__iter__", "count")


class SeenActions(_in_order(WHOLE, *BY_PLACE, "__iter__", "__len__", "count")):  # type: ignore[misc]  # as above
    """The actions of a scope, of which a policy looks one up, or counts them."""

    def __contains__(self, item: object) -> bool:
        if not isinstance(item, AskedAction):
            self.looked.compare("scope.actions", item)
        return tuple.__contains__(self, item)


class AskedAction(str):  # noqa: SLOT000  # it is told apart by its class
    """The action that is asked for, which is no constant of a policy."""


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


for _seen, _base in ((SeenText, str), (SeenOperation, str), (SeenNumber, float)):
    for _name, _operation in _operations(_base).items():
        if _name not in vars(_seen):
            setattr(_seen, _name, _operation)
