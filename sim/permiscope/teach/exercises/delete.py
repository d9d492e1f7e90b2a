"""Lesson 4: a policy for all three actions, neither too weak nor too strict."""

from attrs import frozen

from permiscope.engine.alphabet import READ, Kind
from permiscope.engine.bfs import Levels
from permiscope.engine.space import APPS, Space
from permiscope.model.access import Request
from permiscope.model.extents import READINGS
from permiscope.model.steps import Call, History
from permiscope.questions.policies.compare import questions, request_of
from permiscope.report.story import story
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN
from permiscope.teach.answer import Answer, AnswerError
from permiscope.teach.exercise import Exercise, NotYetError, Part
from permiscope.teach.variant import APP, Variant

BOUND = 5
"""Steps of the days on which a policy is asked: the last is the question."""
KINDS: frozenset[Kind] = frozenset({"grant", "grant-narrowly", "compose", "compose-via", "reply"})

Case = str
"""What a question is about; a case has a part of its own."""
OWN, ANSWERS = "it lets the app read back what was sent via it", "it lets the app read what answers that"
BEYOND = "it lets the app read nothing else"
DELETES, KEEPS = "it lets the app delete what the owner sent via it", "it lets the app delete nothing else"
SENDS, UNGRANTED, REST = "it lets the app send", "it permits nothing that no grant covers", "it permits nothing besides"


@frozen
class Tried:
    """The smallest question of each case that the policy answers otherwise than it was agreed: a day and its answer."""

    wrong: dict[Case, str]


def task(variant: Variant) -> str:
    """What was agreed on, action by action."""
    return (
        f"{APP} and the service agree. Where the grant of a mailbox's owner names the action and covers the message, "
        f"{APP} may read what was sent via it (by anybody) and what answers such a message; it may delete what the "
        "mailbox's owner sent via it; and it may send. It may do nothing else. Write the policy: a function `allows` "
        "of a request that returns True or False."
    )


def start(variant: Variant) -> str:
    """A policy that lets read and delete all."""
    return '''\
def allows(request):
    """May the app do this? The request says who asks (request.app), what for (request.action: "read", "delete", "send",
    "label", "settings"), with which message (request.message: .id, .author, .recipients, .thread, .via, .in_reply_to),
    in whose mailbox (request.owner) and with which grant, or None (request.grant: .scope.actions, .scope.extent.holds).
    Other messages are in request.facts.messages, by their ids.
    """
    return request.grant is not None
'''


def _case(request: Request) -> tuple[Case, bool]:
    """What a request is about, and whether it was agreed to permit it."""
    message, app, owner, facts, grant = request.message, request.app, request.owner, request.facts, request.grant
    if grant is None or request.action not in grant.scope.actions:
        return UNGRANTED, False
    if request.action == "send":
        return SENDS, True
    if not grant.scope.extent.holds(message, app, owner, facts):
        return UNGRANTED, False
    if request.action == "read":
        if not READINGS["reply"].holds(message, app, owner, facts):
            return BEYOND, False
        return (OWN if message.via == app else ANSWERS), True
    if request.action == "delete":
        own = READINGS["authored"].holds(message, app, owner, facts)
        return (DELETES if own else KEEPS), own
    return REST, False


def read(variant: Variant, answer: Answer) -> Tried:
    """Ask the policy after every history of people, shortest first. Raises `NotYetError` if it does not answer."""
    world = MessagingService(Service(BUILT_IN["deny-all"], "agreed"), variant.people[:2], APPS)
    # Of days that are alike but for who is who one is asked about; where both granted, both mailboxes are.
    wrong: dict[Case, str] = {}
    space = Space(KINDS, READ, frozenset())
    levels = Levels(world, space)
    for steps in range(BOUND):
        visited = levels.visit(steps)
        asked = [(node.history, call, request) for node, each in visited for call, request in _requests(each)]
        said = answer.ask("allows", [(request,) for _, _, request in asked])
        try:
            for (history, call, request), permitted in zip(asked, said, strict=True):
                case, agreed = _case(request)
                if permitted != agreed and case not in wrong:
                    wrong[case] = _told(world, history, call, permits=permitted)
        except AnswerError as error:
            history, call, request = asked[min(error.asked, len(asked) - 1)]
            example = f"{_story(world, history)}\n{_question(call)} To this, `allows` does not answer: {error}."
            raise NotYetError(
                example, "See what the request has there: a grant may be None, and so may `in_reply_to`."
            ) from None
    return Tried(wrong)


def _requests(messaging: MessagingService) -> list[tuple[Call, Request]]:
    """What may be asked now. The state goes on, so the request has one of its own."""
    state = messaging.state.copy()
    asked = [(call, request_of(messaging, call)) for call in questions(messaging)]
    return [(call, Request(each.app, each.action, each.message, each.owner, each.grant, state)) for call, each in asked]


def _question(call: Call) -> str:
    what = {"get": "read", "delete": "delete", "label": "label"}.get(call.operation)
    if what is None:
        return f"May {call.app} send in {call.owner}'s name?"
    return f"May {call.app} {what} {call.message} in {call.owner}'s mailbox?"


def _told(world: MessagingService, history: History, call: Call, *, permits: bool) -> str:
    said = "Your policy permits it; it was not agreed." if permits else "It was agreed; your policy refuses it."
    return f"{_story(world, history)}\n{_question(call)} {said}"


def _story(world: MessagingService, history: History) -> str:
    return story(world.copy().played(history), world.door.policy)


def _part(case: Case, hint: str) -> Part[Tried]:
    def check(variant: Variant, tried: Tried) -> str:
        return tried.wrong.get(case, "")

    return Part(case, check, hint)


EXERCISE = Exercise(
    4,
    task,
    start,
    read,
    (
        _part(OWN, "Ask for `via` of the message, and leave alone who wrote it."),
        _part(
            ANSWERS, "A message says by `in_reply_to` which one it answers; that one is in `request.facts.messages`."
        ),
        _part(BEYOND, "Which message does it let the app read, and what has that one to do with the app?"),
        _part(DELETES, "Deleting is its own action: `request.action` says which one is asked for."),
        _part(KEEPS, "For deleting there is a narrower agreement: who has to have sent the message, and how?"),
        _part(SENDS, "A message that is being sent answers nothing and is in nobody's mailbox yet. Decide before."),
        _part(
            UNGRANTED,
            "A grant names actions (`scope.actions`) and may cover less than the mailbox: `scope.extent.holds`"
            " takes the message, the app, the owner and the facts.",
        ),
        _part(REST, "Say what is permitted, and refuse the rest, whatever it is."),
    ),
)
