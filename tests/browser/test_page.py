"""Is the page there for everybody: without a network, by keyboard, at a projector and on a telephone?"""

import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.colors import to_hex
from playwright.sync_api import Browser, Page, expect

from permiscope.model.steps import Compose, Consent, History, Reply
from permiscope.model.trace import dump, load
from permiscope.report.page import days, page
from permiscope.service.policies.policy import BUILT_IN
from tests.browser.opening import AXE, REVIEW, ROOT, TRACES, Opened
from tests.helpers import trace_of

THREAD = "#day=Lesson+3%3A+Replies&rule=threaded"
"""Nine events: a conversation, and what the app reads of it under the rule *threaded*."""
FIRST = "#day=Lesson+0%3A+A+first+look&rule=threaded"
DAY = "#day=Lesson+1%3A+Capability+without+use&rule=everything%2C+curious"
"""A whole day: an app that reads whatever it may."""
TALL = {"width": 1280, "height": 2600}


def predict(tab: Page, word: str = "broken") -> None:
    """Say what is expected, and look."""
    tab.get_by_role("radio", name=word, exact=True).check()
    tab.get_by_role("button", name="Look").click()


# %% What it is


def test_it_is_small_asks_for_nothing_and_is_ready_at_once(browser: Browser, html: Path) -> None:
    """No request but for itself; the quickest of three visits, for a busy machine has slow ones."""
    ready = []
    for _ in range(3):
        tab = browser.new_page()
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))  # noqa: B023  # it is asked in this turn
        tab.goto(html.as_uri())
        tab.wait_for_selector("body[data-ready]")
        ready.append(tab.evaluate("performance.now()"))
        assert asked == [html.as_uri()]
        tab.close()
    assert min(ready) < 500, "milliseconds"


def test_its_own_policy_forbids_to_load_and_to_run_anything_else(browser: Browser, html: Path) -> None:
    """Seen to work: a script and a picture that are put in afterwards do nothing."""
    tab = browser.new_page()
    blocked: list[str] = []
    tab.on("console", lambda said: blocked.append(said.text))
    tab.goto(html.as_uri())
    asked: list[str] = []
    tab.on("requestfinished", lambda request: asked.append(request.url))
    tab.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script, Object.assign(new Image(), { src: "http://localhost/there.png" }));
        }"""
    )
    tab.wait_for_timeout(200)
    assert tab.evaluate("window.ran") is None
    assert asked == []
    assert sum("Content Security Policy" in said for said in blocked) == 2
    tab.close()


def test_the_same_traces_are_the_same_bytes() -> None:
    """And neither a date nor a path of this machine is among them."""
    made = [page(days([(path.stem, load(path)[0]) for path in TRACES])) for _ in range(2)]
    assert made[0] == made[1]
    assert str(Path.home()) not in made[0]


def test_the_colours_are_those_of_the_figures(html: Path) -> None:
    """Copies on the web are often wrong; these are held against matplotlib's."""
    _, _, _, green, _, blue, vermillion, purple = mpl.color_sequences["okabe_ito"]
    style = html.read_text(encoding="utf-8").partition("<style>")[2].partition("</style>")[0].lower()
    for name, colour in (
        ("--own:", blue),
        ("--leak:", vermillion),
        (".n2 { stroke:", green),
        (".n3 { stroke:", purple),
    ):
        assert f"{name} {to_hex(colour)}" in style


# %% What it shows


def test_the_leak_of_the_threaded_rule_is_three_actions_away(opened: Opened) -> None:
    """From a double click: predict, look, go to where it breaks."""
    tab = opened()
    tab.get_by_role("radio", name="broken", exact=True).check()
    expect(tab.locator("#verdict")).to_be_hidden()
    tab.get_by_role("button", name="Look").click()
    tab.get_by_role("button", name="Go to event 9, where it breaks").click()
    expect(tab.locator("#badge")).to_have_text("broken")
    expect(tab.locator("[data-message=m1]")).to_contain_text("LEAK")
    expect(tab.locator("#what")).to_have_text("StreamCo asks to read m1 in Ana's mailbox: SHOWN the text of m1.")
    expect(tab.locator("#decided")).to_have_text(
        'Decided by Ana\'s grant "all: everything", and by the rule "threaded".'
    )


