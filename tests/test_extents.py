"""Are extents an algebra, written and read as one?"""

from collections.abc import Callable, Mapping
from itertools import product
from typing import assert_never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permiscope.engine.alphabet import MATRIX
from permiscope.engine.space import PEOPLE
from permiscope.engine.strategies import histories
from permiscope.model.errors import InputError
from permiscope.model.extents import ATOMS, EVERYTHING, READINGS, And, Atom, Extent, Not, Or, atoms, parse_extent
from permiscope.model.mail import Message, Segment
from permiscope.model.state import State
from permiscope.model.steps import Compose, History, Label, Reply
from permiscope.service.policies.policy import BUILT_IN
from tests.helpers import ANA, APP, BEN, CY, trace_of

MAIL = (
    Compose(BEN, (ANA,), links=(APP,), text="A link."),  # m1 in t1
    Compose(BEN, (ANA,), mentions=(APP,), text="A mention."),  # m2 in t2
    Compose(BEN, (ANA,), text="Private."),  # m3 in t3
    Compose(ANA, thread="t3", via=APP, text="A film."),  # m4
    Reply(BEN, "m4", text="Thanks."),  # m5
    Reply(ANA, "m5", text="You are welcome."),  # m6
    Compose(CY, (ANA,), via=APP, text="Another film."),  # m7 in t4
    Reply(ANA, "m7", text="No, thanks."),  # m8
    Compose(CY, (BEN,), text="Between us."),  # m9 in t5
    Label(BEN, "m9", APP),
)
HOLD = {
    "authored": "m4",
    "via-app": "m4 m7",
    "reply": "m4 m5 m7 m8",
    "rooted": "m7 m8",
    "threaded": "m3 m4 m5 m6 m7 m8",
    "addressed": "m2",
    "linked": "m1",
    "tagged": "m9",
    "counterpart": "m1 m2 m3 m4 m5 m6 m7 m8 m9",
    "everything": "m1 m2 m3 m4 m5 m6 m7 m8 m9",
    "reply & ~via-app": "m5 m8",
    "tagged | linked | addressed": "m1 m2 m9",
    "~counterpart": "",
}
"""Which messages are in which extent, as seen from Ana; she and both others wrote to each other via the app."""


def state_after(history: History) -> State:
    """The state that a history leads to."""
    return trace_of(history, BUILT_IN["everything"]).final_state()


def held(extent: Extent, state: State, owner: str = ANA) -> list[str]:
    """The messages in an extent, as seen from a mailbox."""
    return [message.id for message in state.messages.values() if extent.holds(message, APP, owner, state)]


@pytest.mark.parametrize("text", HOLD)
def test_an_extent_holds_what_its_sentence_says(text: str) -> None:
    """Of nine messages, each in or out."""
    assert held(parse_extent(text), state_after(MAIL)) == HOLD[text].split()


def test_a_message_to_the_app_is_addressed_to_it() -> None:
    """The exemption for direct messages, which no step makes."""
    message = Message("m1", ANA, (APP,), "t1", (Segment("Hello", "m1"),), 0, 0.0)
    assert READINGS["addressed"].holds(message, APP, ANA, State())


def extents(depth: int = 2) -> st.SearchStrategy[Extent]:
    """Extents of readings joined and turned round."""
    atoms = st.sampled_from(list(READINGS.values()))
    if not depth:
        return atoms
    inner = extents(depth - 1)
    return st.one_of(
        inner,
        st.builds(lambda one, other: one | other, inner, inner),
        st.builds(lambda one, other: one & other, inner, inner),
        st.builds(lambda one: ~one, inner),
    )


