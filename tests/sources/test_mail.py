"""Is every message read as it is found in the wild, and everything odd counted?"""

import mailbox
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from permiscope.model.progress import no_tick
from permiscope.sources.items import Item, Problems
from permiscope.sources.mail import is_sent, read_mail, read_message
from tests.helpers import needs

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "mail" / "cpython_test_email"
NOT_READ = {"empty file or message", "no headers: not a message", "message that cannot be parsed: left out"}
"""What is counted where no message comes of the bytes."""
HEADERS = {
    "From": "Ben <ben@work.example>",
    "To": "ana@home.example",
    "Date": "Wed, 01 Jan 2020 10:00:00 +0100",
    "Message-ID": "<b1@work.example>",
}
AT_NINE = datetime(2020, 1, 1, 9, tzinfo=UTC).timestamp()


def letter(body: str | bytes = "Hello, Ana.", **headers: str | bytes | None) -> bytes:
    """A message as it is sent; `In_Reply_To="<x@y>"` adds a header or replaces one, None removes it."""
    lines = []
    for name, value in (HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        if value is not None:
            lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
    return b"\n".join([*lines, b"", body if isinstance(body, bytes) else body.encode()]) + b"\n"


def read(data: bytes) -> tuple[Item, list[str]]:
    """One message, and what was odd in it."""
    problems = Problems()
    item = read_message(data, "here", problems)
    assert item is not None
    return item, [what for what, _, _ in problems]


def read_all(path: Path) -> tuple[list[Item], dict[str, list[str]]]:
    """All messages at a path, and where what was odd."""
    problems = Problems()
    return list(read_mail(path, problems, no_tick)), problems.found


def test_a_message_is_read_with_all_that_the_rules_ask_for() -> None:
    """Nothing is odd in it."""
    data = letter(
        "Look at https://streamco.example/1.",
        Sender="robot@streamco.example",
        Cc="Cy <CY@work.example>",
        Subject="A film",
        User_Agent="StreamCo 2",
        References="<a0@home.example>\n <a1@home.example>",
        In_Reply_To="<a1@home.example>",
        Keywords="StreamCo, Films",
    )
    assert read(data) == (
        Item(
            where="here",
            name="<b1@work.example>",
            author="ben@work.example",
            recipients=("ana@home.example", "cy@work.example"),
            time=AT_NINE,
            text="Look at https://streamco.example/1.",
            subject="A film",
            senders=("ben@work.example", "robot@streamco.example", "StreamCo 2"),
            answers=("<a1@home.example>", "<a0@home.example>"),
            links=("streamco.example",),
            mentions=("ana@home.example", "cy@work.example"),
            labels=("StreamCo", "Films"),
            names_client=True,
        ),
        [],
    )


class TestWhereMessagesLie:
    """An mbox file, a Maildir, a file, a folder of these."""

    def test_an_mbox_file_gives_its_messages_in_order(self, tmp_path: Path) -> None:
        """Each is named by the file and its number."""
        path = tmp_path / "all.mbox"
        path.write_bytes(b"".join(b"From x\n" + letter(Message_ID=f"<{name}@x.y>") + b"\n" for name in "abc"))
        items, found = read_all(path)
        assert [(item.name, item.where) for item in items] == [
            ("<a@x.y>", "all.mbox, message 1"),
            ("<b@x.y>", "all.mbox, message 2"),
            ("<c@x.y>", "all.mbox, message 3"),
        ]
        assert found == {}

    def test_a_from_line_that_is_not_ascii_stops_nothing(self, tmp_path: Path) -> None:
        """The standard library's own reader stops there."""
        path = tmp_path / "odd.mbox"
        path.write_bytes(b"From x\n" + letter() + b"\nFrom Andr\xe9 \xff\n" + letter("Second.", Message_ID="<b2@x.y>"))
        items, found = read_all(path)
        assert [item.text for item in items] == ["Hello, Ana.", "Second."]
        assert found == {}

    def test_a_maildir_is_read_with_its_folders(self, tmp_path: Path) -> None:
        """What lies in `.Sent` was sent by the owner."""
        box = mailbox.Maildir(tmp_path / "Mail")
        box.add(letter("New."))
        read_one = mailbox.MaildirMessage(letter("Read.", Message_ID="<b2@work.example>"))
        read_one.set_subdir("cur")
        box.add(read_one)
        box.add_folder("Sent").add(letter("Sent.", From="ana@home.example", Message_ID="<a1@home.example>"))
        items, found = read_all(tmp_path / "Mail")
        assert {(item.text, item.own) for item in items} == {("New.", False), ("Read.", False), ("Sent.", True)}
        assert [item.where for item in items if item.own] == ["Mail/Sent"]
        assert found == {}

    def test_in_a_folder_that_is_no_maildir_each_file_is_read_by_itself(self, tmp_path: Path) -> None:
        """Those that are no message are counted, and a folder in it is told by its name."""
        folder = tmp_path / "mail"
        (folder / "Sent").mkdir(parents=True)
        (folder / "1.eml").write_bytes(letter("One."))
        (folder / "2.mbox").write_bytes(b"From x\n" + letter("Two.") + b"\nFrom x\n" + letter("Three."))
        (folder / "empty").write_bytes(b"")
        (folder / "notes.txt").write_bytes(b"Not a message.\n")
        (folder / "Sent" / "1.eml").write_bytes(letter("Four."))
        items, found = read_all(folder)
        assert [(item.text, item.where, item.own) for item in items] == [
            ("One.", "mail/1.eml", False),
            ("Two.", "mail/2.mbox, message 1", False),
            ("Three.", "mail/2.mbox, message 2", False),
            ("Four.", "mail/Sent/1.eml", True),
        ]
        assert found == {
            "folder that is no Maildir: each file read by itself": ["mail", "mail/Sent"],
            "empty file or message": ["mail/empty"],
            "no headers: not a message": ["mail/notes.txt"],
        }

    def test_a_folder_that_cannot_be_opened_is_counted_and_the_rest_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Permissions differ, even in one's own mail."""
        (tmp_path / "mail" / "locked").mkdir(parents=True)
        (tmp_path / "mail" / "1.eml").write_bytes(letter())
        iterdir = Path.iterdir

        def locked(path: Path) -> Iterator[Path]:
            if path.name == "locked":
                raise PermissionError(13, "Permission denied")
            return iterdir(path)

        monkeypatch.setattr(Path, "iterdir", locked)
        items, found = read_all(tmp_path / "mail")
        assert [item.where for item in items] == ["mail/1.eml"]
        assert found["file or folder that cannot be opened"] == ["mail/locked: Permission denied"]

    def test_a_message_that_cannot_be_opened_is_counted_and_the_rest_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A mail program may take one away meanwhile."""
        box = mailbox.Maildir(tmp_path / "Mail")
        keys = sorted([box.add(letter("One.")), box.add(letter("Two."))])
        get_bytes = mailbox.Maildir.get_bytes

        def gone(self: "mailbox.Maildir", key: str) -> bytes:
            if key == keys[0]:
                raise KeyError(key)
            return get_bytes(self, key)

        monkeypatch.setattr(mailbox.Maildir, "get_bytes", gone)
        items, found = read_all(tmp_path / "Mail")
        assert [item.where for item in items] == ["Mail, message 2"]
        assert [place.split(":")[0] for place in found["message that cannot be opened"]] == ["Mail, message 1"]

    @pytest.mark.parametrize(
        ("folder", "sent"),
        [
            ("Sent", True),
            ("Sent.mbox", True),
            ("Mail/Sent Items", True),
            ("Mail/INBOX.Sent", True),
            ("sent-mail", True),
            ("SentMail", True),
            ("Inbox", False),
            ("Sentry", False),
            ("Absent", False),
            ("presents.mbox", False),
        ],
    )
    def test_a_folder_of_sent_mail_is_known_by_its_name(self, folder: str, sent: bool) -> None:
        """Some other words begin like it."""
        assert is_sent(folder) is sent

    def test_each_message_is_told_to_the_progress_bar(self, tmp_path: Path) -> None:
        """Of how many, from the first on, whether it can be read or not."""
        for name, data in (("1", letter()), ("2", b""), ("3", letter())):
            (tmp_path / name).write_bytes(data)
        told: list[tuple[int, int]] = []
        list(read_mail(tmp_path, Problems(), lambda done, total: told.append((done, total))))
        assert told == [(1, 3), (2, 3), (3, 3)]


class TestHeaders:
    """Whatever is missing or malformed is counted, and the message is kept."""

    @pytest.mark.parametrize(
        ("header", "name", "odd"),
        [
            ("<b1@work.example>", "<b1@work.example>", []),
            (None, None, ["no Message-ID"]),
            ("", None, ["no Message-ID"]),
            ("b1@work.example", "b1@work.example", ["malformed Message-ID"]),
            ("<b1>", "<b1>", ["malformed Message-ID"]),
            ("<b 1@work.example>", "<b 1@work.example>", ["malformed Message-ID"]),
        ],
    )
    def test_a_message_id_may_be_missing_or_malformed(
        self, header: str | None, name: str | None, odd: list[str]
    ) -> None:
        """It is kept as it is."""
        item, found = read(letter(Message_ID=header))
        assert (item.name, found) == (name, odd)

    @pytest.mark.parametrize(
        ("header", "time", "odd"),
        [
            ("Wed, 01 Jan 2020 10:00:00 +0100", AT_NINE, []),
            ("01 Jan 2020 09:00:00", AT_NINE, []),  # no zone: UTC
            (None, None, ["no date"]),
            ("the day before", None, ["date that cannot be read"]),
            ("Wed, 99 Jan 2020 10:00:00 +0100", None, ["date that cannot be read"]),
            ("Fri, 31 Dec 9999 23:59:00 -2300", None, ["date that cannot be read"]),  # in UTC, the year 10,000
        ],
    )
    def test_a_date_may_be_missing_or_unreadable(self, header: str | None, time: float | None, odd: list[str]) -> None:
        """Then the message has no time."""
        item, found = read(letter(Date=header))
        assert (item.time, found) == (time, odd)

    @pytest.mark.parametrize(
        ("headers", "answers"),
        [
            ({}, ()),
            ({"In_Reply_To": "<a@x.y>"}, ("<a@x.y>",)),
            ({"References": "<a@x.y> <b@x.y>"}, ("<b@x.y>", "<a@x.y>")),
            ({"References": "<a@x.y> <b@x.y>", "In_Reply_To": "<a@x.y>"}, ("<a@x.y>", "<b@x.y>")),
            ({"In_Reply_To": "Your message of Monday"}, ("",)),
            ({"In_Reply_To": "Your message of Monday", "References": "<a@x.y>"}, ("<a@x.y>",)),
            ({"In_Reply_To": "Ana's message <a@x.y> of Monday"}, ("<a@x.y>",)),
        ],
    )
    def test_a_message_tells_what_it_answers(self, headers: dict[str, str], answers: tuple[str, ...]) -> None:
        """The nearest first; what it names by no id is not here."""
        item, found = read(letter(**headers))
        assert (item.answers, found) == (answers, [])

    @pytest.mark.parametrize(
        ("raw", "subject"),
        [
            (b"=?no-such-charset?q?caf=E9?=", "=?no-such-charset?q?caf=E9?="),
            (b"=?utf-8?b?a?=", "=?utf-8?b?a?="),
            (b"=?utf-8?q?caf=E9?=", "=?utf-8?q?caf=E9?="),
            (b"=?ut\xe9f?q?cafe?=", "=?ut\N{REPLACEMENT CHARACTER}f?q?cafe?="),
        ],
    )
    def test_a_header_that_cannot_be_decoded_is_kept_as_it_is(self, raw: bytes, subject: str) -> None:
        """An unknown charset, a broken encoding, bytes of another charset, a charset with a name that cannot be."""
        item, found = read(letter(Subject=raw))
        assert (item.subject, found) == (subject, ["header that cannot be decoded"])

    def test_a_header_in_another_charset_is_decoded(self) -> None:
        """Over several lines, too."""
        item, found = read(letter(Subject="=?iso-8859-1?q?caf=E9?=\n =?utf-8?b?IOKCrA==?="))
        assert (item.subject, found) == ("café €", [])

    @pytest.mark.parametrize(
        ("header", "author"),
        [
            ("BEN@Work.Example", "ben@work.example"),
            ('"ana@home.example via List" <list@work.example>', "list@work.example"),
            ("=?utf-8?q?ana=40home=2Eexample=2C?= <list@work.example>", "list@work.example"),
            ("=?no-such-charset?q?caf=E9?= <ben@work.example>", "ben@work.example"),
            ("ben@work.example, cy@work.example", "ben@work.example"),
        ],
    )
    def test_the_author_is_the_first_address_whatever_the_name_says(self, header: str, author: str) -> None:
        """Decoded before it is taken apart, a name could pass for an address."""
        item, found = read(letter(From=header))
        assert (item.author, found) == (author, [])

    @pytest.mark.parametrize("header", [None, "", "Ben", "undisclosed-recipients:;"])
    def test_a_message_without_an_author_is_counted_and_kept(self, header: str | None) -> None:
        """Nobody wrote it, then."""
        item, found = read(letter(From=header))
        assert (item.author, item.senders, found) == ("", (), ["no author"])

    @pytest.mark.parametrize(
        ("headers", "labels", "own"),
        [
            ({}, None, False),
            ({"X_Gmail_Labels": "Inbox,StreamCo"}, ("Inbox", "StreamCo"), False),
            ({"X_Gmail_Labels": "Sent, Films"}, ("Sent", "Films"), True),
            ({"X_Keywords": ""}, (), False),
        ],
    )
    def test_labels_are_read_where_the_source_keeps_them(
        self,
        headers: dict[str, str],
        labels: tuple[str, ...] | None,
        own: bool,
    ) -> None:
        """A message without a label differs from one whose mailbox keeps none; Gmail labels what its owner sent."""
        item, _ = read(letter(**headers))
        assert (item.labels, item.own) == (labels, own)


class TestBodies:
    """The text that a reader sees."""

    def test_an_unknown_charset_is_counted_and_what_can_be_read_is(self) -> None:
        """The rest is replaced."""
        item, found = read(letter(b"caf\xe9", Content_Type="text/plain; charset=no-such-charset"))
        assert (item.text, found) == ("caf\N{REPLACEMENT CHARACTER}", ["unknown charset"])

    def test_a_known_charset_and_encoding_are_decoded(self) -> None:
        """Latin-1, quoted printable."""
        headers = {"Content_Type": "text/plain; charset=latin-1", "Content_Transfer_Encoding": "quoted-printable"}
        assert read(letter("caf=E9 =\nau lait", **headers))[0].text == "café au lait"

    @pytest.mark.parametrize(
        ("headers", "text"),
        [
            ({"Content_Disposition": "inline; filename*0*=utf-8''a; filename*=b"}, "Hello, Ana."),
            ({"Content_Type": "text/plain; charset*0*=\x00''a"}, "Hello, Ana."),
            ({"Content_Type": "text/plain; charset*0*=a; charset*=b"}, "Hello, Ana."),
        ],
    )
    def test_parameters_that_nobody_can_read_are_counted_and_the_text_is_read(
        self, headers: dict[str, str], text: str
    ) -> None:
        """Python's own parser raises there."""
        item, found = read(letter(**headers))
        assert (item.text, found) == (text, ["header whose parameters cannot be read"])

    def test_what_calls_itself_multipart_and_is_not_is_read_as_text(self) -> None:
        """No boundary: all of it is one part."""
        assert read(letter("Hello.", Content_Type="multipart/mixed"))[0].text == "Hello."

    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("<p>Hello, <b>Ana</b>.</p>", "Hello, Ana ."),
            ("<style>p { }</style>Hello<script>alert(1)</script>, Ana", "Hello , Ana"),
            ("<p>Call AT&T", "Call AT&T"),
            ("&lt;Ana&gt; &eacute;.", "<Ana> é."),
        ],
    )
    def test_html_is_read_as_its_reader_sees_it(self, source: str, text: str) -> None:
        """To its end, where nothing follows."""
        data = letter(b64encode(source.encode()), Content_Type="text/html", Content_Transfer_Encoding="base64")
        assert read(data)[0].text == text

    def test_of_two_forms_the_plain_one_is_read_and_links_count_from_both(self) -> None:
        """An attachment is no part of the text."""
        parts = [
            "Content-Type: text/plain\n\nSee https://one.example.",
            'Content-Type: text/html\n\n<a href="http://TWO.example:80/x?y">see</a>',
            "Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nhttps://three.example",
        ]
        body = "".join(f"--cut\n{part}\n" for part in parts) + "--cut--\n"
        item, found = read(letter(body, Content_Type="multipart/mixed; boundary=cut"))
        assert (item.text, item.links, found) == ("See https://one.example.", ("one.example", "two.example"), [])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n \n",
        b"Not a message.\n",
        b"\x00\xff\xfe",
        b"X-Other: header\n\nText.\n",
        letter(To="(" * 5000),
        letter("Content-Type: message/rfc822\n\n" * 5000, Content_Type="message/rfc822"),
    ],
    ids=["empty", "blank", "text", "binary", "foreign", "brackets", "nested"],
)
def test_bytes_that_are_no_message_are_counted(data: bytes) -> None:
    """As empty, as without the headers that messages have, or as what exhausts whoever reads it."""
    problems = Problems()
    assert read_message(data, "here", problems) is None
    assert list(problems.found.values()) == [["here"]]
    assert problems.found.keys() <= NOT_READ


