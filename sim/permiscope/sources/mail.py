"""What is in a mailbox file? Reads mbox, Maildir and single messages (RFC 5322) as they are found in the wild.

Whatever is malformed is counted, and the message is kept with what can be read of it. Nothing is written.
"""

import email.utils
import mailbox
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.utils import getaddresses, parsedate_to_datetime
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory

from permiscope.model.progress import Tick
from permiscope.sources.items import Item, Problems, unique

HEADERS = ("From", "To", "Cc", "Date", "Subject", "Message-ID", "Received", "Content-Type", "Return-Path")
"""A file with none of these is no message."""
CLIENTS = ("User-Agent", "X-Mailer")
LABELS = ("X-Gmail-Labels", "X-Keywords", "Keywords")
ID = re.compile(r"<[^<>\s]+>")
WELL_FORMED = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")
HOST = re.compile(r"https?://([\w.-]*\w)", re.IGNORECASE)
SENT = re.compile(r"sent([^a-z]|$|items|mail|messages)", re.IGNORECASE)
"""How the name of a folder of sent mail begins."""
# Newer Pythons refuse malformed lists of addresses as a whole; all are asked to read what can be read.
LENIENT = {"strict": False} if getattr(email.utils, "supports_strict_parsing", False) else {}


Part = tuple[str, int, Iterable[Callable[[], bytes]]]
"""A folder or file: its name, how many messages it holds, and how to get each."""


def is_maildir(path: Path) -> bool:
    """Whether the folder has the two that every Maildir has."""
    return (path / "cur").is_dir() and (path / "new").is_dir()


def read_mail(path: Path, problems: Problems, tick: Tick) -> Iterator[Item]:
    """The messages of an mbox file, a Maildir, a file that is one message, or a folder with any of these."""
    parts = _parts(path, path.name or ".", problems)
    total = sum(size for _, size, _ in parts)
    done = 0
    for folder, size, messages in parts:
        for number, get in enumerate(messages, start=1):
            where = f"{folder}, message {number}" if size > 1 else folder
            try:
                data = get()
            except (OSError, KeyError) as error:
                problems.add("message that cannot be opened", f"{where}: {error}")
            else:
                if item := read_message(data, where, problems, own=is_sent(folder)):
                    yield item
            done += 1
            tick(done, total)


def is_sent(folder: str) -> bool:
    """Whether a folder of this name holds what its owner sent."""
    return any(SENT.match(part) for part in re.split(r"[/\\.]", folder))


def read_message(data: bytes, where: str, problems: Problems, *, own: bool = False) -> Item | None:
    """One message, from its bytes; None if they are none, which is counted."""
    try:
        return _read(data, where, problems, own=own)
    except (RecursionError, LookupError, TypeError, ValueError):
        # Python's own parser stumbles over some; what it says of them helps nobody.
        problems.add("message that cannot be parsed: left out", where)
        return None


def _read(data: bytes, where: str, problems: Problems, *, own: bool) -> Item | None:
    if not data.strip():
        problems.add("empty file or message", where)
        return None
    mail = message_from_bytes(data)
    if not any(name in mail for name in HEADERS):
        problems.add("no headers: not a message", where)
        return None

    def header(name: str) -> str:
        return ", ".join(_decoded(value, where, problems) for value in mail.get_all(name, []))

    def addresses(*names: str) -> list[str]:
        return _addresses([str(value) for name in names for value in mail.get_all(name, [])])

    authors = addresses("From")
    if not authors:
        problems.add("no author", where)
    clients = unique(header(name) for name in CLIENTS)
    bodies = list(_bodies(mail, where, problems))
    labels = unique(label.strip() for name in LABELS for label in header(name).split(","))
    name = header("Message-ID").strip() or None
    if name is None:
        problems.add("no Message-ID", where)
    elif not WELL_FORMED.fullmatch(name):
        problems.add("malformed Message-ID", where)
    recipients = unique(addresses("To", "Cc", "Bcc"))
    return Item(
        where=where,
        name=name,
        author=authors[0] if authors else "",
        recipients=recipients,
        time=_time(header("Date"), where, problems),
        text="\n".join([text for text, _ in bodies]).strip(),
        subject=header("Subject"),
        senders=unique([*authors, *addresses("Sender"), *clients]),
        answers=_answers(header("In-Reply-To"), header("References")),
        links=unique(host.casefold() for _, source in bodies for host in HOST.findall(source)),
        mentions=recipients,
        labels=labels if any(name in mail for name in LABELS) else None,
        names_client=bool(clients),
        own=own or "Sent" in labels,
    )


