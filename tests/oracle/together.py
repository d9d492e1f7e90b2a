"""Make every message, answer, forward and grant of small parts, with all of these at once or without.

The other brute force gives a message one thing at a time. A policy that counts asks for several.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial, reduce
from itertools import permutations, product

import numpy as np
from attrs import frozen

from permiscope.model.access import ACTIONS, Grant, Request, Scope
from permiscope.model.records import Called
from permiscope.model.steps import Call, Compose, Consent, Forward, History, Label, Remove, Reply, SendDraft
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import FunctionPolicy
from tests.oracle.atoms import OF_MESSAGE, VIA_APP, Atom
from tests.oracle.formulas import Bits, Formula, add, join, leaf, negate
from tests.oracle.steps import APPS, PEOPLE, PLAIN, SPECIAL

APP, OTHER = APPS
ANA, BEN, CY = PEOPLE
WORDS = ((), ("x",), ("y",), ("x", "y"), ("y", "x"))
NAMED = ((), (APP,), (OTHER,), (APP, OTHER))
ALONE = Compose(BEN, (ANA,), text=PLAIN)


@frozen
class Family:
    """Some questions, and histories in which every combination of their answers comes up."""

    atoms: tuple[Atom, ...]
    histories: tuple[History, ...]


def _atoms(*texts: str) -> tuple[Atom, ...]:
    known = {atom.text: atom for atom in OF_MESSAGE}
    return tuple([known[text] for text in texts])


LISTS = (
    Atom("another app in message.links", lambda r: any(each != r.app for each in r.message.links)),
    Atom("another app in message.mentions", lambda r: any(each != r.app for each in r.message.mentions)),
    Atom("'x' in message.attachments", lambda r: "x" in r.message.attachments),
    Atom("'y' in message.attachments", lambda r: "y" in r.message.attachments),
)
PURPOSES = (
    Atom("'ads' in purposes", lambda r: r.grant is not None and "ads" in r.grant.purposes),
    Atom("'care' in purposes", lambda r: r.grant is not None and "care" in r.grant.purposes),
    Atom("backfill", lambda r: r.grant is not None and r.grant.backfill),
    Atom("until", lambda r: r.grant is not None and r.grant.until is not None),
)
SCOPES = (
    Atom("read in scope", lambda r: r.grant is not None and "read" in r.grant.scope.actions),
    Atom("send in scope", lambda r: r.grant is not None and "send" in r.grant.scope.actions),
    Atom("label in scope", lambda r: r.grant is not None and "label" in r.grant.scope.actions),
    Atom("delete in scope", lambda r: r.grant is not None and "delete" in r.grant.scope.actions),
)
OTHERS = (
    Atom(
        "a linked app has a grant with backfill",
        lambda r: any(grant.backfill for each in r.message.links for grant in r.facts.grants(each, r.owner)),
    ),
    Atom(
        "a linked app has a grant for 'care'",
        lambda r: any("care" in one.purposes for each in r.message.links for one in r.facts.grants(each, r.owner)),
    ),
    Atom("message.links", lambda r: bool(r.message.links)),
)
LABELS = (
    Atom("labelled(app)", lambda r: r.facts.labelled(r.message.id, r.app)),
    Atom("labelled(a linked app)", lambda r: any(r.facts.labelled(r.message.id, each) for each in r.message.links)),
    Atom("app in message.links", lambda r: r.app in r.message.links),
)


TIMES = (
    Atom("time >= 3600", lambda r: r.message.time >= 3600),
    Atom("time < 3601", lambda r: r.message.time < 3601),
    Atom("time == 3600.5", lambda r: r.message.time == 3600.5),
    Atom("time > 7200", lambda r: r.message.time > 7200),
)
TEXTS = (
    Atom("text in ('', 'secret')", lambda r: r.message.segments[0].text in ("", "secret")),
    Atom("text == 'secret'", lambda r: r.message.segments[0].text == "secret"),
    Atom("subject", lambda r: bool(r.message.subject)),
    Atom("subject == 'Invoice'", lambda r: r.message.subject == "Invoice"),
)
COUNTS = (
    Atom("'x' in attachments", lambda r: "x" in r.message.attachments),
    Atom("len(attachments) > 1", lambda r: len(r.message.attachments) > 1),
    Atom("len(attachments) > 2", lambda r: len(r.message.attachments) > 2),
    Atom("attachments", lambda r: bool(r.message.attachments)),
)
ACTIONS_COUNTED = (
    Atom("len(actions) > 2", lambda r: r.grant is not None and len(r.grant.scope.actions) > 2),
    Atom("len(actions) < 4", lambda r: r.grant is not None and len(r.grant.scope.actions) < 4),
    Atom("first action is read", lambda r: r.grant is not None and r.grant.scope.actions[0] == "read"),
    Atom("label in actions", lambda r: r.grant is not None and "label" in r.grant.scope.actions),
)


def _grants_of(request: Request) -> tuple[Grant, ...]:
    return request.facts.grants(request.app, request.owner)


def _setter(request: Request) -> str | None:
    return request.facts.labelled_by(request.message.id, request.app)


SETTERS = (
    Atom("labelled by somebody", lambda r: _setter(r) is not None),
    Atom("labelled by the author", lambda r: _setter(r) == r.message.author),
    Atom("labelled by the owner", lambda r: _setter(r) == r.owner),
)
DRAFTS = (
    Atom("no recipient", lambda r: not r.message.recipients),
    Atom("len(recipients) > 1", lambda r: len(r.message.recipients) > 1),
    Atom("owner in recipients", lambda r: r.owner in r.message.recipients),
    Atom("draft", lambda r: r.message.draft),
    Atom("first of its thread", lambda r: r.facts.threads[r.message.thread].root == r.message.id),
)
ENDS = (
    Atom("an end", lambda r: any(each.until is not None for each in _grants_of(r))),
    Atom("an end by then", lambda r: any((each.until or 99.0) <= r.message.time for each in _grants_of(r))),
    Atom("an end before that", lambda r: any((each.until or 99.0) < r.message.time for each in _grants_of(r))),
    Atom("a grant in force", lambda r: r.grant is not None),
)
AT_ONCE = (
    Atom("another one at that time", lambda r: _others_of(r, lambda time: time == r.message.time)),
    Atom("another one by then", lambda r: _others_of(r, lambda time: time <= r.message.time)),
    Atom("another one after it", lambda r: _others_of(r, lambda time: time > r.message.time)),
)


def _others_of(request: Request, test: Callable[[float], bool]) -> bool:
    return any(test(each.time) for each in request.facts.messages.values() if each.id != request.message.id)


def _read(owner: str, message: str) -> Call:
    return Call(APP, "get", owner, message=message)


def _messages() -> Iterator[History]:
    for to, links, files in product(((ANA,), (ANA, CY)), NAMED, WORDS):
        yield Compose(BEN, to, links=links, attachments=files, text=PLAIN), _read(ANA, "m1")


def _apps() -> Iterator[History]:
    for links, mentions, about in product(NAMED, NAMED, NAMED):
        yield Compose(BEN, (ANA,), links=links, mentions=mentions, about=about), _read(ANA, "m1")


def _answers() -> Iterator[History]:
    for text, quote, via in product((PLAIN, SPECIAL), (None, "m1"), (None, APP)):
        yield Compose(BEN, (ANA,), via=via), Reply(ANA, "m1", quote, text), _read(ANA, "m2")


def _forwards() -> Iterator[History]:
    for text, via, to in product((PLAIN, SPECIAL), (None, OTHER), ((BEN,), (BEN, CY))):
        yield ALONE, Forward(ANA, "m1", to, via, text), _read(BEN, "m2")


def _grants() -> Iterator[History]:
    words = [(), *(some for count in (1, 2) for some in permutations(("ads", "care"), count))]
    for purposes, backfill, until in product(words, (False, True), (None, 5.0)):
        yield Consent(ANA, APP, until=until, backfill=backfill, purposes=purposes), ALONE, _read(ANA, "m1")


def _scopes() -> Iterator[History]:
    for chosen in product((False, True), repeat=len(ACTIONS)):
        actions = tuple([action for action, is_in in zip(ACTIONS, chosen, strict=True) if is_in])
        if actions:
            yield Consent(ANA, APP, Scope(actions)), ALONE, _read(ANA, "m1")


def _others() -> Iterator[History]:
    for app, links, backfill, purposes in product(APPS, NAMED, (False, True), ((), ("care",))):
        consent = Consent(ANA, app, backfill=backfill, purposes=purposes)
        yield consent, Compose(BEN, (ANA,), links=links), _read(ANA, "m1")


def _labels() -> Iterator[History]:
    for app, links in product(APPS, NAMED):
        yield Compose(BEN, (ANA,), links=links), Label(ANA, "m1", app), _read(ANA, "m1")


def _times() -> Iterator[History]:
    for at in (2.0, 3599.0, 3600.0, 3600.25, 3600.5, 3601.0, 7200.0, 7300.0):
        yield Compose(BEN, (ANA,), at=at), _read(ANA, "m1")


def _texts() -> Iterator[History]:
    for text, subject in product(("", PLAIN, "secret"), ("", "Lunch", "Invoice")):
        yield Compose(BEN, (ANA,), text=text, subject=subject), _read(ANA, "m1")


def _counts() -> Iterator[History]:
    for files in ((), ("x",), ("p",), ("p", "q"), ("p", "x"), ("p", "q", "r"), ("p", "q", "x")):
        yield Compose(BEN, (ANA,), attachments=files), _read(ANA, "m1")


def _setters() -> Iterator[History]:
    for to, setter in product(((ANA,), (ANA, CY)), (ANA, BEN, CY)):
        if setter in (*to, BEN):
            yield Compose(BEN, to), Label(setter, "m1", APP), _read(ANA, "m1")


def _drafts() -> Iterator[History]:
    for to, is_removed, is_sent in product(((ANA,), (ANA, CY)), (False, True), (False, True)):
        removed = [Remove(BEN, "t1", ANA)] if is_removed else []
        sent = [SendDraft(BEN, "m1")] if is_sent else []
        yield Compose(BEN, to, draft=True), *removed, *sent, _read(BEN, "m1")
        if not is_removed:
            yield Compose(BEN, to), _read(ANA, "m1")


def _ends() -> Iterator[History]:
    for until in (None, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5):
        yield Consent(ANA, APP, until=until), ALONE, _read(ANA, "m1")
        yield ALONE, Consent(ANA, APP, until=until), _read(ANA, "m1")


def _at_once() -> Iterator[History]:
    for via, at in product((None, APP), (1.0, 1.5, 2.0)):
        for message in ("m1", "m2"):
            yield ALONE, Compose(BEN, (ANA,), via=via, at=at), _read(ANA, message)


FAMILIES: Mapping[str, Family] = {
    "messages": Family(
        (
            *_atoms("len(message.recipients) > 1", "message.links"),
            LISTS[0],
            *LISTS[2:],
        ),
        tuple(_messages()),
    ),
    "apps": Family(
        (
            *_atoms("app in message.links", "app in message.mentions", "app in message.about", "message.about"),
            *LISTS[:2],
        ),
        tuple(_apps()),
    ),
    "answers": Family(
        _atoms("message.in_reply_to", "'secret' in message.body", "len(message.segments) > 1", "parent.via == app"),
        tuple(_answers()),
    ),
    "forwards": Family(
        _atoms(
            "message.forwarded_from",
            "'secret' in message.body",
            "len(message.recipients) > 1",
            "message.via not in (None, app)",
        ),
        tuple(_forwards()),
    ),
    "grants": Family(PURPOSES, tuple(_grants())),
    "scopes": Family(SCOPES, tuple(_scopes())),
    "other apps": Family(OTHERS, tuple(_others())),
    "times": Family(TIMES, tuple(_times())),
    "texts": Family(TEXTS, tuple(_texts())),
    "counts": Family(COUNTS, tuple(_counts())),
    "actions": Family(ACTIONS_COUNTED, tuple(_scopes())),
    "labels": Family(LABELS, tuple(_labels())),
    "setters": Family(SETTERS, tuple(_setters())),
    "drafts": Family(DRAFTS, tuple(_drafts())),
    "ends": Family(ENDS, tuple(_ends())),
    "at once": Family(AT_ONCE, tuple(_at_once())),
}


@cache
def answers_of(name: str) -> dict[str, Bits]:
    """Return what each question of a family is answered, by its text, in each history in which something is shown."""
    family = FAMILIES[name]
    rows: list[tuple[bool, ...]] = []

    def note(request: Request) -> bool:
        asked.append(request)
        return True

    atoms = (*family.atoms, VIA_APP)
    for history in family.histories:
        messaging = MessagingService(Service(FunctionPolicy("note", "", note)), PEOPLE, APPS)
        messaging.play(history[:-1])
        asked: list[Request] = []
        messaging.play(history[-1:])
        record = messaging.door.records[-1]
        assert isinstance(record, Called)
        assert record.shown, f"nothing is shown in {history}"
        rows.append(tuple([atom.test(asked[-1]) for atom in atoms]))
    return dict(zip([atom.text for atom in atoms], np.array(rows).T, strict=True))


def beside_own(seed: int, atoms: Sequence[Atom]) -> Formula:
    """Return a random policy that permits the app's own, and else what has several things at once.

    It counts them, or it asks for each of them or the app's own.
    """
    chance = random.Random(seed).random
    own = leaf(VIA_APP)
    chosen = [atom for atom in atoms if chance() < 0.6] or [*atoms[:2]]
    parts = [negate(leaf(atom)) if chance() < 0.2 else leaf(atom) for atom in chosen]
    if seed % 2:
        return reduce(partial(join, both=True), [join(each, own, both=False) for each in parts])
    least = 1 + int(chance() * len(parts))
    weights = [1 + int(chance() * 2) if chance() < 0.8 else -1 for _ in parts]
    return add([*zip(weights, parts, strict=True), (least + len(parts), own)], least)


def is_broken(name: str, formula: Formula) -> bool:
    """Return whether a policy shows in some history of a family what was not sent via the app."""
    answers = answers_of(name)
    return bool((formula.over(answers) & ~answers[VIA_APP.text]).any())


def witness(name: str, formula: Formula) -> History:
    """Return such a history."""
    answers = answers_of(name)
    return FAMILIES[name].histories[int(np.flatnonzero(formula.over(answers) & ~answers[VIA_APP.text])[0])]
