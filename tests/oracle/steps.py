"""Make every step that can be taken now, with small parameters, by people and by two apps.

Some steps are left out, because they add nothing at any length to what a policy can be asked or a claim can say:

- calls before the last that are refused, reads before the last, `Hand`, and deliveries before the last only let one
  second pass, and the one `Forget` stands for them all. A begun read is kept, for it is decided before it is shown.
- last calls by the second app. No atom names an app, and every step exists for both apps, so that each such history
  is one of the first app with the names exchanged.
- last steps that show nothing: calls that neither read nor forward to the app, and steps of people, while the first
  app gets no push. A rule pushes the body of each message that is made, and a subscription its headers after the same
  question; only of an edit does a rule push nothing, so that subscriptions are tried with edits.
"""

from collections.abc import Collection, Iterator
from functools import cache

from permiscope.model.access import Operation, Scope
from permiscope.model.extents import READINGS
from permiscope.model.steps import (
    Add,
    Begin,
    Call,
    Close,
    Compose,
    Consent,
    Deliver,
    Edit,
    Forget,
    Forward,
    Label,
    Open,
    Remove,
    Reply,
    Restore,
    Revoke,
    SendDraft,
    Step,
    Trash,
)
from permiscope.service.door.messaging import MessagingService
from tests.oracle.atoms import EDITED

PEOPLE = ("Ana", "Ben", "Cy")
APPS = ("StreamCo", "OtherApp")
PLAIN = "See you there."
SPECIAL = "This is a secret."
NARROW = Scope(("read", "send"), READINGS["authored"])


call = cache(Call)
"""The same calls are made in every state."""

CHANNELS: tuple[Operation, ...] = (
    "get",
    "thread",
    "attachment",
    "export",
    "list",
    "count",
    "search",
    "metadata",
    "forward",
)
"""Every channel by which the first app can get something in a last call."""

DISTINCT: tuple[Operation, ...] = CHANNELS[:5]
"""Those that matter to the atoms. Of the others each asks what one of these asks, and shows no more: `count` and
`metadata` ask what `get` does, `search` what `list` does, and `forward` to the app itself asks what `get` does besides.
"""


def any_step(step: Step) -> bool:
    """Keep every step."""
    return True


def distinct_step(step: Step) -> bool:
    """Drop the calls that do what their owner can do too, but that must be permitted.

    A `send` makes the message that the owner can compose via the app. A `trash` and an `undelete` move the owner's copy
    as the owner can.
    """
    return not isinstance(step, Call) or step.operation not in ("send", "trash", "undelete")


def fewer_steps(step: Step) -> bool:
    """Keep so few of the distinct steps that histories of four can be run in minutes."""
    match step:
        case Compose():
            is_left_out = step.subject or step.attachments or step.about or step.mentions or step.quote
            if is_left_out or step.text != PLAIN or APPS[1] in step.links or (step.thread and step.draft):
                return False
            marks = [bool(mark) for mark in (step.via, step.links, step.draft)]
            return marks.count(True) < (2 if len(step.to) < 2 else 1)
        case Forward():
            return len(step.to) < 2 and step.via != APPS[1]
        case Call():
            return step.app == APPS[0] and step.operation != "subscribe" and distinct_step(step)
        case Begin():
            return step.call.app == APPS[0]
        case Consent():
            return step.app == APPS[0] and not step.purposes and not step.backfill
        case Label() | Open() | Close() | Revoke():
            return step.app == APPS[0]
        case Restore() | Forget():
            return False
        case _:
            return True