def test_the_verdict_is_the_one_up_to_the_step(opened: Opened) -> None:
    """Before the first read it is not tested, and broken from the leak on."""
    tab = opened(f"{THREAD}&event=5")
    predict(tab, "not broken")
    expect(tab.locator("#badge")).to_have_text("not tested")
    expect(tab.locator("#said")).to_have_text('You predicted "not broken so far" for the whole day; it is "broken".')
    tab.get_by_role("button", name="One event on").click()
    expect(tab.locator("#badge")).to_have_text("broken")
    tab.locator("#meaning").select_option("threaded")
    predict(tab, "not broken")
    expect(tab.locator("#badge")).to_have_text("not broken so far")
    expect(tab.locator("#so")).to_have_text("1 shown, 0 refused, none outside.")


def test_nothing_tells_the_answer_before_it_is_predicted(opened: Opened) -> None:
    """Neither words nor colours nor the figure; without the gate they are there at once."""
    tab = opened(f"{THREAD}&event=9")
    assert "LEAK" not in tab.inner_text("main")
    assert tab.locator(".leak, .own").count() == 0
    for place in ("#verdict", "#others", "#stairs"):
        expect(tab.locator(place)).to_be_hidden()
    tab.locator("#gate").uncheck()
    assert tab.locator(".leak").count() == 2
    expect(tab.locator("#stairs")).to_be_visible()


def test_a_prediction_has_to_be_made(opened: Opened) -> None:
    """To look without one says so."""
    tab = opened(THREAD)
    tab.get_by_role("button", name="Look").click()
    expect(tab.locator("#ask")).to_have_text("Choose one first; a wrong guess costs nothing.")


def test_the_apps_eyes_see_what_was_shown_and_no_more(opened: Opened) -> None:
    """Step by step; whose text it has, it can read."""
    tab = opened(f"{THREAD}&event=5&eyes=app")
    expect(tab.locator("#grid")).to_contain_text("The app knows of no message.")
    tab.get_by_role("button", name="One event on").click()
    assert tab.locator(".cell").count() == 1
    expect(tab.locator("#message")).to_contain_text("My results came. Keep it quiet.")
    tab.get_by_role("radio", name="owner's eyes").check()
    assert tab.locator(".cell").count() == 4


def test_the_apps_eyes_see_headers_without_the_text(opened: Opened) -> None:
    """A list of the mailbox says who and when: that is a lesson, and no defect."""
    tab = opened(f"{DAY}&eyes=app")
    listing = tab.evaluate(
        "() => current().records.findIndex((each) => each.operation === 'list' && each.outcome === 'shown') + 1"
    )
    tab.evaluate("(event) => go({ event })", listing)
    assert tab.locator(".cell").count() > 3
    tab.locator(".cell").first.click()
    expect(tab.locator("#message")).to_contain_text("The app has not seen the text.")


def test_two_rules_stand_side_by_side_at_the_same_time(opened: Opened) -> None:
    """Each with its verdict, at the time of the event that is looked at."""
    tab = opened(f"{DAY}&event=999&compare=everything%2C+honest")
    predict(tab)
    leaks = [tab.locator(f"#{place} .leak").count() for place in ("grid", "beside")]
    assert leaks[0] > leaks[1] == 0
    assert tab.locator(".grids h2 b.word").all_inner_texts() == ["broken", "not broken so far"]
    left, right = (tab.locator(f"#{place}").bounding_box() for place in ("grid", "beside"))
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]


def test_the_staircase_counts_what_the_scenario_counts(opened: Opened) -> None:
    """The private messages that each rule let the app read by the end of the day, as in the scenario's text."""
    tab = opened(DAY)
    predict(tab)
    text = (ROOT / "reports" / "02_capability_without_use" / "verdicts.txt").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^(honest|curious) +\d+ +\d+ +(\d+)$", text, flags=re.MULTILINE))
    assert dict(re.findall(r"(honest|curious) (\d+)", tab.inner_text("#exposed"))) == rows
    assert tab.locator("#chart path.line").count() == 3


