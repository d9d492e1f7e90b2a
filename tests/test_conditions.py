"""Test that a branch which was never taken is named, wherever the code of a policy has it, and no other."""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache, lru_cache, partial, singledispatch, wraps
from types import SimpleNamespace

import pytest

from permiscope.engine.bfs import messaging_for
from permiscope.engine.hunting import hunt_rules
from permiscope.judge.noninterference import parse_rule
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.access import PERMIT, REFUSED, Decision, Grant, Request
from permiscope.model.mail import Message
from permiscope.model.reads import Looked
from permiscope.model.steps import Compose, Consent, Reply
from permiscope.model.views import Lens, seen_by
from permiscope.service.door.build import Service
from permiscope.service.policies.conditions import watch_conditions
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy, Policy
from tests.helpers import ANA, APP, BEN

pytestmark = pytest.mark.one_python

Test = Callable[[Request], object]


def verdict_of(policy: Policy) -> Verdict:
    """Search for a message that was not sent via the app."""
    return hunt_rules(Service(policy), [parse_rule("I5:via-app")], 3)["I5:via-app"].verdict


def is_wide(message: Message) -> bool:
    """Whether it is to more people than the search has."""
    return len(message.recipients) > 7


def is_shown(request: Request) -> bool:
    """Have all conditions in a function that another one calls."""
    return request.message.via == request.app or is_wide(request.message)


def logged(function: Test) -> Test:
    """Decorate a function."""

    @wraps(function)
    def wrapper(request: Request) -> object:
        return function(request)

    return wrapper


class Rules:
    """Rules as methods."""

    most = 7

    def __call__(self, request: Request) -> bool:
        """Ask a method."""
        return request.grant is not None and self.allows(request.message, request.app)

    def allows(self, message: Message, app: str) -> bool:
        """Have the condition."""
        return message.via == app or len(message.recipients) > self.most

    def up_to(self, most: int, request: Request) -> bool:
        """Have the condition, and a limit that is given."""
        message = request.message
        return request.grant is not None and (message.via == request.app or len(message.recipients) > most)


@logged
def decorated(request: Request) -> bool:
    """Be behind a decorator."""
    return request.grant is not None and is_shown(request)


def in_loop(request: Request) -> bool:
    """Go through what is never there."""
    for _ in request.message.segments[5:]:
        return request.grant is not None
    return request.grant is not None and request.message.via == request.app


def in_generator(request: Request) -> bool:
    """Go through what is never there, in one line."""
    own = request.message.via == request.app
    return request.grant is not None and (own or any(True for _ in request.message.segments[5:]))


def in_handler(request: Request) -> bool:
    """Permit whatever goes wrong."""
    try:
        names = [request.facts.messages[request.message.id].author]
    except KeyError:
        return True
    return request.grant is not None and bool(names) and request.message.via == request.app