def people_steps(messaging: MessagingService, person: str) -> Iterator[Step]:
    """Every step that a person can take now."""
    state = messaging.state
    mailbox = list(state.mailbox(person))
    for to in recipients(person):
        yield Compose(person, to, text=PLAIN)
        yield Compose(person, to, text=SPECIAL)
        yield Compose(person, to, text=PLAIN, subject="Invoice")
        yield Compose(person, to, text=PLAIN, attachments=(f"a{len(state.messages) + 1}",))
        for app in APPS:
            yield Compose(person, to, text=PLAIN, links=(app,))
            yield Compose(person, to, text=PLAIN, mentions=(app,))
            yield Compose(person, to, text=PLAIN, about=(app,))
            yield Compose(person, to, text=PLAIN, via=app)
            yield Compose(person, to, text=PLAIN, via=app, draft=True)
        yield Compose(person, to, text=PLAIN, draft=True)
        for name in mailbox:
            yield Compose(person, to, text=PLAIN, quote=name, draft=True)
            for via in (None, *APPS):
                yield Compose(person, to, text=PLAIN, quote=name, via=via)
                yield Forward(person, name, to, via=via, text=PLAIN)
    for thread, known in state.threads.items():
        if person in known.members:
            for via in (None, *APPS):
                yield Compose(person, thread=thread, text=PLAIN, via=via)
                yield Compose(person, thread=thread, text=PLAIN, via=via, draft=True)
            for other in PEOPLE:
                yield (Remove if other in known.members else Add)(person, thread, other)
    for name in mailbox:
        message = state.messages[name]
        if person in state.threads[message.thread].members:
            yield Reply(person, name, text=PLAIN)
            for quote in mailbox:
                yield Reply(person, name, quote=quote, text=PLAIN)
            if message.draft and message.author == person:
                yield SendDraft(person, name)
        if message.author == person:
            yield Edit(person, name, text=EDITED)
        yield Trash(person, name)
        for app in APPS:
            if not state.labelled(name, app):
                yield Label(person, name, app)
            yield (Close if state.interacting(app, person, name) else Open)(person, app, name)
    for name in state.trashed.get(person, ()):
        yield Restore(person, name)
    now = messaging.clock + 1.0
    for app in APPS:
        if state.window(app, person, state.position, now):
            yield Revoke(person, app)
        else:
            yield Consent(person, app)
            yield Consent(person, app, NARROW)
            yield Consent(person, app, until=now + 2.5)
            yield Consent(person, app, backfill=True)
            yield Consent(person, app, purposes=("advice",))


def recipients(person: str) -> list[tuple[str, ...]]:
    """Whom a person can write to: either of the others, or both."""
    one, two = (other for other in PEOPLE if other != person)
    return [(one,), (two,), (one, two)]


def app_steps(messaging: MessagingService, app: str, owner: str) -> Iterator[Step]:
    """Every call that changes something, if it is permitted, and every read that can begin now."""
    state = messaging.state
    for name in state.mailbox(owner):
        yield Call(app, "label", owner, message=name)
        yield Call(app, "delete", owner, message=name)
        yield Call(app, "trash", owner, message=name)
        yield Call(app, "forward", owner, message=name, to=(app,))
        yield Begin(Call(app, "get", owner, message=name))
    for name in state.trashed.get(owner, ()):
        yield Call(app, "undelete", owner, message=name)
    for to in recipients(owner):
        yield Call(app, "send", owner, to=to, text=PLAIN)
    for thread, known in state.threads.items():
        if owner in known.members:
            yield Call(app, "send", owner, thread=thread, text=PLAIN)
    if (app, owner) not in state.subscribed:
        yield Call(app, "subscribe", owner)
    if (app, owner) not in state.rules:
        yield Call(app, "rule", owner)


def steps(messaging: MessagingService) -> Iterator[Step]:
    """Every step that can come before the last one."""
    yield Forget(APPS[0], PEOPLE[0])
    for person in PEOPLE:
        yield from people_steps(messaging, person)
        for app in APPS:
            yield from app_steps(messaging, app, person)


def reads(messaging: MessagingService, channels: Collection[Operation]) -> Iterator[Step]:
    """Every call of the first app that hands something over, in every mailbox, and the delivery of what was begun."""
    app, state = APPS[0], messaging.state
    for owner in PEOPLE:
        calls = [
            *(call(app, "get", owner, message=name) for name in state.messages),
            *(call(app, "thread", owner, thread=name) for name in state.threads),
            *(call(app, "attachment", owner, attachment=name) for name in state.attachments),
            call(app, "export", owner),
            call(app, "list", owner),
            call(app, "count", owner),
            call(app, "search", owner, text="e"),
            *(call(app, "metadata", owner, message=name) for name in state.messages),
            *(call(app, "forward", owner, message=name, to=(app,)) for name in state.messages),
        ]
        yield from [each for each in calls if each.operation in channels]
    for number, _ in messaging.in_flight():
        yield Deliver(number)


def pushing(messaging: MessagingService) -> Iterator[Step]:
    """Every step after which the first app is pushed something."""
    has_rule = any(app == APPS[0] for app, _ in messaging.state.rules)
    is_subscribed = any(app == APPS[0] for app, _ in messaging.state.subscribed)
    if has_rule or is_subscribed:
        for step in steps(messaging):
            match step:
                case Edit():
                    if is_subscribed:
                        yield step
                case Compose() | SendDraft() | Forward() | Reply() | Call(operation="send" | "forward"):
                    if has_rule:
                        yield step
                case _:
                    pass