def test_every_other_claim_has_its_word(opened: Opened) -> None:
    """The rival claim cannot be told from a day: it is about what an app could do."""
    tab = opened(f"{THREAD}&event=9")
    predict(tab)
    tab.locator("#others summary").click()
    words = dict(
        zip(
            tab.locator("#claims td:first-child").all_inner_texts(),
            tab.locator("#claims .word").all_inner_texts(),
            strict=True,
        )
    )
    assert words["RA2"] == "cannot say"
    assert words["I6:reply"] == "broken at event 6"
    assert words["I3"] == "not tested"
    assert words["U2"] == "not broken so far"


def test_the_address_holds_the_exact_view(opened: Opened) -> None:
    """Whoever opens it sees what was seen."""
    tab = opened(THREAD)
    tab.locator("#meaning").select_option("authored")
    tab.get_by_role("radio", name="app's eyes").check()
    tab.get_by_role("button", name="To the end").click()
    tab.locator("[data-message=m2]").click()
    address = tab.evaluate("location.hash")
    again = opened(address)
    assert again.inner_text(".board") == tab.inner_text(".board")
    assert again.evaluate("location.hash") == address
    assert "event=9" in address


def test_an_address_that_names_what_is_not_there_shows_a_day(opened: Opened) -> None:
    """An old link is no blank page."""
    tab = opened("#day=gone&rule=none&event=900&meaning=toString&eyes=x&compare=y&message=m0")
    assert tab.locator(".cell").count() > 0
    assert tab.input_value("#meaning") == "reply"


def test_the_events_have_numbers_to_talk_about(opened: Opened) -> None:
    """Each is a way to its step."""
    tab = opened(THREAD)
    tab.get_by_text("All events, with their numbers").click()
    tab.locator("#events button", has_text="writes m3").click()
    expect(tab.locator("#when")).to_have_text("Event 4 of 9, 4 s")


# %% The exercise


def test_the_exercise_marks_itself(opened: Opened) -> None:
    """A hint for each wrong click, which names no other message; why is asked, too."""
    tab = opened(THREAD)
    tab.get_by_role("button", name="Start with this day and rule").click()
    assert "LEAK" not in tab.inner_text("main")
    tab.locator("[data-message=m2]").click()
    expect(tab.locator("#hint")).to_have_text(
        "Not m2: the app read it, and it belongs. Look at who sent it, and with what."
    )
    tab.locator("[data-message=m4]").click()
    expect(tab.locator("#hint")).to_have_text("Yes: m4 leaks. Why?")
    tab.locator("[data-reason=own]").click()
    expect(tab.locator("#hint")).to_have_text("Look again at how it was sent.")
    tab.locator("[data-reason=I5]").click()
    expect(tab.locator("#hint")).to_contain_text("Right. Event 9 shows m4")
    expect(tab.locator("[data-message=m4]")).to_contain_text("LEAK")


def test_the_exercise_says_when_there_is_no_leak(opened: Opened) -> None:
    """And that a message was never read."""
    tab = opened("#day=Lesson+3%3A+Replies&rule=authored&meaning=authored")
    tab.get_by_role("button", name="Start with this day and rule").click()
    tab.locator(".cell").first.click()
    expect(tab.locator("#hint")).to_contain_text("Under this rule no message leaks.")
    tab.get_by_role("button", name="Stop").click()
    other = opened(FIRST)
    other.get_by_role("button", name="Start with this day and rule").click()
    other.locator("[data-message=m5]").click()
    expect(other.locator("#hint")).to_have_text("Not m5: the app never read it. Look for messages that it has read.")


# %% What people write, and what they open


HOSTILE = (
    "</script><script>window.ran = true</script>",
    '"><img src=x onerror="window.ran = true">',
    "<!-- <script> ]]> {{ 7 * 7 }} ${7 * 7} \\u003c",
    "\u202eright to left\u202c \u2028 \u2029 and back",
    "👩‍👩‍👧‍👦 é \ud800 \x00 \x1b[31m",
    "x" * 100_000,
)


def test_what_people_write_is_data(opened: Opened, tmp_path: Path) -> None:
    """A script, quotes, marks that turn the line, emoji, a null byte, 100 kB: each is shown as it is, and not run."""
    history: History = (Consent("Ana", "StreamCo"), *(Compose("Ben", ("Ana",), text=text) for text in HOSTILE))
    file = tmp_path / "hostile.html"
    trace = trace_of(history, BUILT_IN["everything"])
    file.write_text(page(days([("<b>&\"'{{x}}</script>", trace)])), encoding="utf-8")
    tab = opened("#event=7", file=file)
    for number, text in enumerate(HOSTILE, start=1):
        tab.evaluate("(message) => go({ message })", f"m{number}")
        shown = tab.locator("#message q").evaluate("(each) => each.textContent")
        assert shown.encode(errors="replace") == text.encode(errors="replace")
    assert tab.evaluate("window.ran") is None
    assert tab.locator("#day option").inner_text() == "<b>&\"'{{x}}</script>"
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1280


