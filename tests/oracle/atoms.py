"""The questions of which a random policy is made, each with its text.

Every atom answers every request, so that no policy raises: what is being sent is in no thread and no mailbox yet, and
of settings the message has an empty id. No atom names an app, and what is said of another app is only that it is not
the one that asks; `brute_force.py` relies on that.
"""

from collections.abc import Callable
from typing import NamedTuple

from permiscope.model.access import Request
from permiscope.model.mail import Message, Thread

EDITED = "On second thoughts, no."
NO_THREAD = Thread()
PEOPLE = frozenset({"Ana", "Ben", "Cy"})


class Atom(NamedTuple):
    """A question and its text. `of_call` says that the answer depends on the action or the operation."""

    text: str
    test: Callable[[Request], bool]
    of_call: bool = False


def parent(request: Request) -> Message | None:
    """What the message replies to."""
    return request.facts.messages.get(request.message.in_reply_to or "")


def original(request: Request) -> Message | None:
    """What the message forwards."""
    return request.facts.messages.get(request.message.forwarded_from or "")


def thread(request: Request) -> Thread:
    """The thread of the message; an empty one if the message would open it."""
    return request.facts.threads.get(request.message.thread, NO_THREAD)


def in_thread(request: Request) -> list[Message]:
    """The messages of the thread, oldest first."""
    return [request.facts.messages[name] for name in thread(request).messages]


def root(request: Request) -> Message | None:
    """The first message of the thread."""
    names = thread(request).messages
    return request.facts.messages[names[0]] if names else None


def before(request: Request) -> Message | None:
    """The message that was made directly before this one, or None."""
    last = None
    for name, message in request.facts.messages.items():
        if name == request.message.id:
            break
        last = message
    return last


def sources(request: Request) -> list[Message]:
    """The messages in which the segments were first written, as far as these are other messages."""
    own, messages = request.message.id, request.facts.messages
    return [messages[each.source] for each in request.message.segments if each.source not in (own, "")]


NO_GRANT = Atom("grant is None", lambda r: r.grant is None)
VIA_APP = Atom("message.via == app", lambda r: r.message.via == r.app)
"""The policies that stand on one atom permit what this one does, where there is a grant."""

OF_MESSAGE = (
    VIA_APP,
    Atom("message.via is None", lambda r: r.message.via is None),
    Atom("message.via not in (None, app)", lambda r: r.message.via is not None and r.message.via != r.app),
    Atom("message.author == owner", lambda r: r.message.author == r.owner),
    Atom("app in message.links", lambda r: r.app in r.message.links),
    Atom("message.links", lambda r: bool(r.message.links)),
    Atom("app in message.mentions", lambda r: r.app in r.message.mentions),
    Atom("message.mentions", lambda r: len(r.message.mentions) > 0),
    Atom("app in message.about", lambda r: r.app in r.message.about),
    Atom("message.about", lambda r: r.message.about != ()),
    Atom("message.subject == 'Invoice'", lambda r: r.message.subject == "Invoice"),
    Atom("'secret' in message.body", lambda r: "secret" in r.message.body),
    Atom("message.body == EDITED", lambda r: r.message.body == EDITED),
    Atom("message.attachments", lambda r: len(r.message.attachments) > 0),
    Atom("message.draft", lambda r: r.message.draft),
    Atom("len(message.recipients) > 1", lambda r: len(r.message.recipients) > 1),
    Atom("owner in message.recipients", lambda r: r.owner in r.message.recipients),
    Atom("app in message.recipients", lambda r: r.app in r.message.recipients),
    Atom("some recipient is no person", lambda r: not PEOPLE.issuperset(r.message.recipients)),
    Atom("message.in_reply_to", lambda r: r.message.in_reply_to is not None),
    Atom("parent.via == app", lambda r: (p := parent(r)) is not None and p.via == r.app),
    Atom("parent.author == owner", lambda r: (p := parent(r)) is not None and p.author == r.owner),
    Atom("message.forwarded_from", lambda r: r.message.forwarded_from is not None),
    Atom("original.via == app", lambda r: (o := original(r)) is not None and o.via == r.app),
    Atom("len(message.segments) > 1", lambda r: len(r.message.segments) > 1),
    Atom("some source.via == app", lambda r: any(each.via == r.app for each in sources(r))),
    Atom("some source.author == owner", lambda r: any(each.author == r.owner for each in sources(r))),
)

OF_THREAD = (
    Atom("app in thread.apps", lambda r: r.app in thread(r).apps),
    Atom("thread.apps", lambda r: len(thread(r).apps) > 0),
    Atom("len(thread.members) > 2", lambda r: len(thread(r).members) > 2),
    Atom("owner in thread.members", lambda r: r.owner in thread(r).members),
    Atom("thread.past", lambda r: len(thread(r).past) > 0),
    Atom("owner in thread.past", lambda r: r.owner in thread(r).past),
    Atom("message is root", lambda r: thread(r).messages[:1] == (r.message.id,)),
    Atom("root.via == app", lambda r: (m := root(r)) is not None and m.via == r.app),
    Atom("root.author == owner", lambda r: (m := root(r)) is not None and m.author == r.owner),
    Atom("len(thread.messages) > 1", lambda r: len(thread(r).messages) > 1),
    Atom("message is last of thread", lambda r: thread(r).messages[-1:] == (r.message.id,)),
    Atom("some of thread via app", lambda r: any(each.via == r.app for each in in_thread(r))),
    Atom("all of thread via app", lambda r: all(each.via == r.app for each in in_thread(r))),
    Atom("all of thread by owner", lambda r: all(each.author == r.owner for each in in_thread(r))),
    Atom("some of thread links app", lambda r: any(r.app in each.links for each in in_thread(r))),
)

