"""Is a policy that somebody else wrote one that can be searched at all? It must answer, and the same each time.

A search asks a policy millions of times. So one that came from a file is rehearsed first, in a process of its own
that is ended when an answer takes too long: on a day with every kind of message, each question twice. What is wrong
is said in one line; a policy that passes costs about a third of a second, once.
"""

import faulthandler
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from copy import copy, deepcopy
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Literal

from attrs import fields

from permiscope.model import steps
from permiscope.model.access import ACTIONS, Request, Scope
from permiscope.model.codec import Codec
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS, Facts
from permiscope.model.records import Called
from permiscope.model.steps import History
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.loading import load_policy
from permiscope.service.policies.policy import BUILT_IN, RAISED, FunctionPolicy, Policy, decision_of

PEOPLE = ("Ana", "Ben", "Cy")
ANA, BEN, CY = PEOPLE
APP, OTHER = "StreamCo", "OtherApp"
ANSWER_IN = 5.0
"""Seconds within which a policy must answer one question, or be imported."""
ALL_ANSWERS_IN = 60.0
"""Seconds within which all questions of the rehearsal must be answered; a search asks thousands of times as many."""

STDERR = 2
"""The number of its file, which stays when a policy puts another in its place."""

Answer = Literal["yes", "no", "an error"]
QUESTION = tuple(field.name for field in fields(Request))

DAY: History = (
    steps.Compose(BEN, (ANA,), text="My results came. Keep it quiet."),
    steps.Consent(ANA, APP),
    steps.Compose(ANA, (BEN,), via=APP, text="I think you would like this film."),
    steps.Reply(BEN, "m2", text="Thanks. Between us: I am leaving my job."),
    steps.Reply(ANA, "m3", quote="m1", text="I will keep it quiet."),
    steps.Compose(CY, (ANA, BEN), links=(APP,), text="Look at this."),
    steps.Compose(BEN, (CY,), mentions=(APP,), text="What do you think of it?"),
    steps.Label(ANA, "m1", APP),
    steps.Consent(BEN, APP),
    steps.Compose(BEN, thread="t1", via=APP, text="Watch this tonight."),
    steps.Compose(BEN, (CY,)),
    steps.Revoke(ANA, APP),
    steps.Reply(ANA, "m1", text="Not a word."),
    steps.Compose(BEN, (ANA,), about=(APP,), attachments=("a1",), subject="The film", text="A still of it."),
    steps.Consent(ANA, APP, until=15.0),
    steps.Open(ANA, APP, "m10"),
    steps.Forward(ANA, "m10", (CY,), APP, text="See this."),
    steps.Compose(ANA, (CY,), via=APP, quote="m10", text="I mean this one."),
    steps.Edit(ANA, "m12", "I meant this one."),
    steps.Compose(ANA, (BEN,), draft=True, text="Should I tell you?"),
    steps.SendDraft(ANA, "m13"),
    steps.Trash(ANA, "m1"),
    steps.Add(ANA, "t1", CY),
    steps.Remove(ANA, "t1", CY),
    steps.Restore(ANA, "m1"),
    steps.Close(ANA, APP, "m10"),
    steps.Forward(ANA, "m1", (CY,), text="Have you seen this?"),
    steps.Compose(ANA, (CY,), quote="m3", draft=True, text="May I tell you what Ben says?"),
    steps.Consent(CY, APP, Scope(("read", "send"), READINGS["authored"])),
    steps.Revoke(CY, APP),
    steps.Consent(CY, APP, backfill=True),
    steps.Revoke(CY, APP),
    steps.Consent(CY, APP, purposes=("recommend",)),
    steps.Consent(ANA, OTHER),
    steps.Compose(ANA, (CY,), via=OTHER, text="Here it is better."),
    steps.Compose(BEN, thread="t1", text="And then?"),
    steps.Compose(ANA, (BEN, CY), text="To both of you."),
    steps.Compose(BEN, (ANA,), text="See you there.", at=90.0),
)
"""A day with a message of every kind, before, under and after a grant."""


def asked(request: Request) -> str:
    """The question in words, as in *whether StreamCo may read m1 in Ana's mailbox*."""
    granted = "with" if request.grant else "without"
    return (
        f"whether {request.app} may {request.action} {request.message.id} in {request.owner}'s mailbox, "
        f"{granted} a grant"
    )


def questions() -> Iterator[Request]:
    """Every action on every message in every mailbox, after each step of the day."""
    messaging = MessagingService(Service(BUILT_IN["deny-all"]), PEOPLE, (APP, OTHER))
    for step in DAY:
        messaging.do(step)
        state = messaging.state.copy()
        for owner in PEOPLE:
            grant = state.granted(APP, owner)
            for name in state.mailbox(owner):
                for action in ACTIONS:
                    yield Request(APP, action, state.messages[name], owner, grant, state)


