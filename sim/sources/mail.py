"""What is in a mailbox file? Reads mbox, Maildir and single messages (RFC 5322) as they are found in the wild.

Whatever is malformed is counted, and the message is kept with what can be read of it. Nothing is written.
"""

import email.utils
import mailbox
import re
from collections.abc import Callable, Iterator
from datetime import UTC
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path

from sim.model.progress import Tick
from sim.sources.items import Item, Problems, unique

HEADERS = ("From", "To", "Cc", "Date", "Subject", "Message-ID", "Received", "Content-Type", "Return-Path")
"""A file with none of these is no message."""
CLIENTS = ("User-Agent", "X-Mailer")
LABELS = ("X-Gmail-Labels", "X-Keywords", "Keywords")
ID = re.compile(r"<[^<>\s]+>")
WELL_FORMED = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")
HOST = re.compile(r"https?://([^\s/\"'<>:?#\\)\]]+)", re.IGNORECASE)
# Newer Pythons refuse malformed lists of addresses as a whole; all are asked to read what can be read.
LENIENT = {"strict": False} if getattr(email.utils, "supports_strict_parsing", False) else {}


def is_maildir(path: Path) -> bool:
    """Whether the folder has the two that every Maildir has."""
    return (path / "cur").is_dir() and (path / "new").is_dir()


def read_mail(path: Path, problems: Problems, tick: Tick) -> Iterator[Item]:
    """The messages of an mbox file, a Maildir, a file that is one message, or a folder with any of these."""
    parts = list(_parts(path, problems))
    total = sum(len(keys) for _, _, keys in parts)
    done = 0
    for folder, get, keys in parts:
        for number, key in enumerate(keys, start=1):
            where = f"{folder}, message {number}" if len(keys) > 1 else folder
            try:
                data = get(key)
            except (OSError, KeyError) as error:
                problems.add("message that cannot be opened", f"{where}: {error}")
            else:
                if item := read_message(data, where, problems, own=is_sent(folder)):
                    yield item
            done += 1
            tick(done, total)


def is_sent(folder: str) -> bool:
    """Whether a folder of this name holds what its owner sent."""
    return any(part.lstrip(".").casefold().startswith("sent") for part in re.split(r"[/\\]", folder))


def read_message(data: bytes, where: str, problems: Problems, *, own: bool = False) -> Item | None:
    """One message, from its bytes; None if they are none, which is counted."""
    if not data.strip():
        problems.add("empty file or message", where)
        return None
    mail = message_from_bytes(data)
    if not any(name in mail for name in HEADERS):
        problems.add("no headers: not a message", where)
        return None

    def header(name: str) -> str:
        return ", ".join(_decoded(value, where, problems) for value in mail.get_all(name, []))

    authors = _addresses(header("From"))
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
    recipients = unique(_addresses(", ".join(header(name) for name in ("To", "Cc", "Bcc"))))
    return Item(
        where=where,
        name=name,
        author=authors[0] if authors else "",
        recipients=recipients,
        time=_time(header("Date"), where, problems),
        text="\n".join([text for text, _ in bodies]).strip(),
        subject=header("Subject"),
        senders=unique([*authors, *_addresses(header("Sender")), *clients]),
        answers=_answers(header("In-Reply-To"), header("References"), where),
        links=unique(host.casefold() for _, source in bodies for host in HOST.findall(source)),
        mentions=recipients,
        labels=labels if any(name in mail for name in LABELS) else None,
        names_client=bool(clients),
        own=own or "Sent" in labels,
    )


def _parts(path: Path, problems: Problems) -> Iterator[tuple[str, Callable[[str], bytes], list[str]]]:
    """The folders below a path: the name of each, how to get a message of it, and the keys of its messages."""
    if is_maildir(path):
        yield from _maildir(str(path.name), mailbox.Maildir(path, create=False))
    elif path.is_dir():
        problems.add("folder that is no Maildir: each file read by itself", path.name)
        for child in sorted(path.iterdir()):
            if child.is_dir() or child.is_file():
                yield from _parts(child, problems)
    else:
        try:
            with path.open("rb") as file:
                is_mbox = file.read(5) == b"From "
            box: mailbox.mbox | None = mailbox.mbox(path, create=False) if is_mbox else None
        except OSError as error:
            problems.add("file that cannot be opened", f"{path.name}: {error.strerror}")
            return
        if box is None:
            yield path.name, lambda _: path.read_bytes(), [path.name]
        else:
            # Not `get_message`, which stops at a "From " line that is not ASCII.
            yield path.name, box.get_bytes, box.keys()


def _maildir(name: str, box: mailbox.Maildir) -> Iterator[tuple[str, Callable[[str], bytes], list[str]]]:
    yield name, box.get_bytes, sorted(box.keys())
    for folder in sorted(box.list_folders()):
        yield from _maildir(f"{name}/{folder}", box.get_folder(folder))


def _decoded(value: object, where: str, problems: Problems) -> str:
    """A header in plain text, on one line."""
    raw = str(value)
    try:
        text = str(make_header(decode_header(raw)))
    except (LookupError, UnicodeError, ValueError, HeaderParseError):
        problems.add("header that cannot be decoded", where)
        text = raw
    return " ".join(text.split())


def _addresses(header: str) -> list[str]:
    return [address.casefold() for _, address in getaddresses([header], **LENIENT) if "@" in address]


def _time(header: str, where: str, problems: Problems) -> float | None:
    if not header:
        problems.add("no date", where)
        return None
    try:
        date = parsedate_to_datetime(header)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        problems.add("date that cannot be read", where)
        return None


def _answers(in_reply_to: str, references: str, where: str) -> tuple[str, ...]:
    """What a message answers, the nearest first. If it names nothing by id, it answers something that is not here."""
    named = unique([*ID.findall(in_reply_to)[:1], *reversed(ID.findall(references))])
    return named or ((f"what {where} answers",) if in_reply_to else ())


def _bodies(mail: Mail, where: str, problems: Problems) -> Iterator[tuple[str, str]]:
    """The text of a message, part by part, and its source; an HTML part counts where there is no plain one."""
    texts = [part for part in mail.walk() if part.get_content_maintype() == "text" and not part.get_filename()]
    plain = any(part.get_content_subtype() == "plain" for part in texts)
    for part in texts:
        source = _payload(part, where, problems)
        if part.get_content_subtype() != "html":
            yield source, source
        else:
            yield "" if plain else _text_of(source, where, problems), source


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
    except AssertionError:  # what some Pythons' parsers answer to a malformed declaration
        problems.add("HTML that cannot be read to its end", where)
    return " ".join(" ".join(parser.seen).split())
