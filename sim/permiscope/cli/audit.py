"""`permiscope audit`: what could each rule have shown of a real mailbox?"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from permiscope.cli.progress import end_if_pressed, progress, tell_how_far
from permiscope.model.errors import InputError
from permiscope.model.progress import Interruption
from permiscope.report.audit import audit_plain, audit_text, expose
from permiscope.report.files import check_file, write_json
from permiscope.sources.items import Item, Problems, unique
from permiscope.sources.mail import read_mail
from permiscope.sources.mailbox import Signs, assemble
from permiscope.sources.slack import Export, is_slack, open_export, read_slack, with_threads_or_none

Several = list[str] | None


def audit(
    paths: Annotated[
        list[Path], typer.Argument(help="mbox files, Maildirs, messages, folders of these; or a Slack export.")
    ],
    owner: Annotated[str, typer.Option(help="Whose mailbox it is: an address, or a user of the Slack workspace.")],
    app_sender: Annotated[Several, typer.Option(metavar="GLOB", help="The app's address, mail client or bot.")] = None,
    app_domain: Annotated[Several, typer.Option(metavar="DOMAIN", help="Where the app's links lead.")] = None,
    app_label: Annotated[Several, typer.Option(metavar="LABEL", help="The app's label.")] = None,
    keywords: Annotated[
        Several, typer.Option(metavar="WORD,...", help="Words of what is about the app's content.")
    ] = None,
    granted_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When the owner granted the app; midnight, UTC.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write all of it to this file.")] = None,
    names: Annotated[bool, typer.Option("--names", help="Name people and messages as the mailbox does.")] = False,
    bodies: Annotated[bool, typer.Option("--bodies", help="Tell how the texts begin.")] = False,
) -> None:
    """Tell what each rule could have shown of a mailbox.

    Options that say how the app is recognised can be repeated.

    Example: permiscope audit mail.mbox --owner ana@example.org
    """
    if not owner.strip():
        raise InputError("`--owner` is empty; whose mailbox is it?")
    domains = tuple(map(_host, app_domain or ()))
    problems = Problems()
    owner, mail, exports = _sources(paths, owner.strip().casefold(), problems)
    if json:
        check_file(json)
    items: list[Item] = []
    with progress("reading", "messages") as tick, Interruption(lambda: items) as interruption:
        for path in mail:
            items.extend(read_mail(path, problems, tick))
        for export in exports:
            items.extend(read_slack(export, owner, problems, tick))
    if not items:
        raise InputError(f"`{paths[0]}` holds no message that can be read; {_reasons(problems)}")
    signs = Signs(
        tuple(app_sender or (("*",) if exports else ())),
        domains,
        tuple(app_label or ()),
        unique(word.strip() for each in keywords or () for word in each.split(",")),
        granted_on.replace(tzinfo=UTC).timestamp() if granted_on else None,
    )
    if exports:
        items = with_threads_or_none(items)
    mailbox = assemble(items, owner, signs, problems)
    exposures = expose(mailbox)
    print(audit_text(mailbox, exposures, problems, names=names, bodies=bodies))
    if json:
        write_json(json, audit_plain(mailbox, exposures, problems, names=names))
    tell_how_far(interruption, f"this is of the first {len(items)} messages")
    end_if_pressed(interruption)


def _sources(paths: Sequence[Path], owner: str, problems: Problems) -> tuple[str, list[Path], list[Export]]:
    """Who the owner is in the words of the source, and where to read: the paths with mail, or Slack exports."""
    mail: list[Path] = []
    exports: list[Export] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"there is no `{path}`; name an mbox file, a Maildir or a Slack export")
        if not is_slack(path):
            mail.append(path)
            continue
        try:
            exports.append(open_export(path, problems))
        except InputError:
            if len(paths) == 1:
                raise
            problems.add("Slack export that cannot be opened: left out", path.name)
    if mail and exports:
        raise InputError(f"`{mail[0]}` is mail and another path a Slack export; audit them one by one")
    for export in exports:
        owner = export.user(owner)
    return owner, mail, exports


def _host(domain: str) -> str:
    """The domain of an option, also if it was given as an address of the web."""
    host = domain.casefold().rpartition("://")[2].partition("/")[0]
    if not host:
        raise InputError(f"`--app-domain {domain}` is no domain; write it as in `streamco.example`")
    return host


def _reasons(problems: Problems) -> str:
    return "; ".join(f"{what} ({where})" for what, _, where in problems) or "it is empty"