def examine(policy: Policy, before: Callable[[], None] = lambda: None) -> list[Answer]:
    """What the policy answers to every question of the day; `before` is called ahead of each.

    Raises `InputError` if it answers one question in two ways, changes what it is asked with, or gives no answer that
    is one. A policy that raises denies, here as anywhere, and that is an answer.
    """
    first = _answers(policy, list(questions()), before)
    # The second time in the other order, for what a policy remembers of the questions before.
    again = _answers(policy, list(questions())[::-1], before)[::-1]
    for request, one, other in zip(questions(), first, again, strict=True):
        if one != other:
            raise InputError(undetermined(policy, request, f"first {one}, then {other}"))
    return first


def undetermined(policy: Policy, request: Request, answers: str) -> str:
    """What is said of a policy that answered a question in two ways."""
    return (
        f"the policy `{policy.name}` is not deterministic: asked {asked(request)}, it answered {answers}; "
        "let it look at nothing but the request"
    )


def answer(policy: Policy, request: Request) -> Answer:
    """What the policy answers to a question. Raises `InputError` if that is no answer."""
    given = decision_of(policy, request)
    return "an error" if given.reason == RAISED else "yes" if given.permit else "no"


def failures(policy: Policy) -> list[str]:
    """What went wrong in the policy at the questions of the day, in the order in which they are asked."""
    errors = [decision_of(policy, request).error for request in questions()]
    return [error for error in errors if error]


def load_guarded(name: str, limit: float = ANSWER_IN) -> Policy:
    """The policy that a POLICY on the command line stands for, rehearsed if it is from a file of Python.

    `limit` is in seconds an answer. Raises `InputError` if there is none, or if it cannot be searched.
    """
    if not _is_python(name):
        return load_policy(name)
    answers = _rehearse(name, limit)
    policy = load_policy(name)
    for request, one, other in zip(questions(), answers, examine(policy), strict=True):
        if one != other:
            raise InputError(undetermined(policy, request, f"{one}, and {other} when it was loaded again"))
    return policy


class _StuckError(BaseException):
    """A function does not answer. No `Exception`, for neither it nor anybody on the way is to catch it."""


@contextmanager
def watched(limit: float = ANSWER_IN) -> Iterator[None]:
    """Raise `InputError` when a function, also one that passed its rehearsal, does not answer within `limit` seconds.

    Who answers is looked up every `limit` seconds, which costs a search nothing. Where there are no such signals, or
    in a thread that is not the main one, nobody looks.
    """
    seen: FrameType | None = None

    def look(_: int, frame: FrameType | None) -> None:
        nonlocal seen
        line = 0
        while frame is not None and frame.f_code is not FunctionPolicy.decide.__code__:
            line, frame = frame.f_lineno, frame.f_back
        if frame is not None and frame is seen:
            policy, request = frame.f_locals["self"], frame.f_locals["request"]
            raise _StuckError(
                f"the policy `{policy.name}` did not answer within {limit:g} seconds {asked(request)}; "
                f"it was at line {line}; let it end for every request"
            )
        seen = frame

    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGALRM, look)
    timer = signal.setitimer(signal.ITIMER_REAL, limit, limit)
    try:
        yield
    except _StuckError as stuck:
        raise InputError(str(stuck)) from None
    finally:
        # The clock first: one that rings when nobody listens ends the process.
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *timer)


def _is_python(name: str) -> bool:
    path, colon, _ = name.rpartition(":")
    return bool(colon) and path.endswith(".py")


def _answers(policy: Policy, requests: list[Request], before: Callable[[], None]) -> list[Answer]:
    """The answers, one by one; and a look at what the policy was asked with, whether that is as it was."""
    answers = []
    facts: Facts | None = None
    untouched: Facts | None = None
    for request in requests:
        if request.facts is not facts:
            facts, untouched = request.facts, deepcopy(request.facts)
        given = copy(request)
        before()
        answers.append(answer(policy, given))
        changed = [name for name in QUESTION if getattr(given, name) != getattr(request, name)]
        if changed or facts != untouched:
            raise InputError(
                f"the policy `{policy.name}` changes its arguments: asked {asked(request)}, it changed "
                f"`request.{(*changed, 'facts')[0]}`; let it only read them"
            )
    return answers


