"""`permiscope demo`: the newcomer's first minute. Both public claims, five rules, one story."""

from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

from permiscope.claims import Cell, Claim, content_scoped, read_all
from permiscope.cli.progress import end_if_pressed
from permiscope.cli.searching import search
from permiscope.engine.bfs import messaging_for
from permiscope.judge.exposure import lives
from permiscope.judge.verdicts import Kind
from permiscope.model.extents import READINGS
from permiscope.questions.policies.reachability import could_see
from permiscope.report.story import story
from permiscope.report.text import number, table
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.day import APP, curious, day, honest

RULES = ("everything", "threaded", "reply", "authored", "deny-all")
MEANINGS = ("authored", "reply", "threaded")
STEPS = 5
QUESTION = 'Is all it shows "the app\'s content":'
FEATURE = ("U1", "U2", "U3")
"""What the partner's feature needs: to send, to read that back, to read the replies."""
REPORT = Path("reports/01_inbox_api")
"""What a checkout holds to open next; an installed package does not."""


def demo() -> None:
    """Put the two public claims to the test.

    Can an app limited to its own content see private messages?

    Example: permiscope demo
    """
    print(
        'PERMISCOPE  Can an app limited to "its own content" still see private messages?\n'
        "Invented people (Ana, Ben, Cy) and app (StreamCo). A model, not evidence.\n"
    )
    start = perf_counter()
    cells = _test()
    histories = number(cells[RULES[0], f"I5:{MEANINGS[0]}"].histories)
    print(f"Tested: every history of at most {STEPS} steps, 3 people, 1 app: {histories} in ", end="")
    print(f"{perf_counter() - start:.0f} s\nSteps: grant, write, write via the app, reply, label, read\n")
    print(_matrix(cells))
    print(
        "\nbroken in k: shortest counterexample.  kept: none in 5 steps; longer untried.\n"
        "not tested: nothing was shown, so no pass.  partly: sends, cannot see replies.\n"
        "authored: Ana sent it via StreamCo.  reply: sent via StreamCo, or answers that.\n"
        "threaded: its thread holds a message sent via StreamCo.\n"
    )
    broken = cells["threaded", "I5:reply"]
    print(f'STORY  rule "threaded" breaks meaning "reply" in {broken.verdict.steps} steps')
    rule = BUILT_IN["threaded"]
    print(story(messaging_for(Service(rule)).played(broken.verdict.witness), rule, READINGS["reply"]))
    print(f"\n{_could_and_did()}\n")
    if REPORT.is_dir():
        print(f"Open  {REPORT / 'exposure.png'}    {REPORT / 'verdicts.txt'}")
    print("Next  permiscope explain threaded/reply    permiscope test my_policy.py:policy")


def _could_and_did() -> str:
    """What an app could read of private mail and what it did: two apps under the rule that allows everything."""
    rule, private = BUILT_IN["everything"], READINGS["reply"]
    apps = []
    for name, app in (("honest", honest()), ("curious", curious())):
        trace = day(rule, app)
        did = [life for life in lives(trace.records, APP, private) if life.private and life.known is not None]
        apps.append(f"  {name} app: could {len(could_see(rule, trace, private))}, did {len(did)}")
    head = f'COULD / DID  one day under "{rule.name}", messages outside "{private.name}"\n'
    return head + f"{apps[0]:<40}{apps[1].strip()}"


def _test() -> Mapping[tuple[str, str], Cell]:
    """The cells by rule and formula."""
    claims = [
        *(content_scoped(READINGS[name]) for name in MEANINGS),
        *read_all(),
        *(Claim(name, "The feature works.", name) for name in FEATURE),
    ]
    cells, interruption = search([BUILT_IN[name] for name in RULES], claims, STEPS, published=True)
    # Nothing of it is told then, for half of it makes no minute worth reading.
    end_if_pressed(interruption)
    return {(cell.policy, cell.formula): cell for cell in cells}


def _matrix(cells: Mapping[tuple[str, str], Cell]) -> str:
    rows = [
        (
            rule,
            *(cells[rule, f"I5:{meaning}"].verdict.words for meaning in MEANINGS),
            "yes" if cells[rule, "RA2"].verdict.kind is Kind.EXHAUSTED else "no",
            _feature([cells[rule, name].verdict.kind is Kind.EXHAUSTED for name in FEATURE]),
        )
        for rule in RULES
    ]
    head = f"{'RULE':<13}{QUESTION:<42}COULD READ  FEATURE\n"
    return head + table(["enforced", *MEANINGS, "ALL MAIL?", "WORKS?"], rows, gap=3)


def _feature(works: list[bool]) -> str:
    sends, reads_back, sees_replies = works
    if sends and reads_back and sees_replies:
        return "yes"
    return "partly" if sends else "no"