def test_it_opens_a_trace_that_the_command_line_wrote(opened: Opened, tmp_path: Path) -> None:
    """By the file chooser, without a server."""
    trace = trace_of((Consent("Ana", "StreamCo"), Compose("Ben", ("Ana",)), Reply("Ana", "m1")), BUILT_IN["authored"])
    (tmp_path / "mine.jsonl").write_text(dump(trace), encoding="utf-8")
    tab = opened()
    tab.locator("#file").set_input_files(tmp_path / "mine.jsonl")
    expect(tab.locator("#opened")).to_have_text("mine.jsonl: 3 events.")
    expect(tab.locator("#enforced")).to_have_text(f"Rule in force: {BUILT_IN['authored'].text}")
    assert tab.locator(".cell").count() == 2


DAMAGED = [
    ("", "line 1 is no JSON"),
    ("[1]\n", "line 1 is no JSON object"),
    ('{"trace":99}\n', "line 1 says version 99, not 1 or 2."),
    ('{"trace":1,"policy":"x","text":"x","people":[]}\n', 'the key "apps" of its first line is missing.'),
    ("HEAD" + '{"kind":"whim","time":1}\n', 'Line 2 is not whole (there is no kind of record "whim")'),
    ("HEAD" + '{"kind":"wrote","time":1,"message":{}}\n', "Line 2 is not whole (its message has no id)"),
    ("HEAD" + '{"kind":"moved","time":1,"message":"m9"}\n', 'it names "m9", which nobody wrote before'),
    ("HEAD" + '{"kind":"revoked","time":1,"person":"Ana","app":"x"}\n', "it does not follow from what is before"),
    ("HEAD" + '{"kind":"gran', "the 0 records before it are shown."),
]


def test_a_damaged_file_gets_a_sentence(opened: Opened, tmp_path: Path) -> None:
    """What is whole of it is shown; the page goes on, and opens the next."""
    head = TRACES[0].read_text(encoding="utf-8").partition("\n")[0]
    tab = opened()
    for number, (text, says) in enumerate(DAMAGED):
        path = tmp_path / f"bad{number}.jsonl"
        path.write_text(text.replace("HEAD", f"{head}\n"), encoding="utf-8")
        tab.locator("#file").set_input_files(path)
        expect(tab.locator("#opened")).to_contain_text(f"{path.name}: ")
        expect(tab.locator("#opened")).to_contain_text(says)


# %% For everybody


# It is no Python package, and the other tests of the page run without it; in CI a skip is a failure.
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there")
STATES = {
    "opened": "",
    "a leak": f"{THREAD}&event=9",
    "the app's eyes": f"{DAY}&event=60&eyes=app&message=m28",
    "side by side": f"{DAY}&event=60&compare=everything%2C+honest",
    "refused": "#day=Lesson+3%3A+Replies&rule=authored&event=9",
}
CONTROL = """
<!doctype html><html><head></head><body><img src="data:,"><button></button>
<p style="color:#999;background:#fff">too faint</p><select><option>x</option></select></body></html>
"""


@needs_axe
@pytest.mark.parametrize("state", [*STATES, "the exercise"])
def test_every_state_is_there_for_everybody(opened: Opened, state: str) -> None:
    """On a projector and on a telephone: axe finds nothing, texts stand out, nothing lies over anything or aside.

    One visit for all of it, and pictures are left for somebody to look at.
    """
    tab = opened(STATES.get(state, THREAD))
    if state == "the exercise":
        tab.get_by_role("button", name="Start with this day and rule").click()
        tab.locator("[data-message=m1]").click()
    elif state != "opened":
        predict(tab)
    assert violations(tab) == []
    found = tab.evaluate(CONTRASTS)
    assert len(found) > 40
    assert [each for each in found if each[0] < 4.5] == []
    leave_pictures(tab, state)
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.locator("details").evaluate_all("(all) => all.forEach((each) => { each.open = true; })")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert overlapping(tab) == []
    assert violations(tab) == []


