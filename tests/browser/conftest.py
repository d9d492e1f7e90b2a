"""A browser, and the page in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.opening import CHROMIUM, PAGE, STRICT, Opened


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of a process."""
    if CHROMIUM is None:
        # A clone alone has no browser, and the other tests are to run there all the same; in CI a skip is a failure.
        pytest.skip("Chromium is not there")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=STRICT)
        yield started
        started.close()


@pytest.fixture(scope="session")
def html() -> Path:
    """The page with the days of the lessons, as it is kept."""
    return PAGE


@pytest.fixture
def opened(browser: Browser, html: Path) -> Iterator[Opened]:
    """Opens the page, or another file, at an address; nothing on it may fail."""
    contexts = []

    def open_at(address: str = "", *, width: int = 1280, height: int = 720, file: Path = html) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        tab = context.new_page()
        problems: list[str] = []
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on(
            "console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None
        )
        tab.goto(f"{file.as_uri()}{address}")
        tab.wait_for_selector("body[data-ready]")
        problems_of[tab] = problems
        return tab

    problems_of: dict[Page, list[str]] = {}
    yield open_at
    for context in contexts:
        context.close()
    assert [problem for problems in problems_of.values() for problem in problems] == []
