"""What does `permiscope audit` say of a small mailbox that was counted by hand? And what does it keep to itself?"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest
from attrs import frozen

from permiscope.cli import main

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="shared/data, beside the checkout, is not there")
Audit = Callable[..., "Done"]

SIGNS = (
    *("--app-sender", "*@streamco.example", "--app-sender", "StreamCo*", "--app-domain", "StreamCo.example"),
    *("--app-label", "StreamCo", "--keywords", "film"),
)
OWNER = ("--owner", "Ana@home.example")
INBOX = """\
From x
Message-ID: <b1@work.example>
From: Ben <ben@work.example>
To: ana@home.example
Date: Thu, 02 Jan 2020 12:00:00 +0000
In-Reply-To: <a1@home.example>

Gladly

From x
Message-ID: <n1@streamco.example>
From: notify@streamco.example
To: ana@home.example
Date: Sat, 04 Jan 2020 12:00:00 +0000
Keywords: StreamCo

Open https://streamco.example/1

From x
Message-ID: <c1@work.example>
From: cy@work.example
To: ana@home.example
Date: Sun, 05 Jan 2020 12:00:00 +0000
In-Reply-To: <gone@work.example>

Agreed

From x
Message-ID: <c2@work.example>
From: cy@work.example
To: ana@home.example
Date: Mon, 06 Jan 2020 12:00:00 +0000

A Film: https://www.streamco.example/2

From x
Message-ID: <c3@work.example>
From: cy@work.example
To: ana@home.example, notify@streamco.example
Date: Tue, 07 Jan 2020 12:00:00 +0000

Robot too

From x
Message-ID: <b2@work.example>
From: ben@work.example
To: ana@home.example
Date: Thu, 09 Jan 2020 12:00:00 +0000

"""
SENT = """\
From x
Message-ID: <a1@home.example>
From: ana@home.example
To: ben@work.example
Date: Wed, 01 Jan 2020 12:00:00 +0000
X-Mailer: StreamCo 2
Subject: Film

Tonight?

From x
Message-ID: <a2@home.example>
From: ana@home.example
To: ben@work.example
Date: Fri, 03 Jan 2020 12:00:00 +0000
User-Agent: Mail
In-Reply-To: <b1@work.example>

Eight

From x
Message-ID: <a3@home.example>
From: ana@elsewhere.example
To: cy@work.example
Date: Wed, 08 Jan 2020 12:00:00 +0000
User-Agent: Mail

Salary

From x
Message-ID: <a4@home.example>
From: ana@home.example
To: cy@work.example
Date: Fri, 10 Jan 2020 12:00:00 +0000

