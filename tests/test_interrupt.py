"""Does an interrupted command keep what it found until then, and one that nobody reads end as if somebody did?"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from permiscope.engine.alphabet import BASE, READ
from permiscope.engine.bfs import Levels, explore, histories_of, messaging_for
from permiscope.engine.hunting import Hunts, OfOneRun, hunt_rules
from permiscope.engine.space import Space
from permiscope.judge.invariants import parse_invariant
from permiscope.model.access import Request
from permiscope.questions.policies.compare import Comparison, compare_policies
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy

ROOT = Path(__file__).parents[1]
HEARS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
"""Whatever runs in the background is started deaf to Ctrl-C, and so are these tests there."""
COMMAND = [
    sys.executable,
    "-c",
    f"{HEARS}; import sys; sys.path.append({str(ROOT / 'sim')!r}); from permiscope.cli import main; main()",
]
PATIENCE = 20.0
"""Seconds within which a command has found something, on a busy machine too."""


def interrupted(arguments: list[str], after: float, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that would take long, and press Ctrl-C after some seconds: later if it had found nothing yet."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    if not out and after < PATIENCE:
        return interrupted(arguments, 2 * after, folder)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def test_an_interrupted_search_prints_what_it_found(tmp_path: Path) -> None:
    """Six steps take most of a minute; what is known after some seconds is printed, and for which bound."""
    done = interrupted(["test", "--max-steps", "6", "--json", "found.json"], 3.0, tmp_path)
    assert done.returncode == 130
    assert done.stderr.startswith("permiscope: this was found with at most ")
    assert done.stderr.endswith("permiscope: interrupted\n")
    assert "Traceback" not in done.stderr
    assert "everything  " in done.stdout
    assert (tmp_path / "found.json").read_text(encoding="utf-8").endswith("}\n")


def test_an_interrupted_audit_tells_of_what_it_read(tmp_path: Path) -> None:
    """A mailbox that takes a while; the audit is of the messages before the interruption."""
    mail = "From x Thu Jan  1 00:00:00 2015\nMessage-ID: <{0}@x.example>\nFrom: ben@x.example\n\nHi.\n\n"
    (tmp_path / "big.mbox").write_text("".join(map(mail.format, range(100_000))), encoding="ascii")
    done = interrupted(["audit", "big.mbox", "--owner", "ana@x.example"], 3.0, tmp_path)
    assert done.returncode == 130
    assert "permiscope: this is of the first " in done.stderr
    assert done.stderr.endswith("permiscope: interrupted\n")
    assert "Traceback" not in done.stderr
    assert "everything  " in done.stdout


@pytest.mark.parametrize("options", [[], ["-u"]])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("test reply --reading reply --max-steps 3", 0),
        ("test everything --reading reply --max-steps 2", 1),
        ("tset", 2),
    ],
)
def test_a_reader_that_closes_the_pipe_changes_no_exit_code(
    words: str, code: int, options: list[str], tmp_path: Path
) -> None:
    """Whether Python buffers what is printed or not; and what is written to files is written."""
    to_files = ["--json", "found.json"] if code < 2 else []
    command = [COMMAND[0], *options, *COMMAND[1:], *words.split(), *to_files]
    read, write = os.pipe()
    os.close(read)
    try:
        told = subprocess.run(command, cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
        untold = subprocess.run(command, cwd=tmp_path, stdout=write, stderr=write, check=False)
    finally:
        os.close(write)
    assert (told.returncode, untold.returncode) == (code, code)
    assert told.stderr.count("\n") == (1 if code == 2 else 0)
    if to_files:
        assert (tmp_path / "found.json").read_text(encoding="utf-8").endswith("}\n")


def test_what_is_explored_goes_on_after_an_interruption() -> None:
    """The levels of a service are kept for the next search, which must not take what was cut off for all there is."""

    def interrupt(done: int, total: int) -> None:
        if done == total > 1:
            raise KeyboardInterrupt

    start = messaging_for(Service(BUILT_IN["reply"]))
    whole, cut = (Levels(start, Space(BASE, READ, frozenset())) for _ in range(2))
    with pytest.raises(KeyboardInterrupt):
        list(histories_of(cut, 4, interrupt))
    assert list(histories_of(cut, 4)) == list(histories_of(whole, 4))
    assert [len(level) for level in cut.known] == [len(level) for level in whole.known]


def test_a_level_that_was_counted_in_part_is_not_counted() -> None:
    """Ctrl-C may come while the states of a level are counted."""
    service, space = Service(BUILT_IN["reply"]), Space(BASE, READ, frozenset())
    hunts = Hunts([OfOneRun([parse_invariant("I5:reply")], service, space, ())], space)
    levels = Levels(messaging_for(service), space)
    for found in explore(hunts, levels, 2):
        hunts.whole = found
    whole = [(name, each.histories, each.states) for name, each in hunts.whole.rules.items()]
    hunts.found = hunts.found.copy()
    seen = [(node, hunts.look(messaging, node)) for node, messaging in levels.visit(2)]
    for node, each in seen[: len(seen) // 2]:
        hunts.count(node, each)
    hunts.whole.begun = True
    assert [(name, each.histories, each.states) for name, each in hunts.known().rules.items()] == whole != []


def _pressed(done: int, total: int) -> None:
    """Ctrl-C in the first level that has more than one state."""
    if total > 1:
        raise KeyboardInterrupt


def test_a_hunt_of_which_a_part_will_not_do_is_ended_as_a_whole() -> None:
    """Whoever goes on with an answer would take half a search for all of it."""
    rules = [parse_invariant("I5:reply")]
    with pytest.raises(KeyboardInterrupt):
        hunt_rules(Service(BUILT_IN["reply"]), rules, 3, tick=_pressed)
    found = hunt_rules(Service(BUILT_IN["reply"]), rules, 3, tick=_pressed, partial=True)["I5:reply"]
    assert (found.interrupted, found.begun, found.bound) == (True, True, 1)


def test_what_was_found_before_more_was_looked_at_is_not_kept() -> None:
    """A search that begins again and is interrupted at once knows nothing yet."""

    def drafts_of_two(request: Request) -> bool:
        return request.grant is not None and (len(request.facts.messages) < 2 or not request.message.draft)

    results: list[Comparison] = []

    def press_when_it_begins_again(done: int, total: int) -> None:
        if total == 1 and len(results) == 4:
            raise KeyboardInterrupt

    one, other = (FunctionPolicy(name, "", drafts_of_two) for name in ("one", "other"))
    with pytest.raises(KeyboardInterrupt):
        results.extend(compare_policies(one, other, 4, press_when_it_begins_again))
    assert [each.bound for each in results] == [0, 1, 2, 0]
