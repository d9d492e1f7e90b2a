"""How long does what a user waits for take, in processor seconds? `python -m tests.benchmarks.whole` takes minutes.

Seconds of the processor, of the children too, say more than those of a clock on a machine that has other work.
"""

import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen

from permiscope.engine import bfs
from permiscope.engine.hunting import hunt_rules
from permiscope.judge.invariants import parse_invariant
from permiscope.model.access import Request
from permiscope.model.extents import READINGS
from permiscope.questions.policies.survey import survey
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy, Policy
from tests.benchmarks.rounds import Job, Spread, spread, take_turns

ROUNDS = 5
OWN = '''
def policy(request):
    """What was sent via the app, and what answers that."""
    if request.grant is None or request.action == "send":
        return request.grant is not None
    parent = request.facts.messages.get(request.message.in_reply_to or "")
    return request.message.via == request.app or (parent is not None and parent.via == request.app)


def wider(request):
    """The same, and what the owner wrote to one person."""
    return policy(request) or (request.grant is not None and len(request.message.recipients) == 1)
'''


@frozen
class Row:
    """What is measured, with what it must be and what is aimed at."""

    what: str
    found: Spread
    unit: str
    must: str
    aim: str

    def __str__(self) -> str:
        return f"| {self.what} | {self.found}{self.unit} | {self.must} | {self.aim} |"


def own() -> Policy:
    """The function that asks what `reply` asks."""
    names: dict[str, Callable[[Request], bool]] = {}
    exec(OWN, names)  # noqa: S102  # it is written above, and is a file of a user's in the commands below
    return FunctionPolicy("own", "", names["policy"])


def hunted(policy: Policy) -> Job:
    """Search a policy for five steps, with nothing remembered."""

    def job() -> None:
        bfs._shared.cache_clear()  # or a rule of ours would be explored once for all rounds
        hunt_rules(Service(policy), [parse_invariant("I5:reply")], 5)

    return job


def swept(bound: int) -> Job:
    """The survey of all rules and readings."""
    return lambda: list(survey(list(BUILT_IN.values()), list(READINGS.values()), bound))


def command(folder: Path, *words: str) -> float:
    """Processor seconds of a command, whatever it says."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", "permiscope", *words], cwd=folder, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr.decode())
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("test own.py:policy --reading reply", "≤ 5 s", "≤ 3 s"),
    ("diff own.py:policy own.py:wider", "≤ 10 s", "≤ 5 s"),
    ("explain L7", "≤ 3 s", "≤ 1 s"),
    ("test reply --reading reply", "report", ""),
)


def rows() -> list[Row]:
    """All that is measured."""
    mine, ours = own(), BUILT_IN["reply"]
    turns = take_turns(lambda: hunted(mine), lambda: hunted(ours), rounds=ROUNDS)
    found = [
        Row(
            "a Python policy that asks what `reply` asks, every history of 5 steps / `reply` itself",
            spread([one / other for one, other in turns]),
            "",
            "≤ 2",
            "≤ 1.2",
        )
    ]
    for bound, must, aim in ((5, "no slower than 3.4 s", "≤ 2 s"), (6, "≤ 30 s", "≤ 15 s")):
        taken = [each for (each,) in take_turns(partial(swept, bound), rounds=ROUNDS - 2)]
        found.append(Row(f"the survey at {bound} steps", spread(taken), " s", must, aim))
    with TemporaryDirectory() as folder:
        (Path(folder) / "own.py").write_text(OWN, encoding="utf-8")
        for words, must, aim in COMMANDS:
            taken = [command(Path(folder), *words.split()) for _ in range(ROUNDS)]
            found.append(Row(f"`permiscope {words}`, the whole process", spread(taken), " s", must, aim))
    return found


if __name__ == "__main__":
    print("| what | median (quartiles) | must | aim |\n|---|---|---|---|")
    for row in rows():
        print(row, flush=True)
