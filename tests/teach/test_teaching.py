"""Do the plans for teachers add up, and are the answers so?"""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import judge
from permiscope.model.trace import load

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / "reports"
TEACHING = REPORTS / "teaching"


def section(name: str, heading: str) -> str:
    """What a page says under a heading."""
    text = (TEACHING / name).read_text(encoding="utf-8")
    return text.partition(f"## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("minutes", [45, 90])
def test_a_plan_fills_its_minutes_without_a_gap(minutes: int) -> None:
    """From the first to the last."""
    text = (TEACHING / f"plan-{minutes}.md").read_text(encoding="utf-8")
    spans = [tuple(map(int, span)) for span in re.findall(r"^\| (\d+)–(\d+) \|", text, flags=re.MULTILINE)]
    assert spans[0][0] == 0
    assert spans[-1][1] == minutes
    assert all(one[1] == other[0] for one, other in pairwise(spans))
    assert text.count("- They say: ") == text.count(" Ask: ") + text.count("\n  Ask: ") >= 4
    assert "law and ethics" in text.lower()


@pytest.mark.parametrize("path", [*TEACHING.glob("*.md"), REPORTS / "README.md"], ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    """On the disk of whoever cloned it."""
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_reports_are_listed_where_one_begins() -> None:
    """Each folder in the README of `reports/`."""
    text = (REPORTS / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in REPORTS.iterdir() if f"]({path.name}" not in text and path.name != "README.md"] == []


def test_the_answers_of_lesson_0_are_what_the_judges_say() -> None:
    """A verdict for each rule and meaning."""
    rows = re.findall(r"^\| \*(\w+)\* \| ([^\n]+) \|$", section("answers.md", "Lesson 0"), flags=re.MULTILINE)
    assert len(rows) == 3
    for rule, said in rows:
        records = load(REPORTS / "00_first_look" / f"{rule}.jsonl")[0].records
        tallies = judge(records, [parse_invariant(f"I5:{name}") for name in ("authored", "reply", "threaded")])
        assert [tally.verdict().short for tally in tallies] == said.split(" | ")


def test_the_numbers_of_lesson_6_are_those_of_the_script() -> None:
    """How many faulty systems the weak rule and the strong one catch, and the predictions of lesson 7."""
    text = (REPORTS / "09_write_the_rule" / "verdicts.txt").read_text(encoding="utf-8")
    (weak,) = re.findall(r"^the thread .* (\d+)$", text, flags=re.MULTILINE)
    (strong,) = re.findall(r"^and all else, two runs .* (\d+)$", text, flags=re.MULTILINE)
    said = " ".join(section("answers.md", "Lesson 6").split())
    assert f"catches {weak} of 38" in said
    assert f"together catch {strong};" in said
    table = (REPORTS / "10_two_claims" / "verdicts.txt").read_text(encoding="utf-8").partition("PRIVATE MAIL")[2]
    days = {
        int(share): int(apart)
        for share, apart in re.findall(r"^(\d+)% +(\d+) of", table.split("\n\n")[0], re.MULTILINE)
    }
    assert max(days, key=days.__getitem__) in range(40, 60)
    assert (days[0], days[100]) == (0, 0)


def test_the_handout_asks_what_the_page_prints() -> None:
    """The same questions, in the same order."""
    page = (ROOT / "sim" / "permiscope" / "report" / "assets" / "page.html").read_text(encoding="utf-8")
    printed = re.findall(r'<li>(.+?)<div class="blank">', page)
    asked = re.findall(r"^\d\. (.+)$", (TEACHING / "handout.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert asked == printed