Doctor
"""
TEXTS = ("Gladly", "Open", "Agreed", "Film", "Robot", "Tonight", "Eight", "Salary", "Doctor")
"""A word of each text and subject above."""


@frozen
class Done:
    """How the command ended, and what it printed."""

    code: int
    out: str
    err: str

    def lines(self) -> list[str]:
        """What it printed, a space between columns."""
        return [" ".join(line.split()) for line in self.out.splitlines()]


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Audit:
    """Runs the command, in a folder that holds the mailbox above."""
    (tmp_path / "inbox.mbox").write_text(INBOX, encoding="ascii")
    (tmp_path / "Sent.mbox").write_text(SENT, encoding="ascii")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["permiscope", "audit", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Done(int(str(ended.value.code)), out, err)

    return run


def told(audit: Audit, *arguments: str) -> dict[str, dict[str, object]]:
    """What the JSON says of each rule."""
    assert audit("inbox.mbox", "Sent.mbox", *OWNER, *arguments, "--json", "out.json").code == 0
    plain = json.loads(Path("out.json").read_text(encoding="utf-8"))
    return {each.pop("rule"): each for each in plain["rules"]}


def counted_by_hand(
    shown: str, perhaps: str = "", *, bodies: int, others: int, older: int, oldest: str
) -> dict[str, object]:
    """What the JSON should say of a rule; messages are numbered by their day in January."""
    names, unsure = (tuple(f"m{day}" for day in days.split()) for days in (shown, perhaps))
    return {
        "cannot_say": None,
        "shown": [*names],
        "perhaps": [*unsure],
        "bodies": bodies,
        "others": others,
        "older": older,
        "oldest": oldest,
        "share": [len(names) / 10, (len(names) + len(unsure)) / 10],
    }


BY_HAND: Mapping[str, dict[str, object]] = {
    "authored": counted_by_hand("1", "10", bodies=1, others=0, older=1, oldest="2020-01-01"),
    "via-app": counted_by_hand("1 4", bodies=2, others=0, older=2, oldest="2020-01-01"),
    "reply": counted_by_hand("1 2 4", "5", bodies=3, others=1, older=3, oldest="2020-01-01"),
    "rooted": counted_by_hand("1 2 3 4", "5", bodies=4, others=1, older=4, oldest="2020-01-01"),
    "threaded": counted_by_hand("1 2 3 4", "5", bodies=4, others=1, older=4, oldest="2020-01-01"),
    "addressed": counted_by_hand("7", bodies=1, others=1, older=0, oldest="2020-01-07"),
    "linked": counted_by_hand("4 6", bodies=2, others=1, older=1, oldest="2020-01-04"),
    "tagged": counted_by_hand("4", bodies=1, others=0, older=1, oldest="2020-01-04"),
    "counterpart": counted_by_hand("1 2 3 4 7 9", "5", bodies=5, others=2, older=4, oldest="2020-01-01"),
    "topical": counted_by_hand("1 6", bodies=2, others=1, older=1, oldest="2020-01-01"),
    "everything": counted_by_hand("1 2 3 4 5 6 7 8 9 10", bodies=9, others=2, older=4, oldest="2020-01-01"),
}
"""With a grant on the fifth of January, at midnight. Message 9 has no text; the app wrote message 4 itself."""


class TestCounts:
    """A mailbox of ten messages, one a day, in two files."""

    def test_each_rule_shows_what_was_counted_by_hand(self, audit: Audit) -> None:
        """Messages that it surely shows, those that depend on what is not here, texts, people, the oldest."""
        assert told(audit, *SIGNS, "--granted-on", "2020-01-05") == BY_HAND

    def test_the_table_says_the_same(self, audit: Audit) -> None:
        """A range where something is undecided."""
        lines = audit("inbox.mbox", "Sent.mbox", *OWNER, *SIGNS, "--granted-on", "2020-01-05").lines()
        assert lines[:2] == [
            "What could each rule have shown? Messages in the owner's mailbox: 10; other",
            "people who wrote some: 2. The rules are explained by `permiscope list readings`.",
        ]
        assert {
            "authored 1–2 1 10–20 % 0 2020-01-01 1",
            "via-app 2 2 20 % 0 2020-01-01 2",
            "reply 3–4 3 30–40 % 1 2020-01-01 3",
            "rooted 4–5 4 40–50 % 1 2020-01-01 4",
            "threaded 4–5 4 40–50 % 1 2020-01-01 4",
            "addressed 1 1 10 % 1 2020-01-07 0",
            "linked 2 2 20 % 1 2020-01-04 1",
            "tagged 1 1 10 % 0 2020-01-04 1",
            "counterpart 6–7 5 60–70 % 2 2020-01-01 4",
            "topical 2 2 20 % 1 2020-01-01 1",
            "everything 10 9 100 % 2 2020-01-01 4",
        } <= {*lines}
        assert "CANNOT SAY BECAUSE" not in lines

    def test_what_makes_one_rule_differ_from_the_next_is_told_by_message(self, audit: Audit) -> None:
        """The first few of many; each is dated below, with who wrote it."""
        lines = audit("inbox.mbox", "Sent.mbox", *OWNER, *SIGNS).lines()
        assert {
            "authored via-app = +1: m4",
            "via-app reply = +1: m2",
            "reply rooted = +1: m3",
            "rooted threaded = =",
            "threaded addressed -4: m1, m2, m3, ... +1: m7",
            "addressed linked -1: m7 +2: m4, m6",
            "linked tagged -1: m6 =",
            "tagged counterpart = +5: m1, m2, m3, ...",
            "counterpart topical -5: m2, m3, m4, ... +1: m6",
            "topical everything = +8: m2, m3, m4, ...",
            "m1 2020-01-01 owner",
            "m2 2020-01-02 person 1",
            "m4 2020-01-04 the app",
            "m6 2020-01-06 person 2",
        } <= {*lines}
        assert not any(line.startswith(("m5 ", "m8 ", "m9 ", "m10 ")) for line in lines)

    def test_without_signs_a_rule_cannot_say_and_nothing_is_counted(self, audit: Audit) -> None:
        """Neither in the table nor in the JSON; no rule is about words."""
        rules = told(audit)
        assert list(rules) == [rule for rule in BY_HAND if rule != "topical"]
        for rule, found in rules.items():
            if rule != "everything":
                assert isinstance(found["cannot_say"], str)
                assert (found["shown"], found["perhaps"]) == ([], [])
        done = audit("inbox.mbox", *OWNER)
        assert "linked nothing says where the app's links lead; give `--app-domain`" in done.lines()
        assert not any(line.startswith("linked 0") for line in done.lines())

    def test_without_the_folder_of_sent_mail_authored_cannot_say(self, audit: Audit) -> None:
        """The notice of the app is no evidence of what the owner sent."""
        lines = audit("inbox.mbox", *OWNER, *SIGNS).lines()
        assert "authored nothing here was sent by the owner; add the folder of sent mail" in lines
        assert any(line.startswith("via-app 1 1 ") for line in lines)

    def test_a_path_that_is_given_twice_counts_once(self, audit: Audit) -> None:
        """And it says so."""
        done = audit("Sent.mbox", "Sent.mbox", *OWNER)
        assert "everything 4 4 100 % 0 2020-01-01" in done.lines()
        assert "4 message that is there twice: counted once" in done.lines()

    def test_all_fits_in_eighty_columns(self, audit: Audit) -> None:
        """Names and texts, too."""
        done = audit("inbox.mbox", "Sent.mbox", *OWNER, *SIGNS, "--granted-on", "2020-01-05", "--names", "--bodies")
        assert max(map(len, done.out.splitlines())) <= 80

    def test_what_it_does_not_show_is_said_last(self, audit: Audit) -> None:
        """It is no evidence of what an app did."""
        assert "What this does not show: what any app did" in audit("inbox.mbox", *OWNER).out.split("\n\n")[-1]


class TestPrivacy:
    """Nobody is named and nothing is quoted unless somebody asks."""

    def test_by_default_no_address_no_id_and_no_text_is_told(self, audit: Audit) -> None:
        """In the text and in the JSON, of odd messages neither."""
        odd = "From x\nFrom: eve@odd.example\nMessage-ID: odd@odd.example\nSubject: =?x?q?Odd?=\nDate: Odd\n\nOdd\n"
        Path("odd.mbox").write_text(odd, encoding="ascii")
        done = audit("inbox.mbox", "Sent.mbox", "odd.mbox", *OWNER, *SIGNS, "--json", "out.json")
        for text in (done.out, Path("out.json").read_text(encoding="utf-8")):
            assert "malformed Message-ID" in text
            for secret in ("@", ".example", "Ben", *TEXTS):
                assert secret not in text
            assert "Odd" not in text

    def test_names_are_told_if_asked_for(self, audit: Audit) -> None:
        """Of people and of messages; no texts."""
        done = audit("inbox.mbox", "Sent.mbox", *OWNER, *SIGNS, "--names", "--json", "out.json")
        assert "m2 2020-01-02 ben@work.example <b1@work.example>" in done.lines()
        assert "Messages in ana@home.example's mailbox: 10" in " ".join(done.lines())
        plain = json.loads(Path("out.json").read_text(encoding="utf-8"))
        assert plain["owner"] == "ana@home.example"
        assert plain["ids"]["m8"] == "<a3@home.example>"
        assert not any(text in done.out for text in TEXTS)

    def test_texts_are_told_if_asked_for(self, audit: Audit) -> None:
        """How they begin; no names."""
        done = audit("inbox.mbox", "Sent.mbox", *OWNER, *SIGNS, "--bodies")
        assert 'm2 2020-01-02 person 1 "Gladly"' in done.lines()
        assert "@" not in done.out

    def test_what_could_command_the_terminal_is_not_printed(self, audit: Audit) -> None:
        """Nor half a character, which nobody could write to a file."""
        mail = b"From: cy@work.example\nMessage-ID: <x@y>\nContent-Type: text/plain; charset=utf-7\n\n\x1b[2J+2AA- End"
        Path("odd.eml").write_bytes(mail)
        done = audit("odd.eml", "inbox.mbox", *OWNER, *SIGNS, "--bodies")
        assert '"\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER} End"' in done.out


def command(*arguments: str, folder: Path, seed: str = "0") -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    start = [
        sys.executable,
        "-c",
        f"import sys; sys.path.append({str(ROOT / 'sim')!r}); from permiscope.cli import main; main()",
    ]
    environment = os.environ | {"PYTHONHASHSEED": seed}
    return subprocess.run(
        [*start, "audit", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.usefixtures("audit")
def test_text_and_json_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    """Under any order of sets."""
    arguments = ["inbox.mbox", "Sent.mbox", *OWNER, *SIGNS]
    seen = set()
    for number, seed in enumerate(("1", "1", "2")):
        done = command(*arguments, "--json", f"{number}.json", folder=tmp_path, seed=seed)
        assert (done.returncode, done.stderr) == (0, "")
        seen.add((done.stdout, (tmp_path / f"{number}.json").read_bytes()))
    assert len(seen) == 1


def export(path: Path) -> Path:
    """A Slack export, as a zip: two messages of a person, a bot's, and what Ana answers to that."""
    files = {
        "users.json": [{"id": "U1", "name": "ana"}, {"id": "U2", "name": "ben"}],
        "channels.json": [{"name": "general", "members": ["U1", "U2"]}],
        "general/2020-01-01.json": [
            {"user": "U2", "text": "Hello", "ts": "1577880000.0"},
            {"user": "U2", "text": "Anybody?", "ts": "1577880000.5"},
            {"user": "U1", "text": "Thanks", "ts": "1577880002.0", "thread_ts": "1577880001.0"},
            {"subtype": "bot_message", "bot_id": "B1", "text": "Robot", "ts": "1577880001.0"},
        ],
    }
    with ZipFile(path, "w") as archive:
        for name, rows in files.items():
            archive.writestr(name, json.dumps(rows))
    return path