Law = Callable[[Extent, Extent, Extent], tuple[Extent, Extent]]
LAWS: dict[str, Law] = {
    "De Morgan, or": lambda a, b, _: (~(a | b), ~a & ~b),
    "De Morgan, and": lambda a, b, _: (~(a & b), ~a | ~b),
    "double negation": lambda a, *_: (~~a, a),
    "or is commutative": lambda a, b, _: (a | b, b | a),
    "and is commutative": lambda a, b, _: (a & b, b & a),
    "or is associative": lambda a, b, c: (a | (b | c), (a | b) | c),
    "and is associative": lambda a, b, c: (a & (b & c), (a & b) & c),
    "and distributes": lambda a, b, c: (a & (b | c), (a & b) | (a & c)),
    "or distributes": lambda a, b, c: (a | (b & c), (a | b) & (a | c)),
    "absorption": lambda a, b, _: (a | (a & b), a),
    "idempotence": lambda a, *_: (a & a, a | a),
    "excluded middle": lambda a, *_: (a | ~a, EVERYTHING),
    "contradiction": lambda a, *_: (a & ~a, ~EVERYTHING),
}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
@given(history=histories(MATRIX, operations=frozenset()), one=extents(), two=extents(), three=extents())
def test_the_laws_of_sets_hold(law: Law, history: History, one: Extent, two: Extent, three: Extent) -> None:
    """Of any extents, in any state, as seen from anybody's mailbox."""
    left, right = law(one, two, three)
    for state, owner in product((state_after(history), state_after(MAIL)), PEOPLE):
        assert held(left, state, owner) == held(right, state, owner)


@given(extents(3))
def test_the_name_of_an_extent_is_an_expression_of_it(extent: Extent) -> None:
    """What is written is read as the same extent, and means the same."""
    read = parse_extent(extent.name)
    assert read == extent
    assert read.phrase == extent.phrase
    assert held(read, state_after(MAIL)) == held(extent, state_after(MAIL))


Plain = str | tuple["Plain", ...]
"""An extent as nested tuples: the name of an atom, or a sign and what it joins."""

PLAIN: st.SearchStrategy[Plain] = st.recursive(
    st.sampled_from(list(ATOMS)),
    lambda inner: st.tuples(st.sampled_from("|&"), inner, inner) | st.tuples(st.just("~"), inner),
    max_leaves=8,
)


def built(plain: Plain) -> Extent:
    """Build the extent that nested tuples stand for."""
    match plain:
        case str(name):
            return ATOMS[name]
        case ("|", one, two):
            return built(one) | built(two)
        case ("&", one, two):
            return built(one) & built(two)
        case (_, one):
            return ~built(one)
        case _:
            raise AssertionError(plain)


def walked(extent: Extent) -> Plain:
    """Return the tree of an extent as nested tuples."""
    match extent:
        case Atom(name):
            return name
        case Or(one, two):
            return "|", walked(one), walked(two)
        case And(one, two):
            return "&", walked(one), walked(two)
        case Not(one):
            return "~", walked(one)
        case _:
            assert_never(extent)


def combined(plain: Plain, truths: Mapping[str, bool]) -> bool:
    """Combine the truths of atoms as the signs say."""
    match plain:
        case str(name):
            return truths[name]
        case ("|", *several):
            return any(combined(each, truths) for each in several)
        case ("&", *several):
            return all(combined(each, truths) for each in several)
        case (_, one):
            return not combined(one, truths)
        case _:
            raise AssertionError(plain)


def leaves(plain: Plain) -> list[str]:
    """Return the names of atoms in nested tuples, from left to right."""
    return [plain] if isinstance(plain, str) else [name for each in plain[1:] for name in leaves(each)]


@given(PLAIN)
def test_an_extent_holds_what_its_atoms_hold_together(plain: Plain) -> None:
    """Compare with the Boolean combination, of each message in each mailbox."""
    extent, state = built(plain), state_after(MAIL)
    for message, owner in product(state.messages.values(), PEOPLE):
        asked = (message, APP, owner, state)
        truths = {name: ATOMS[name].holds(*asked) for name in leaves(plain)}
        assert extent.holds(*asked) == combined(plain, truths)


