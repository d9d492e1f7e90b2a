"""`permiscope show`: traces to look at, as a page that replays them or as a figure."""

from pathlib import Path
from typing import Annotated

import typer

from permiscope.cli.run import run_file
from permiscope.model.errors import InputError
from permiscope.model.extents import Extent, parse_extent
from permiscope.model.trace import Trace, load
from permiscope.report.files import check_file, write_text


def show(
    traces: Annotated[
        list[Path], typer.Argument(help="Saved traces (.jsonl), or scenarios to run (.toml).", metavar="TRACE...")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The page (.html), or the figure (.svg, .png), to write.")],
    figure: Annotated[str, typer.Option(help="Draw this: exposure, knowledge or matrix.")] = "",
    reading: Annotated[str, typer.Option(help="What a figure takes for the app's content.")] = "reply",
) -> None:
    """Write a page that replays traces, or a figure of them, with its caption.

    The page is one file that opens by a double click and loads nothing. Traces of the same day under other rules become
    choices on it, or lines of the figure. A counterexample that was saved is a scenario, and is run for it.

    Example: permiscope show reports/01_inbox_api/*.jsonl -o day.html
    """
    if out.suffix not in ((".svg", ".png") if figure else (".html",)):
        what, end = ("figure", ".svg or .png") if figure else ("page", ".html")
        raise InputError(f"`{out}` is no {what}; name a file that ends in {end}" + _hint(out, figure))
    content = parse_extent(reading)
    loaded = []
    for path in traces:
        trace, complaint = (run_file(path)[0], None) if path.suffix == ".toml" else load(path)
        if complaint:
            typer.echo(f"permiscope: {complaint}", err=True)
        loaded.append((_name(path), trace))
    check_file(out)
    if figure:
        _draw(figure, loaded, content, out)
    else:
        from permiscope.report.page import days, page  # a template engine, which nothing else needs

        write_text(out, page(days(loaded)))
    print(f"Open  {out}")


def _hint(out: Path, figure: str) -> str:
    return ", or say which figure by `--figure`" if out.suffix in (".svg", ".png") and not figure else ""


def _draw(figure: str, loaded: list[tuple[str, Trace]], reading: Extent, out: Path) -> None:
    from permiscope.report.captions import caption
    from permiscope.report.drawing import draw  # matplotlib takes a second to load
    from permiscope.report.figures import save
    from permiscope.report.page import a_day

    drawn = draw(figure, dict(a_day("", loaded).traces), reading)
    save(drawn, out, (out.suffix,))
    write_text(out.with_suffix(".md"), caption(figure, drawn.get_suptitle()))


def _name(path: Path) -> str:
    """What a day is called that is in this file: the folder's name and the file's, in words."""
    folder = path.resolve().parent.name.replace("_", " ")
    return f"{folder}: {path.stem.replace('_', ' ')}"
