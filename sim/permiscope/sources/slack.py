"""What is in a Slack export? A folder, or the zip of one, with a folder of daily files for each conversation.

Messages of bots are an app's content; mentioning a bot addresses it. An export names what a message answers only
by the thread that it is in, and keeps no labels.
"""

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, is_zipfile
from zipfile import Path as ZipPath

from attrs import define, evolve

from permiscope.model.errors import InputError, unknown
from permiscope.model.progress import Tick
from permiscope.sources.items import Item, Problems, unique

CONVERSATIONS = ("channels.json", "groups.json", "mpims.json", "dms.json")
MESSAGES = (None, "bot_message", "thread_broadcast", "reply_broadcast", "me_message", "file_share", "file_comment")
"""The subtypes that are messages of somebody; all others are notices of the service."""
MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
HOST = re.compile(r"<https?://([^\s/>|:?#]+)", re.IGNORECASE)

Plain = dict[str, Any]  # a row of the export: whatever Slack writes
Folder = Path | ZipPath


@define
class Export:
    """An export: its users by id, and its conversations by the name of their folder, with their members."""

    root: Folder
    users: Mapping[str, Plain]
    conversations: Mapping[str, tuple[str, ...]]

    def user(self, who: str) -> str:
        """The id of the user of this id, name or address. Raises `InputError` if there is none."""
        known: dict[str, str] = {}
        for name, user in self.users.items():
            profile = user.get("profile")
            address = str(profile.get("email") or "") if isinstance(profile, dict) else ""
            known |= {each.casefold(): name for each in (name, str(user.get("name") or ""), address) if each}
        if who.casefold() not in known:
            raise unknown("user", who, known, "users.json of the export")
        return known[who.casefold()]

    def bot(self, user: str) -> tuple[str, ...]:
        """The id and the name of a user who is a bot; nothing for a person."""
        known = self.users.get(user, {})
        return (user, str(known.get("name") or "")) if known.get("is_bot") else ()


def is_slack(path: Path) -> bool:
    """Whether a path may be a Slack export."""
    return path.suffix == ".zip" or is_zipfile(path) or _is_export(path)


def _is_export(folder: Folder) -> bool:
    return any((folder / name).is_file() for name in CONVERSATIONS)


def open_export(path: Path, problems: Problems) -> Export:
    """The export at a path. Raises `InputError` if it is a zip that is not whole, or holds no export."""
    root: Folder = path
    if not path.is_dir():
        try:
            root = ZipPath(ZipFile(path))
        except (BadZipFile, OSError) as error:
            raise InputError(f"`{path}` is no whole zip file ({error}); export or download it again") from None
        # Some exports have all their folders in one; beside it lies what a Mac adds.
        if not _is_export(root):
            root = next(filter(_is_export, root.iterdir()), root)
    users = {str(user["id"]): user for user in _rows(root / "users.json", problems) if "id" in user}
    conversations: dict[str, tuple[str, ...]] = {}
    for name in CONVERSATIONS:
        if (root / name).is_file():
            for row in _rows(root / name, problems):
                conversations[str(row.get("name") or row.get("id"))] = tuple(map(str, _listed(row, "members")))
    if not conversations:
        raise InputError(f"`{path}` names no conversation, so it is no Slack export")
    return Export(root, users, conversations)


def read_slack(export: Export, owner: str, problems: Problems, tick: Tick) -> Iterator[Item]:
    """The messages of the conversations that the owner is a member of; `owner` is the id of a user."""
    files = list(_files(export, owner, problems))
    for done, (conversation, file) in enumerate(files, start=1):
        for number, row in enumerate(_rows(file, problems), start=1):
            where = f"{conversation}/{file.name}, row {number}"
            try:
                if row.get("subtype") in MESSAGES:
                    yield _item(row, where, conversation, export)
                else:
                    problems.add(f"notice of the service ({row['subtype']}): not a message", where)
            except (KeyError, TypeError, ValueError, AttributeError, OSError, OverflowError):
                problems.add("row that is no message", where)
        tick(done, len(files))


def with_threads_or_none(items: list[Item]) -> list[Item]:
    """The messages of an export; if none answers another, it does not tell: exports from before threads look so."""
    return items if any(item.answers for item in items) else [evolve(item, answers=None) for item in items]


def _files(export: Export, owner: str, problems: Problems) -> Iterator[tuple[str, Folder]]:
    """The daily files of the owner's conversations, in order."""
    for folder in sorted(export.root.iterdir(), key=_name):
        if not folder.is_dir():
            continue
        if folder.name not in export.conversations:
            problems.add("conversation that the export does not describe: left out", folder.name)
        elif owner not in export.conversations[folder.name]:
            problems.add("conversation without the owner: left out", folder.name)
        else:
            for file in sorted(folder.iterdir(), key=_name):
                yield folder.name, file


def _name(folder: Folder) -> str:
    return folder.name


def _item(row: Plain, where: str, conversation: str, export: Export) -> Item:
    """The message of a row. Raises the like of `KeyError` if it is none."""
    bot = str(row.get("bot_id") or "")
    author = str(row.get("user") or (row.get("comment") or {}).get("user") or bot or row["username"])
    attachments = [each.get("text") or each.get("fallback") or "" for each in _listed(row, "attachments")]
    text = "\n".join(unique([row.get("text") or "", *attachments]))
    time, thread = row["ts"], row.get("thread_ts")
    datetime.fromtimestamp(float(time), UTC)  # raises what no calendar has
    by_bot = bot or row.get("subtype") == "bot_message" or export.bot(author)
    return Item(
        where=where,
        name=f"{conversation}/{time}",
        author=author,
        recipients=tuple(member for member in export.conversations[conversation] if member != author),
        time=float(time),
        text=text,
        senders=unique([bot, str(row.get("username") or ""), *export.bot(author)]) if by_bot else (),
        answers=(f"{conversation}/{thread}",) if thread and thread != time else (),
        links=unique(host.casefold() for host in HOST.findall(text)),
        mentions=unique(name for user in MENTION.findall(text) for name in export.bot(user)),
        names_client=True,
    )


def _listed(row: Plain, key: str) -> list[Any]:
    """What a row has of a list, which may be missing or null."""
    value = row.get(key)
    return value if isinstance(value, list) else []


def _rows(file: Folder, problems: Problems) -> list[Plain]:
    """The rows of a JSON file; none, and counted, if it cannot be read."""
    try:
        rows = json.loads(file.read_bytes())
    except (OSError, ValueError, BadZipFile, RuntimeError, EOFError, zlib.error) as error:
        problems.add("file that cannot be read as JSON", f"{file.name} ({error})")
        return []
    if not isinstance(rows, list):
        problems.add("file that is no list of rows", file.name)
        return []
    good = [row for row in rows if isinstance(row, dict)]
    for _ in range(len(rows) - len(good)):
        problems.add("row that is no object", file.name)
    return good