def _parts(path: Path, name: str, problems: Problems) -> list[Part]:
    """The folders and files with messages at a path; `name` is what it is called in the report."""
    try:
        if is_maildir(path):
            return list(_maildir(name, mailbox.Maildir(path, create=False)))
        if path.is_dir():
            problems.add("folder that is no Maildir: each file read by itself", name)
            children = [child for child in sorted(path.iterdir()) if child.is_dir() or child.is_file()]
            return [part for child in children for part in _parts(child, f"{name}/{child.name}", problems)]
        with path.open("rb") as file:
            start = file.read(1000)
        if not start.startswith(b"From "):
            if start.removeprefix(BOM_UTF8).lstrip().startswith(b"From "):
                problems.add("mbox file that does not begin with its first message", name)
                return [(name, len(messages), messages)] if (messages := _late_mbox(path)) else []
            return [(name, 1, [path.read_bytes])]
        with closing(mailbox.mbox(path, create=False)) as box:
            return [(name, len(box), _mbox(path))]
    except OSError as error:
        problems.add("file or folder that cannot be opened", f"{name}: {error.strerror}")
        return []


def _maildir(name: str, box: mailbox.Maildir) -> Iterator[Part]:
    keys = sorted(box.keys())
    yield name, len(keys), [partial(box.get_bytes, key) for key in keys]
    for folder in sorted(box.list_folders()):
        yield from _maildir(f"{name}/{folder}", box.get_folder(folder))


def _mbox(path: Path) -> Iterator[Callable[[], bytes]]:
    """The messages of an mbox file, which is open only meanwhile: there may be thousands of such files."""
    with closing(mailbox.mbox(path, create=False)) as box:
        for key in box.keys():  # noqa: SIM118  # a mailbox is no dict
            # Not `get_message`, which stops at a "From " line that is not ASCII.
            yield partial(box.get_bytes, key)


def _late_mbox(path: Path) -> list[Callable[[], bytes]]:
    """The messages of an mbox file that begins with something else, of which the library would make nothing."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "mbox"
        copy.write_bytes(path.read_bytes().removeprefix(BOM_UTF8).lstrip())
        return [partial(bytes, get()) for get in _mbox(copy)]


def _decoded(value: object, where: str, problems: Problems) -> str:
    """A header in plain text, on one line."""
    raw = str(value)
    try:
        text = str(make_header(decode_header(raw)))
    except (LookupError, ValueError, MessageError):
        problems.add("header that cannot be decoded", where)
        text = raw
    return " ".join(text.split())


def _addresses(headers: list[str]) -> list[str]:
    """The addresses in headers as they came: decoded first, somebody's name could pass for an address."""
    return [address.casefold() for _, address in getaddresses(headers, **LENIENT) if "@" in address]


def _time(header: str, where: str, problems: Problems) -> float | None:
    if not header:
        problems.add("no date", where)
        return None
    try:
        date = parsedate_to_datetime(header)
        return (date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        problems.add("date that cannot be read", where)
        return None


def _answers(in_reply_to: str, references: str) -> tuple[str, ...]:
    """What a message answers, the nearest first. If it names nothing by id, it answers something that is not here."""
    named = unique([*ID.findall(in_reply_to)[:1], *reversed(ID.findall(references))])
    return named or (("",) if in_reply_to else ())


def _bodies(mail: Mail, where: str, problems: Problems) -> Iterator[tuple[str, str]]:
    """The text of a message, part by part, and its source; an HTML part counts where there is no plain one."""
    parts = [_without_odd_parameters(part, where, problems) for part in mail.walk() if not part.is_multipart()]
    # What calls itself multipart and is not in parts is read as one text.
    texts = [part for part in parts if part.get_content_maintype() in ("text", "multipart") and not part.get_filename()]
    plain = any(part.get_content_subtype() == "plain" for part in texts)
    for part in texts:
        source = _payload(part, where, problems)
        if part.get_content_subtype() != "html":
            yield source, source
        else:
            yield "" if plain else _text_of(source, where, problems), source


def _without_odd_parameters(part: Mail, where: str, problems: Problems) -> Mail:
    """The part; its headers lose parameters at which Python's own parser stumbles."""
    try:
        part.get_filename()
        part.get_content_charset()
    except (TypeError, ValueError):
        problems.add("header whose parameters cannot be read", where)
        for name in ("Content-Type", "Content-Disposition"):
            if name in part:
                part.replace_header(name, str(part[name]).partition(";")[0])
    return part


def _payload(part: Mail, where: str, problems: Problems) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = str(part.get_content_charset() or "ascii")
    try:
        return data.decode(charset, errors="replace")
    except (LookupError, ValueError):
        problems.add("unknown charset", where)
        return data.decode("ascii", errors="replace")


class _Text(HTMLParser):
    """Collects what a reader of the page sees."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("script", "style") and self.hidden > 0

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.seen.append(data)


def _text_of(source: str, where: str, problems: Problems) -> str:
    parser = _Text()
    try:
        parser.feed(source)
        parser.close()
    except AssertionError:  # what some Pythons' parsers answer to a malformed declaration
        problems.add("HTML that cannot be read to its end", where)
    return " ".join(" ".join(parser.seen).split())
