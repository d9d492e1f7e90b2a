"""What does a scenario leave behind? What it said, as text, and its traces and figures, in a folder of its own."""

from pathlib import Path
from typing import TYPE_CHECKING

from permiscope.model.trace import Trace, dump
from permiscope.report.captions import caption
from permiscope.report.files import check_writable, write_text
from permiscope.report.text import LIMITS, wrap

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Sheet:
    """A scenario's folder, `reports/<name>` below the folder that one is in.

    Raises `InputError` if nothing can be written there.
    """

    def __init__(self, name: str) -> None:
        self.folder = Path("reports") / name
        self._said: list[str] = []
        self._files: list[Path] = []
        check_writable(self.folder)

    def say(self, text: str) -> None:
        """Print a paragraph of prose, and keep it."""
        self.show(wrap(text))

    def dated(self, as_of: str) -> None:
        """Say of a report about companies as of when it is known, what the marks mean, and how to correct it."""
        from permiscope.service.platforms.vendor import MARKS  # only here, for most scenarios are of no company

        marks = "; ".join(f"{mark}: {words}" for mark, words in MARKS.items())
        self.say(f"Marks: {marks}. As of {as_of}. To report a correction, open an issue with the source.")

    def show(self, text: str) -> None:
        """Print something whose lines are as they should be, such as a table or a story, and keep it."""
        print(f"{text}\n")  # noqa: T201  # a scenario prints its verdicts
        self._said.append(text)

    def keep(self, name: str, trace: Trace) -> None:
        """Save a trace as `<name>.jsonl`."""
        write_text(self.folder / f"{name}.jsonl", dump(trace))

    def draw(self, name: str, figure: "Figure") -> None:
        """Save a figure as `<name>.svg` and `<name>.png`, and its caption as `<name>.md`."""
        from permiscope.report.figures import save  # only here, for it takes a second to load

        save(figure, self.folder / name)
        write_text(self.folder / f"{name}.md", caption(name, figure.get_suptitle()))
        self._files.append(self.folder / f"{name}.png")

    def end(self) -> None:
        """Say what was not shown, write all that was said to `verdicts.txt`, and name the files to open."""
        self.say(LIMITS)
        write_text(self.folder / "verdicts.txt", "\n\n".join(self._said) + "\n")
        print(f"Open  {self.folder / 'verdicts.txt'}", *self._files, sep="\n      ")  # noqa: T201  # as in `show`