def cut_off(path: Path) -> Path:
    """A Slack export whose end is missing."""
    whole = export(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


class TestSlack:
    """A Slack export, whole or not."""

    def test_of_a_slack_export_bots_are_the_app(self, audit: Audit, tmp_path: Path) -> None:
        """Without any sign given; the owner is a user of the workspace."""
        export(tmp_path / "export.zip")
        lines = audit("export.zip", "--owner", "ana").lines()
        for row in (
            "authored 0 0 0 % 0 –",
            "via-app 1 1 25 % 0 2020-01-01",
            "reply 2 2 50 % 0 2020-01-01",
            "everything 4 4 100 % 1 2020-01-01",
        ):
            assert row in lines

    def test_an_export_that_is_cut_off_is_named_in_one_line(self, audit: Audit, tmp_path: Path) -> None:
        """Alone, there is nothing else to read."""
        cut_off(tmp_path / "export.zip")
        done = audit("export.zip", "--owner", "ana")
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert done.err.startswith("permiscope: `export.zip` is no whole zip file (")

    @pytest.mark.parametrize("good", ["good.zip", "inbox.mbox"])
    def test_an_export_that_is_cut_off_is_counted_beside_others(self, audit: Audit, tmp_path: Path, good: str) -> None:
        """They are read as without it: what mail was sent via the app nothing tells."""
        export(tmp_path / "good.zip")
        owner = ("--owner", "ana" if good == "good.zip" else "ana@home.example")
        alone = audit(good, *owner)
        cut_off(tmp_path / "export.zip")
        done = audit("export.zip", good, *owner)
        assert done.code == 0
        assert "1 Slack export that cannot be opened: left out" in done.lines()
        assert done.out.split("TIMES")[0].strip() == alone.out.split("What this does not")[0].split("TIMES")[0].strip()

    @needs_real
    def test_a_real_export_is_audited(self, audit: Audit) -> None:
        """147 messages, of which bots sent 94; it is from before there were threads."""
        lines = audit(
            str(REAL / "chat_exports" / "slack_export_viewer" / "testarchive"), "--owner", "abilinski"
        ).lines()
        assert any(line.startswith("via-app 94 94 ") for line in lines)
        assert "everything 147 147 100 % 3 2016-01-15" in lines
        assert "threaded no message says what it answers" in lines


@needs_real
def test_a_folder_of_real_corner_cases_is_audited(audit: Audit) -> None:
    """Of 48 messages one has no headers, and four are there twice."""
    done = audit(str(REAL / "mail" / "cpython_test_email"), "--owner", "barry@python.org", "--json", "out.json")
    plain = json.loads(Path("out.json").read_text(encoding="utf-8"))
    assert (done.code, plain["messages"]) == (0, 43)
    assert plain["problems"] == {
        "Message-ID of another message": 1,
        "folder that is no Maildir: each file read by itself": 1,
        "malformed Message-ID": 1,
        "message that is there twice: counted once": 4,
        "no Message-ID": 31,
        "no author": 8,
        "no date": 18,
        "no headers: not a message": 2,
    }


class TestWrongInput:
    """One clear line, exit code 2, and nothing is written."""

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ("missing.mbox --owner a@b", "there is no `missing.mbox`; name an mbox file, a Maildir or a Slack export"),
            ("inbox.mbox missing.mbox --owner a@b", "there is no `missing.mbox`"),
            ("export.zip --owner anna", "there is no user `anna`; did you mean `ana`?"),
            ("inbox.mbox export.zip --owner ana", "audit them one by one"),
            ("folder --owner a@b", "holds no message that can be read; folder that is no Maildir"),
            ("empty --owner a@b", "holds no message that can be read; empty file or message (empty)"),
            ("photos.zip --owner ana", "names no conversation, so it is no Slack export"),
            ("inbox.mbox --owner a@b --json inbox.mbox/out.json", "nothing can be written to `inbox.mbox`"),
            ("missing.mbox --owner a@b --json new/out.json", "there is no `missing.mbox`"),
            ("inbox.mbox --owner a@b --json folder", "`folder` is a folder; name a file in it"),
            ("inbox.mbox --owner a@b --granted-on 2020-02-30", "'--granted-on': Value error, '2020-02-30'"),
            ("inbox.mbox", "Missing"),
            ("--owner a@b", "Missing"),
        ],
    )
    def test_it_is_answered_in_one_line(self, audit: Audit, tmp_path: Path, arguments: str, says: str) -> None:
        """It names the thing and the next step."""
        export(tmp_path / "export.zip")
        (tmp_path / "folder").mkdir()
        (tmp_path / "empty").write_bytes(b"")
        with ZipFile(tmp_path / "photos.zip", "w") as archive:
            archive.writestr("1.txt", "A photo.")
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
        done = audit(*arguments.split())
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("permiscope: ")
        assert done.err.count("\n") == 1
        assert says in done.err
        assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
        assert not Path("out.json").exists()