def _rehearse(name: str, limit: float) -> list[str]:
    """The answers of the policy in a process of its own. Raises `InputError` for what it died of."""
    try:
        done = _in_a_process("main", name, str(limit), limit=ALL_ANSWERS_IN + limit)
    except subprocess.TimeoutExpired:
        raise InputError(
            f"the policy `{name}` is too slow: {sum(1 for _ in questions()):,} questions took it more than "
            f"{ALL_ANSWERS_IN:g} seconds; a search asks thousands of times as many"
        ) from None
    report = done.stdout.decode(errors="replace").rpartition("\n")[2]
    try:
        told = json.loads(report)
    except ValueError:
        raise InputError(_epitaph(name, limit, done.stderr.decode(errors="replace"))) from None
    if "wrong" in told:
        raise InputError(told["wrong"])
    answers: list[str] = told["answers"]
    return answers


def _in_a_process(
    function: str, *arguments: str, limit: float, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run a function of this module in a process of its own, that is given something to read.

    Raises `subprocess.TimeoutExpired` when it takes longer than `limit` seconds.
    """
    path = [entry or str(Path.cwd()) for entry in sys.path]
    command = [
        sys.executable,
        "-P",
        "-c",
        f"from permiscope.service.policies.guarding import {function}; {function}()",
        *arguments,
    ]
    # Another seed for hashes than here: what depends on the order of a set answers otherwise.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONHASHSEED": "1"}
    return subprocess.run(  # noqa: S603  # this Python, and the file that the user named
        command, env=environment, input=given, capture_output=True, check=False, timeout=limit
    )


def check_elsewhere(policy: Policy, histories: Sequence[History], people: Sequence[str], apps: Sequence[str]) -> None:
    """Play histories once more in a process of its own, if the policy is from a file of Python.

    Raises `InputError` if it answers otherwise there.
    """
    if not _is_python(policy.name):
        return
    codec = Codec()
    steps = [[codec.write_step(step) for step in history] for history in histories]
    given = json.dumps({"people": list(people), "apps": list(apps), "histories": steps}).encode()
    try:
        done = _in_a_process("replay", policy.name, limit=ALL_ANSWERS_IN, given=given)
    except subprocess.TimeoutExpired:
        raise InputError(f"the policy `{policy.name}` does not answer in another process") from None
    here = _played(policy, histories, people, apps)
    if done.stdout.decode(errors="replace").rpartition("\n")[2] != here:
        raise InputError(
            f"the policy `{policy.name}` is not deterministic: in another process the same histories went otherwise; "
            "let it look at nothing but the request"
        )


def replay() -> None:
    """What the process of the second opinion runs: its argument is a POLICY, and it reads histories."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as report, redirect_stdout(sys.stderr):
        given = json.load(sys.stdin)
        codec = Codec()
        histories = [tuple([codec.read_step(step) for step in history]) for history in given["histories"]]
        report.write(f"\n{_played(load_policy(sys.argv[1]), histories, given['people'], given['apps'])}")


def _played(policy: Policy, histories: Iterable[History], people: Sequence[str], apps: Sequence[str]) -> str:
    """What came of histories, as a hash."""
    told = sha256()
    for history in histories:
        messaging = MessagingService(Service(policy), tuple(people), tuple(apps))
        messaging.play(history)
        for record in messaging.door.records:
            if isinstance(record, Called):
                told.update(repr((record.outcome, [message.id for message in record.shown])).encode())
    return told.hexdigest()


def _epitaph(name: str, limit: float, traceback: str) -> str:
    """What a process died of that left no report: of its slowness, or of something that the policy did."""
    file = Path(name.rpartition(":")[0])
    if "Timeout (" not in traceback:
        return f"the policy `{name}` ended the process that asked it; let it return True or False"
    lines = re.findall(rf'File "[^"\n]*{re.escape(file.name)}", line (\d+)', traceback)
    where = f"; it was at line {lines[0]}" if lines else ""
    return f"the policy `{name}` did not answer within {limit:g} seconds{where}; let it end for every request"


def main() -> None:
    """What the process of the rehearsal runs: its arguments are a POLICY and a limit in seconds."""
    name, limit = sys.argv[1], float(sys.argv[2])
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as report, redirect_stdout(sys.stderr):
        told = json.dumps(_told(name, limit))
        report.write(f"\n{told}")


def _told(name: str, limit: float) -> dict[str, object]:
    """Examine a policy against the clock: its answers, or what is wrong."""

    def wind() -> None:
        # A clock that C keeps, so that it ends a regular expression that never returns, too.
        faulthandler.dump_traceback_later(limit, exit=True, file=STDERR)

    try:
        wind()
        return {"answers": examine(load_policy(name), wind)}
    except InputError as error:
        return {"wrong": str(error)}
    finally:
        faulthandler.cancel_dump_traceback_later()