OF_ALL_MAIL = (
    Atom("any message.via == app", lambda r: any(each.via == r.app for each in r.facts.messages.values())),
    Atom("no message.via is None", lambda r: all(each.via is not None for each in r.facts.messages.values())),
    Atom("any message.draft", lambda r: any(each.draft for each in r.facts.messages.values())),
    Atom("any message mentions app", lambda r: any(r.app in each.mentions for each in r.facts.messages.values())),
    Atom("any message.in_reply_to", lambda r: any(each.in_reply_to for each in r.facts.messages.values())),
    Atom("any message.author == owner", lambda r: any(each.author == r.owner for each in r.facts.messages.values())),
    Atom("len(messages) > 1", lambda r: len(r.facts.messages) > 1),
    Atom("len(threads) > 1", lambda r: len(r.facts.threads) > 1),
    Atom("before links app", lambda r: (b := before(r)) is not None and r.app in b.links),
    Atom("before.author == message.author", lambda r: (b := before(r)) is not None and b.author == r.message.author),
)

GRANTED = Atom("action in grant", lambda r: r.grant is not None and r.action in r.grant.scope.actions, of_call=True)
"""What every policy should ask first."""

OF_GRANT = (
    NO_GRANT,
    GRANTED,
    Atom("grant for 'authored'", lambda r: r.grant is not None and r.grant.scope.extent.name == "authored"),
    Atom("grant.until", lambda r: r.grant is not None and r.grant.until is not None),
    Atom("grant.backfill", lambda r: r.grant is not None and r.grant.backfill),
    Atom("'advice' in grant.purposes", lambda r: r.grant is not None and "advice" in r.grant.purposes),
)

OF_FACTS = (
    Atom("labelled(app)", lambda r: r.facts.labelled(r.message.id, r.app)),
    Atom("parent labelled(app)", lambda r: r.facts.labelled(r.message.in_reply_to or "", r.app)),
    Atom("interacting(owner)", lambda r: r.facts.interacting(r.app, r.owner, r.message.id)),
    Atom("interacting(author)", lambda r: r.facts.interacting(r.app, r.message.author, r.message.id)),
    Atom("exchanged(owner, author)", lambda r: r.facts.exchanged(r.app, r.owner, r.message.author)),
    Atom("consented(owner)", lambda r: r.facts.consented(r.app, r.owner)),
    Atom("consented(author)", lambda r: r.facts.consented(r.app, r.message.author)),
    Atom("covered(owner, message)", lambda r: r.facts.covered(r.app, r.owner, r.message)),
    Atom("granted(owner)", lambda r: r.facts.granted(r.app, r.owner) is not None),
    Atom("granted(author)", lambda r: r.facts.granted(r.app, r.message.author) is not None),
    Atom("granted(some member)", lambda r: any(r.facts.granted(r.app, each) for each in thread(r).members)),
)

OF_CALL = (
    Atom("action == 'read'", lambda r: r.action == "read", of_call=True),
    Atom("action == 'send'", lambda r: r.action == "send", of_call=True),
    Atom("action in ('label', 'delete')", lambda r: r.action in ("label", "delete"), of_call=True),
    Atom("operation in ('thread', 'export')", lambda r: r.operation in ("thread", "export"), of_call=True),
    Atom("operation in ('list', 'search')", lambda r: r.operation in ("list", "search"), of_call=True),
    Atom("operation == 'get'", lambda r: r.operation == "get", of_call=True),
    Atom("operation == 'push'", lambda r: r.operation == "push", of_call=True),
)

OF_NAMES_AND_TIMES = (
    Atom("message.id == 'm1'", lambda r: r.message.id == "m1"),
    Atom("message.id ends with '2'", lambda r: r.message.id.endswith("2")),
    Atom("message.author == 'Ben'", lambda r: r.message.author == "Ben"),
    Atom("message.author < owner", lambda r: r.message.author < r.owner),
    Atom("message.time > 2", lambda r: r.message.time > 2),
    Atom("message.position % 2 == 0", lambda r: r.message.position % 2 == 0),
)


OF_QUESTIONS = (
    Atom("labelled by owner", lambda r: r.facts.labelled_by(r.message.id, r.app) == r.owner),
    Atom("labelled by app", lambda r: r.facts.labelled_by(r.message.id, r.app) == r.app),
    Atom("labelled by author", lambda r: r.facts.labelled_by(r.message.id, r.app) == r.message.author),
    Atom("len(grants) > 1", lambda r: len(r.facts.grants(r.app, r.owner)) > 1),
    Atom("some of grants.backfill", lambda r: any(each.backfill for each in r.facts.grants(r.app, r.owner))),
    Atom("grants and grant is None", lambda r: r.grant is None and r.facts.grants(r.app, r.owner) != ()),
    Atom("any_message(draft)", lambda r: r.facts.any_message(lambda each: each.draft)),
    Atom("any_message(via other)", lambda r: r.facts.any_message(lambda each: each.via not in (None, r.app))),
    Atom("any_message(links, thread)", lambda r: r.facts.any_message(lambda m: r.app in m.links, r.message.thread)),
    Atom("any_message(mine, thread)", lambda r: r.facts.any_message(lambda m: m.author == r.owner, r.message.thread)),
)

ATOMS = OF_MESSAGE + OF_THREAD + OF_ALL_MAIL + OF_GRANT + OF_FACTS + OF_CALL + OF_NAMES_AND_TIMES + OF_QUESTIONS
