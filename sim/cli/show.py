"""`permiscope show`: traces to look at, as a page that replays them."""

from pathlib import Path
from typing import Annotated

import typer

from sim.model.errors import InputError
from sim.model.trace import load
from sim.report.files import check_file, write_text


def show(
    traces: Annotated[list[Path], typer.Argument(help="Saved traces (.jsonl).", metavar="TRACE...")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The page to write (.html).")],
) -> None:
    """Write a page that replays traces: one file that opens by a double click and loads nothing.

    Traces of the same day under other rules become choices on the page.

    Example: permiscope show reports/01_inbox_api/*.jsonl -o day.html
    """
    from sim.report.page import days, page  # a template engine, which nothing else needs

    if out.suffix != ".html":
        raise InputError(f"`{out}` is no page; name a file that ends in .html")
    loaded = []
    for path in traces:
        trace, complaint = load(path)
        if complaint:
            typer.echo(f"permiscope: {complaint}", err=True)
        loaded.append((_name(path), trace))
    check_file(out)
    write_text(out, page(days(loaded)))
    print(f"Open  {out}")


def _name(path: Path) -> str:
    """What a day is called that is in this file: the folder's name and the file's, in words."""
    folder = path.resolve().parent.name.replace("_", " ")
    return f"{folder}: {path.stem.replace('_', ' ')}"