def is_read_or_counted(data: bytes) -> bool:
    """Whether exactly one of the two comes of some bytes: a message, or a reason why there is none."""
    problems = Problems()
    item = read_message(data, "here", problems)
    return (item is None) == bool(problems.found.keys() & NOT_READ)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_read_or_counted(data: bytes) -> None:
    """Nothing raises, and nothing is dropped in silence."""
    assert is_read_or_counted(data)


ODD = (
    *(b"\x00", b"\xff", b"\n", b"\n\n", b"\r", b";", b"*", b"*=", b"0*=", b"''", b'"', b"\\", b"@", b",", b"<", b">"),
    *(b"(", b")", b"[", b"=?", b"?=", b"=?utf-8?b?", b"--cut", b"<!", b"<![", b"<script>", b"&#x110000;", b"-9999"),
    *(b"charset=", b"utf-7", b"idna", b"undefined", b"unicode_escape", b"boundary=", b"multipart/", b"x-uuencode"),
    *(b"Content-Disposition: attachment; filename*0*=utf-8''a; filename*=b\n", b"Date: ", b"message/rfc822"),
)
RICH = letter(
    "--cut\nContent-Type: text/plain; charset*=utf-8''latin-1\n\ncaf\xe9\n--cut\n"
    'Content-Type: text/html; charset="utf-8"\nContent-Transfer-Encoding: base64\n\nPGI+aGk8L2I+\n--cut--\n',
    From="=?utf-8?q?B=C3=A9n?= <ben@work.example>, cy@work.example",
    Subject="=?iso-8859-1?q?caf=E9?=",
    References="<a0@home.example> <a1@home.example>",
    Content_Type="multipart/alternative; boundary=cut",
    Content_Disposition="inline; filename*0*=utf-8''caf%E9; filename*1=.txt",
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A message that looks like a real one, but for some bytes that were changed, added or lost."""
    data = bytearray(draw(st.sampled_from((RICH, letter(), letter(Content_Type="text/html; charset=utf-8")))))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = start + draw(st.integers(0, 4))
        data[start:end] = draw(st.sampled_from(ODD) | st.binary(max_size=2))
    return bytes(data)


@example(letter(Subject=b"=?ut\xfe-8?q?hi?="))
@example(letter(Content_Disposition="attachment; filename*0*=utf-8''a; filename*=b"))
@example(letter(Content_Type='text/plain; charset="\x00"'))
@given(mutated())
def test_a_message_with_changed_bytes_is_read_or_counted(data: bytes) -> None:
    """Nothing raises; the examples are bytes at which the standard library does."""
    assert is_read_or_counted(data)


@needs(REAL)
def test_of_a_folder_of_real_corner_cases_every_file_is_read_or_named() -> None:
    """48 messages and a licence; one of the messages has no headers."""
    items, found = read_all(REAL)
    read_files = {item.where for item in items}
    named = {place for what in NOT_READ for place in found.get(what, ())}
    assert named == {"cpython_test_email/LICENSE.txt", "cpython_test_email/msg_19.txt"}
    assert read_files.isdisjoint(named)
    assert read_files | named == {f"cpython_test_email/{path.name}" for path in REAL.iterdir()}
    assert len(items) == 47
    assert len(found["no Message-ID"]) == 31