@given(PLAIN)
def test_the_name_of_an_extent_is_read_as_the_same_tree(plain: Plain) -> None:
    """Equality goes by the name, so the trees are compared node by node."""
    extent = built(plain)
    assert walked(extent) == walked(parse_extent(extent.name)) == plain
    assert [atom.name for atom in atoms(extent)] == leaves(plain)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("reply", "reply"),
        ("  via-app ", "via-app"),
        ("via_app", "via-app"),
        ("reply|tagged", "(reply | tagged)"),
        ("reply | tagged & ~linked", "(reply | (tagged & ~linked))"),
        ("(reply | tagged) & ~linked", "((reply | tagged) & ~linked)"),
        ("~reply | tagged", "(~reply | tagged)"),
        ("~(reply | tagged)", "~(reply | tagged)"),
        ("~~reply", "~~reply"),
        ("reply | tagged | linked", "((reply | tagged) | linked)"),
    ],
)
def test_not_binds_before_and_and_and_before_or(text: str, name: str) -> None:
    """As in Python; the name has all the brackets."""
    assert parse_extent(text).name == name


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("reply", "A message belongs when somebody sent it via the app, or it answers such a message."),
        ("linked | tagged", "A message belongs when (either it links to the app, or it bears the app's label)."),
        ("linked & tagged", "A message belongs when (both it links to the app, and it bears the app's label)."),
        ("~linked", "A message belongs when it is not so that it links to the app."),
    ],
)
def test_an_extent_says_itself_in_a_sentence(text: str, sentence: str) -> None:
    """Brackets keep apart what belongs together."""
    assert parse_extent(text).sentence == sentence


def test_extents_are_equal_when_they_are_written_alike() -> None:
    """Whether they mean the same is another question."""
    assert parse_extent("reply | tagged") == READINGS["reply"] | READINGS["tagged"]
    assert parse_extent("reply | tagged") != parse_extent("tagged | reply")
    assert len({parse_extent("reply"), READINGS["reply"], READINGS["tagged"]}) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "reply |",
        "| reply",
        "reply tagged",
        "reply or tagged",
        "not reply",
        "reply ^ tagged",
        "reply - tagged",
        "reply, tagged",
        "reply(1)",
        "reply.holds",
        "'reply'",
        "1",
        "(reply",
        "reply)",
        "reply = tagged",
        "lambda: reply",
        "\0",
        "(" * 300 + "reply" + ")" * 300,
    ],
)
def test_what_is_no_expression_is_answered_with_how_to_write_one(text: str) -> None:
    """Nothing but names, the three signs and brackets; and nothing of it is run."""
    with pytest.raises(InputError) as wrong:
        parse_extent(text)
    in_one_line = " ".join(text.split())
    assert str(wrong.value).startswith(f"`{in_one_line}` is no reading; write names joined by `|`, `&` and `~`")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("repl", "there is no reading `repl`; did you mean `reply`?"),
        ("Reply", "there is no reading `Reply`; did you mean `reply`?"),
        ("reply | taged", "there is no reading `taged`; did you mean `tagged`?"),
        ("via-ap", "there is no reading `via-ap`; did you mean `via-app`?"),
        ("-reply", "there is no reading `-reply`; did you mean `reply`?"),
        ("zzz", "there is no reading `zzz`; see `permiscope list readings`"),
        ("__import__", "there is no reading `--import--`"),
    ],
)
def test_a_name_that_is_no_reading_is_answered_with_the_nearest(text: str, says: str) -> None:
    """Or with where to look."""
    with pytest.raises(InputError) as wrong:
        parse_extent(text)
    assert str(wrong.value).startswith(says)


@pytest.mark.parametrize("text", ["~" * 5000 + "reply", "reply|" * 3000 + "reply"], ids=["deep", "long"])
def test_an_expression_that_is_too_deep_is_wrong_input(text: str) -> None:
    """One line, and no traceback."""
    with pytest.raises(InputError):
        parse_extent(text)