def in_list(request: Request) -> bool:
    """Hide a computed number in a list."""
    return request.grant is not None and any([request.message.via == request.app, len(request.message.recipients) // 8])


def in_rules(request: Request) -> bool:
    """Go through functions."""
    return request.grant is not None and any(rule(request) for rule in [is_shown])


def in_map(request: Request) -> bool:
    """Give a function to another one."""
    return request.grant is not None and any(map(is_shown, [request]))


def in_module(request: Request) -> bool:
    """Call what is an attribute of something."""
    return request.grant is not None and SimpleNamespace(rule=is_shown).rule(request)


def nested(request: Request) -> bool:
    """Have a function of its own."""

    def allows(message: Message) -> bool:
        return message.via == request.app or len(message.recipients) > 7

    return request.grant is not None and allows(request.message)


def behind(request: Request) -> bool:
    """Have a condition in what is never gone through."""
    own = request.message.via == request.app
    return request.grant is not None and (own or any(each.text == "yes" for each in request.message.segments[5:]))


def match(request: Request) -> bool:
    """Have a case that nothing matches."""
    match len(request.message.recipients):
        case 8:
            return request.grant is not None
        case _:
            return request.grant is not None and request.message.via == request.app


class Box:
    """Something that looks at a message when it is made, and when it is asked."""

    def __init__(self, message: Message) -> None:
        """Look at once."""
        self.is_wide = len(message.recipients) > 7
        self.message = message

    @property
    def was_wide(self) -> bool:
        """Look again."""
        return len(self.message.recipients) > 7


@singledispatch
def by_kind(value: object, app: str) -> bool:
    """Be of no kind that is known."""
    return value == app


@by_kind.register
def of_message(value: Message, app: str) -> bool:
    """Have the condition for a kind."""
    return value.via == app or len(value.recipients) > 7


def with_property(request: Request) -> bool:
    """Ask a property."""
    return request.grant is not None and (request.message.via == request.app or Box(request.message).was_wide)


def with_object(request: Request) -> bool:
    """Ask something that looked when it was made."""
    return request.grant is not None and (request.message.via == request.app or Box(request.message).is_wide)


def with_dispatch(request: Request) -> bool:
    """Ask by kind."""
    return request.grant is not None and by_kind(request.message, request.app)


def with_evaluation(request: Request) -> bool:
    """Ask a text."""
    names = {"message": request.message, "app": request.app}
    asked = eval("message.via == app or len(message.recipients) > 7", names)  # noqa: S307  # as somebody may write
    return request.grant is not None and bool(asked)


def after_try(request: Request) -> bool:
    """Permit what nothing went wrong with."""
    try:
        TABLE[len(request.message.recipients)]
    except KeyError:
        return request.grant is not None and request.message.via == request.app
    return request.grant is not None


def after_loop(request: Request) -> bool:
    """Permit what is not there to be gone through."""
    for each in (request.message,):
        return request.grant is not None and each.via == request.app
    return True


def in_table(request: Request) -> bool:
    """Look an answer up."""
    return request.grant is not None and max(request.message.via == request.app, ROWS[len(request.message.recipients)])


def in_table_or_not(request: Request) -> bool:
    """Look an answer up that may not be there."""
    own = request.message.via == request.app
    return request.grant is not None and max(own, ROWS.get(len(request.message.recipients), False))


def as_operand(request: Request) -> bool:
    """Compute an answer without a branch."""
    own = request.message.via == request.app
    return request.grant is not None and own | is_wide(request.message)


def as_name(request: Request) -> bool:
    """Compute an answer of one that has a name."""
    own, wide = request.message.via == request.app, is_wide(request.message)
    return (request.grant is not None and own | wide) is True


def in_table_of_several(request: Request) -> bool:
    """Look an answer up by more than one thing."""
    return request.grant is not None and EITHER[request.message.via == request.app, is_wide(request.message)]


def among_several(request: Request) -> bool:
    """Be one of several that are permitted."""
    return request.grant is not None and (request.message.via == request.app, is_wide(request.message)) in PERMITTED


def among_tuples(request: Request) -> bool:
    """Be one of several in a list."""
    found = request.message.via == request.app, is_wide(request.message)
    return request.grant is not None and found in [(True, True), (True, False), (False, True)]


def among_hashless(request: Request) -> bool:
    """Be, with something that has no hash, none of several."""
    pairs: list[tuple[str, object]] = [("a", 1), ("b", 2)]
    is_odd = (request.app, []) in pairs
    return request.grant is not None and (request.message.via == request.app or is_odd)


def by_default(request: Request) -> bool:
    """Have no row."""
    own = request.message.via == request.app
    return request.grant is not None and max(own, FEW.get(len(request.message.recipients), True))


def behind_emptiness(request: Request) -> bool:
    """Look into a text with what leaves no trace, after a look at whether there is any."""
    subject = request.message.subject
    own = request.message.via == request.app
    return request.grant is not None and ((own if not subject else own or bool(NUMBER.search(subject))) is True)


NUMBER = re.compile(r"No\. \d+")
EITHER = {(own, wide): own or wide for own in (True, False) for wide in (True, False)}
PERMITTED = {each for each, answer in EITHER.items() if answer}
FEW = dict.fromkeys(range(8), False)
TABLE = {8: True}
ROWS = {0: False, 1: False, 2: False, 8: True}
HIDDEN: dict[str, Test] = {
    "a lambda": lambda r: r.grant is not None and (r.message.via == r.app or len(r.message.recipients) > 7),
    "a lambda that calls": lambda r: r.grant is not None and is_shown(r),
    "an object": Rules(),
    "a method": partial(Rules().up_to, 7),
    "cached": lambda r: r.grant is not None and lru_cache(maxsize=None)(is_shown)(r),
    "cached twice": lambda r: r.grant is not None and cache(cache(is_shown))(r),
    **{
        each.__name__: each
        for each in (
            *(decorated, in_loop, in_generator, in_handler, in_list, in_rules, in_map, in_module),
            *(nested, behind, match, with_property, with_object, with_dispatch, with_evaluation),
            *(after_try, after_loop, in_table, in_table_or_not, by_default),
            *(as_operand, as_name, in_table_of_several, among_several, among_tuples, among_hashless, behind_emptiness),
        )
    },
}


@pytest.mark.parametrize("where", HIDDEN)
def test_a_branch_that_was_never_taken_is_named(where: str) -> None:
    """Wherever it is, the search cannot say what would be shown there."""
    found = verdict_of(FunctionPolicy(where, "", HIDDEN[where]))
    assert found.kind is Kind.UNVARIED
    assert any("was never false" not in each for each in found.unvaried)


class Own:
    """A policy that is no function."""

    name, text = "own", ""

    def decide(self, request: Request) -> Decision:
        """Permit what a method allows."""
        return PERMIT if request.grant is not None and is_shown(request) else REFUSED


def test_a_policy_that_is_no_function_is_followed_too() -> None:
    """By what it decides."""
    assert "`len(message.recipients) > 7` was never true" in verdict_of(Own()).unvaried


def test_what_has_no_source_is_never_kept() -> None:
    """Nobody can see what it has for conditions."""
    made: dict[str, Test] = {}
    exec("policy = lambda r: r.grant is not None and r.message.via == r.app", made)  # noqa: S102  # as a prompt would
    found = verdict_of(FunctionPolicy("typed", "", made["policy"]))
    assert found.unvaried == ("`<lambda>` has conditions that cannot be seen",)


def root_of(request: Request) -> Message:
    """Return something that is always there."""
    first = request.facts.threads[request.message.thread].messages[0]
    return request.facts.messages.get(first) or request.message


def in_plain_code(request: Request) -> bool:
    """Use what is always so, in the ways of plain code."""
    names: list[str] = []
    for each in sorted(request.facts.messages.values(), key=lambda message: message.position):
        names += [each.id] if each.via == request.app else []
    is_within = root_of(request).thread == request.message.thread
    return request.grant is not None and is_within and request.message.id in names


def with_own_tables(request: Request) -> bool:
    """Index what is made of messages, by name, by place and by slice."""
    by_name = {each.id: each for each in request.facts.messages.values()}
    last, names = slice(None, 1), [each.id for each in by_name.values()]
    found = by_name.get(request.message.id)
    is_there = len(names[last]) > 0 and found is not None
    return request.grant is not None and is_there and by_name[request.message.id].via == request.app


def test_a_table_that_is_made_of_messages_has_no_rows_of_its_own() -> None:
    """Only constants are rows that have to be looked up."""
    assert "of a table" not in " ".join(verdict_of(FunctionPolicy("own", "", with_own_tables)).unvaried)


def guarded(request: Request) -> bool:
    """Make sure of what is always so."""
    thread = request.facts.threads.get(request.message.thread)
    if request.grant is None or thread is None or not thread.messages or not request.message.segments:
        return False
    if not request.message.author or not request.owner:
        return False
    return request.facts.messages[thread.messages[0]].via == request.app == request.message.via


PLAIN: dict[str, Test] = {
    "guards": guarded,
    "a lambda": lambda r: r.grant is not None and r.message.via == r.app,
    "a method": Rules.__call__.__get__(SimpleNamespace(allows=lambda message, app: message.via == app)),
}


@pytest.mark.parametrize("where", PLAIN)
def test_a_policy_without_such_a_branch_is_kept(where: str) -> None:
    """Plain code is not suspected."""
    assert verdict_of(FunctionPolicy(where, "", PLAIN[where])).kind is Kind.EXHAUSTED


def in_passing(request: Request) -> bool:
    """Give several things names at once."""
    message, messages = request.message, request.facts.messages
    parent = messages.get(message.in_reply_to or "")
    return request.grant is not None and (message.via == request.app or parent is not None)


def in_one_breath(request: Request) -> bool:
    """Choose between what one looks up in."""
    places = request.facts.threads if request.message.in_reply_to else request.facts.messages
    return request.grant is not None and request.message.thread in places


def actions_of(grant: Grant | None) -> tuple[str, ...]:
    """Return what is granted, whether it is anything or not."""
    return () if grant is None else grant.scope.actions


def in_a_helper(request: Request) -> bool:
    """Look one of several up that another function returns."""
    return request.message.via == request.app or "delete" in actions_of(request.grant)


OWN_READS = (*HIDDEN.values(), in_plain_code, with_own_tables, in_passing, in_one_breath, in_a_helper)


@pytest.mark.parametrize("policy", OWN_READS)
def test_to_note_conditions_is_to_read_nothing(policy: Test) -> None:
    """A read that is the notes' own would make a search larger, for nothing."""
    noted, _ = watch_conditions(policy)
    plain, watched = Looked(), Looked()
    messaging = messaging_for(Service(BUILT_IN["everything"]))
    messaging.play((Consent(ANA, APP), Compose(BEN, (ANA,), via=APP), Reply(ANA, "m1")))
    for message in messaging.state.messages.values():
        asked = Request(APP, "read", message, ANA, messaging.state.granted(APP, ANA), messaging.state, "get")
        for function, looked in ((policy, plain), (noted, watched)):
            with suppress(KeyError):
                function(seen_by(Lens(looked), asked))
    assert watched.reads == plain.reads


def test_of_what_is_no_condition_nothing_is_said() -> None:
    """Helpers may return what is always there, and lists may be empty."""
    found = verdict_of(FunctionPolicy("helpers", "", in_plain_code))
    assert found.unvaried == (
        "`root_of(request).thread == request.message.thread` was never false",
        "`is_within` was never false",
    )