VISIONS = ("none", "achromatopsia", "protanopia", "deuteranopia", "tritanopia")


def leave_pictures(tab: Page, state: str) -> None:
    """As everybody sees it, somebody without colours, and somebody with each kind of colour blindness."""
    REVIEW.mkdir(parents=True, exist_ok=True)
    session = tab.context.new_cdp_session(tab)
    # These two have all the colours and hatchings that there are.
    for vision in VISIONS if state in ("a leak", "side by side") else VISIONS[:1]:
        session.send("Emulation.setEmulatedVisionDeficiency", {"type": vision})
        picture = REVIEW / f"{state.replace(' ', '-').replace(chr(39), '')}--{vision}.png"
        tab.screenshot(path=picture)
        assert picture.stat().st_size > 10_000
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": "none"})


def violations(tab: Page) -> list[str]:
    """What axe-core finds: rules, and where they are broken. It is run by the browser, past the page's own policy."""
    session = tab.context.new_cdp_session(tab)
    session.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    found = tab.evaluate(
        "axe.run(document).then((found) => found.violations.map((each) => [each.id, each.nodes[0].html]))"
    )
    return [f"{rule}: {where}" for rule, where in found]


@needs_axe
def test_axe_finds_what_was_planted(browser: Browser, tmp_path: Path) -> None:
    """The check can fail."""
    (tmp_path / "control.html").write_text(CONTROL, encoding="utf-8")
    tab = browser.new_page()
    tab.goto((tmp_path / "control.html").as_uri())
    rules = {said.partition(":")[0] for said in violations(tab)}
    assert {"image-alt", "button-name", "color-contrast", "select-name", "html-has-lang", "document-title"} <= rules
    tab.close()


CONTRASTS = """
() => {
    const light = (colour) => {
        const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
        const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const clear = (colour) => /rgba\\(.*, 0\\)/.test(colour);
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const style = getComputedStyle(at);
            const hatched = style.backgroundImage.match(/rgba?\\([^)]*\\)/g);
            if (hatched) return hatched;
            if (!clear(style.backgroundColor)) return [style.backgroundColor];
        }
        return ["rgb(255, 255, 255)"];
    };
    const found = [];
    for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!own || !element.checkVisibility() || ["SCRIPT", "STYLE"].includes(element.tagName)) continue;
        const style = getComputedStyle(element);
        const ink = light(element instanceof SVGElement ? style.fill : style.color);
        for (const colour of behind(element)) {
            const paper = light(colour);
            const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
            found.push([contrast, element.className || element.tagName, element.textContent.slice(0, 30)]);
        }
    }
    return found;
}
"""


def test_a_faint_text_is_found(opened: Opened) -> None:
    """The check can fail."""
    tab = opened()
    tab.evaluate("document.querySelector('h1').style.color = '#999'")
    assert min(tab.evaluate(CONTRASTS))[0] < 4.5


def test_the_first_leak_is_twelve_keys_away(opened: Opened) -> None:
    """By keyboard alone, from the top of the page."""
    tab = opened()
    keys = 0
    while tab.locator("#badge").inner_text() != "broken":
        here = tab.evaluate("document.activeElement.name || document.activeElement.id")
        key = {"guess": "Space", "witness": "Enter"}.get(here, "Tab")
        if here == "guess" and tab.locator("[name=guess]:checked").count():
            key = "Enter"
        tab.keyboard.press(key)
        keys += 1
        assert keys <= 12
    expect(tab.locator("[data-message=m1]")).to_contain_text("LEAK")


def test_everything_can_be_reached_by_keyboard_and_shows_that_it_is(opened: Opened) -> None:
    """Tab goes through all that can be used, and each shows a ring when it has the focus."""
    tab = opened(f"{THREAD}&event=9")
    predict(tab)
    tab.locator("header h1").evaluate("(top) => { top.tabIndex = -1; top.focus(); }")
    reached = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        here, ring = tab.evaluate(
            """() => {
                const at = document.activeElement;
                return [at.id || at.name || at.dataset.message || at.tagName, getComputedStyle(at).outlineWidth];
            }"""
        )
        if here == "BODY":
            break
        reached.add(here)
        assert int(ring.removesuffix("px")) >= 2, here
    wanted = {
        "day",
        "rule",
        "meaning",
        "eyes",
        "compare",
        "slider",
        "first",
        "back",
        "witness",
        "exercise",
        "file",
        "gate",
        "print",
    }
    assert wanted | {"m1", "m2", "m3", "m4", "SUMMARY"} <= reached


