"""With what the page is opened, and which days are on it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
STRICT = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
"""A root user has no sandbox, in a container for instance."""
PAGE = ROOT / "reports" / "replay.html"
TRACES = sorted((ROOT / "reports").glob("*/*.jsonl"))
AXE = ROOT / ".dev" / "node_modules" / "axe-core" / "axe.min.js"
REVIEW = ROOT / ".dev" / "review"
"""Where pictures are left for somebody to look at."""

Opened = Callable[..., Page]