def test_each_step_is_announced(opened: Opened) -> None:
    """In a live region: where, what and why."""
    tab = opened(f"{THREAD}&event=0")
    live = tab.locator("[aria-live=polite]")
    said = [live.inner_text()]
    for _ in range(9):
        tab.locator("#slider").focus()
        tab.keyboard.press("ArrowRight")
        said.append(live.inner_text())
    assert len(set(said)) == 10
    assert said[6].startswith("Event 6 of 9, 6 s. StreamCo asks to read m1 in Ana's mailbox: SHOWN the text of m1.")


# %% On a projector, a telephone and paper


def boxes(tab: Page, *places: str) -> list[dict[str, Any]]:
    """Where some elements are."""
    found = [tab.locator(place).first.bounding_box() for place in places]
    return [dict(box) for box in found if box is not None]


def test_rule_time_grid_and_verdict_are_on_the_first_screen(opened: Opened) -> None:
    """At 1280×720, without scrolling, with eight conversations; nothing lies over anything else."""
    tab = opened(f"{DAY}&event=60")
    predict(tab)
    assert tab.locator("#grid .row").count() <= 8
    places = ("#rule", "#enforced", "#slider", "#grid", "#badge", "#so", "#what")
    found = boxes(tab, *places)
    assert len(found) == len(places)
    for place, box in zip(places, found, strict=True):
        assert box["y"] >= 0, place
        assert box["y"] + box["height"] <= 720, place
        assert box["x"] + box["width"] <= 1280, place
    assert overlapping(tab) == []


OVERLAPS = """
() => {
    const leaves = [...document.querySelectorAll("button, select, input, h2, h3, p, td, .cell, #badge")]
        .filter((each) => each.checkVisibility() && !each.closest(".unseen, .handout") && each.textContent + each.id);
    // As much of it as an ancestor that scrolls lets be seen.
    const box = (each) => {
        let { left, right, top, bottom } = each.getBoundingClientRect();
        for (let at = each.parentElement; at; at = at.parentElement) {
            if (getComputedStyle(at).overflowY === "visible") continue;
            const frame = at.getBoundingClientRect();
            [left, right] = [Math.max(left, frame.left), Math.min(right, frame.right)];
            [top, bottom] = [Math.max(top, frame.top), Math.min(bottom, frame.bottom)];
        }
        return { left, right, top, bottom };
    };
    const found = [];
    leaves.forEach((one, index) => {
        for (const other of leaves.slice(index + 1)) {
            if (one.contains(other) || other.contains(one)) continue;
            const [a, b] = [box(one), box(other)];
            const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (wide > 1 && high > 1) found.push([one.id || one.textContent, other.id || other.textContent]);
        }
    });
    const isCut = (each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth && each.tagName !== "SELECT";
    const clipped = leaves.filter(isCut);
    return [...found, ...clipped.map((each) => ["clipped", each.id || each.textContent])];
}
"""


def overlapping(tab: Page) -> list[list[str]]:
    """What lies over something else, or is cut off."""
    found: list[list[str]] = tab.evaluate(OVERLAPS)
    return found


def test_what_lies_over_something_is_found(opened: Opened) -> None:
    """The check can fail."""
    tab = opened(THREAD)
    tab.evaluate("document.querySelector('#what').style.marginTop = '-30px'")
    assert overlapping(tab)


def test_the_handout_is_one_page_of_a4(opened: Opened) -> None:
    """With a row a rule, and empty boxes to write into."""
    tab = opened(FIRST)
    pdf = tab.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    (left, bottom, right, top) = map(float, re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)[0].split())
    assert (round(right - left), round(top - bottom)) == (595, 842), "points of A4"
    tab.emulate_media(media="print")
    assert tab.locator(".handout tbody tr").count() == 3
    assert {cell.inner_text() for cell in tab.locator(".handout tbody td").all()} == {""}
    expect(tab.locator("main")).to_be_hidden()
