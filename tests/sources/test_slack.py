"""Is a Slack export read whole, and whatever is wrong in it counted?"""

import json
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from permiscope.model.errors import InputError
from permiscope.model.progress import no_tick
from permiscope.sources.items import Item, Problems
from permiscope.sources.slack import is_slack, open_export, read_slack, with_threads_or_none
from tests.helpers import needs

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "chat_exports" / "slack_export_viewer" / "testarchive"
FILES: Mapping[str, object] = {
    "users.json": [
        {"id": "U1", "name": "ana", "profile": {"email": "Ana@Home.example"}},
        {"id": "U2", "name": "ben", "profile": None},
        {"id": "U9", "name": "streamco", "is_bot": True},
    ],
    "channels.json": [
        {"id": "C1", "name": "general", "members": ["U1", "U2"]},
        {"id": "C2", "name": "secret", "members": ["U2"]},
        {"id": "C3", "name": "old", "members": None},
    ],
    "dms.json": [{"id": "D1", "members": ["U1", "U2"]}],
    "general/2020-01-01.json": [
        {"type": "message", "user": "U1", "text": "Hi <@U9>", "ts": "10.5"},
        {"type": "message", "user": "U2", "text": "See <https://StreamCo.example/x|this>.", "ts": "11.0"},
        {"type": "message", "subtype": "channel_join", "user": "U2", "text": "joined", "ts": "12.0"},
    ],
    "general/2020-01-02.json": [
        {"type": "message", "subtype": "bot_message", "bot_id": "B1", "username": "StreamCo", "text": "", "ts": "13.0"},
    ],
    "secret/2020-01-01.json": [{"type": "message", "user": "U2", "text": "Psst.", "ts": "14.0"}],
    "unknown/2020-01-01.json": [{"type": "message", "user": "U2", "text": "Where?", "ts": "15.0"}],
    "D1/2020-01-01.json": [{"type": "message", "user": "U2", "text": "Only you.", "ts": "16.0", "thread_ts": "9.0"}],
}
"""An export in small: what Ana is a member of, what she is not, and what nobody describes."""


def write(folder: Path, files: Mapping[str, object] = FILES) -> Path:
    """An export as a folder."""
    for name, rows in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(rows if isinstance(rows, str) else json.dumps(rows), encoding="utf-8")
    return folder


def zipped(path: Path, files: Mapping[str, object] = FILES, inside: str = "") -> Path:
    """An export as a zip file, all of it in one folder if that is given."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, rows in files.items():
            archive.writestr(inside + name, json.dumps(rows))
    return path


def read(path: Path, who: str = "ana") -> tuple[list[Item], dict[str, list[str]]]:
    """The messages of a user's conversations, and where what was odd."""
    problems = Problems()
    export = open_export(path, problems)
    items = list(read_slack(export, export.user(who), problems, no_tick))
    return with_threads_or_none(items), problems.found


def rows_read(tmp_path: Path, rows: object) -> tuple[list[Item], dict[str, list[str]]]:
    """What comes of one daily file."""
    files = {"users.json": FILES["users.json"], "channels.json": FILES["channels.json"], "general/1.json": rows}
    return read(write(tmp_path, files))


def test_a_member_gets_the_messages_of_their_conversations(tmp_path: Path) -> None:
    """What is left out is counted: notices of the service, conversations without the owner or that nobody describes."""
    items, found = read(write(tmp_path))
    assert items == [
        Item(
            where="D1/2020-01-01.json, row 1",
            name="D1/16.0",
            author="U2",
            recipients=("U1",),
            time=16.0,
            text="Only you.",
            answers=("D1/9.0",),
            names_client=True,
        ),
        Item(
            where="general/2020-01-01.json, row 1",
            name="general/10.5",
            author="U1",
            recipients=("U2",),
            time=10.5,
            text="Hi <@U9>",
            mentions=("U9", "streamco"),
            names_client=True,
        ),
        Item(
            where="general/2020-01-01.json, row 2",
            name="general/11.0",
            author="U2",
            recipients=("U1",),
            time=11.0,
            text="See <https://StreamCo.example/x|this>.",
            links=("streamco.example",),
            names_client=True,
        ),
        Item(
            where="general/2020-01-02.json, row 1",
            name="general/13.0",
            author="B1",
            recipients=("U1", "U2"),
            time=13.0,
            text="",
            senders=("B1", "StreamCo"),
            names_client=True,
        ),
    ]
    assert found == {
        "notice of the service (channel_join): not a message": ["general/2020-01-01.json, row 3"],
        "conversation without the owner: left out": ["secret"],
        "conversation that the export does not describe: left out": ["unknown"],
    }


@pytest.mark.parametrize(
    ("row", "author", "senders"),
    [
        ({"user": "U1"}, "U1", ()),
        ({"user": "U1", "bot_id": "B1"}, "U1", ("B1",)),  # a person, by means of an app
        ({"user": "U9", "bot_id": "B1"}, "U9", ("B1", "U9", "streamco")),
        ({"user": "U9"}, "U9", ("U9", "streamco")),
        ({"bot_id": "B1", "username": "StreamCo"}, "B1", ("B1", "StreamCo")),
        ({"subtype": "bot_message", "username": "Hook"}, "Hook", ("Hook",)),
        ({"subtype": "file_comment", "comment": {"user": "U2"}}, "U2", ()),
    ],
)
def test_what_a_bot_sends_is_told_from_what_a_person_does(
    tmp_path: Path, row: dict[str, object], author: str, senders: tuple[str, ...]
) -> None:
    """By its id, its user or its name; a person's own words are no app's."""
    items, found = rows_read(tmp_path, [{"text": "Hi.", "ts": "10.0", **row}])
    assert [(item.author, item.senders) for item in items] == [(author, senders)]
    assert found == {}


def test_an_answer_names_its_thread(tmp_path: Path) -> None:
    """The first of a thread names itself, and answers nothing."""
    rows = [
        {"user": "U1", "text": "?", "ts": ts, "thread_ts": thread} for ts, thread in (("1.0", "1.0"), ("2.0", "1.0"))
    ]
    items, _ = rows_read(tmp_path, rows)
    assert [item.answers for item in items] == [(), ("general/1.0",)]


def test_an_export_without_threads_does_not_say_what_answers_what(tmp_path: Path) -> None:
    """That is another thing than a workspace in which nobody ever answered."""
    items, _ = rows_read(tmp_path, [{"user": "U1", "text": "?", "ts": "1.0"}])
    assert [item.answers for item in items] == [None]


@pytest.mark.parametrize("row", [{}, {"text": None}, {"text": "", "attachments": None}])
def test_a_message_without_a_text_is_a_message(tmp_path: Path, row: dict[str, object]) -> None:
    """Whatever Slack leaves out or writes null for."""
    items, found = rows_read(tmp_path, [{"user": "U1", "ts": "1.0", **row}])
    assert [item.text for item in items] == [""]
    assert found == {}


def test_the_text_of_an_attachment_is_part_of_the_message(tmp_path: Path) -> None:
    """Or what stands for it."""
    attachments = [{"text": "A film"}, {"fallback": "A song"}, {}]
    items, _ = rows_read(tmp_path, [{"user": "U1", "ts": "1.0", "text": "Look:", "attachments": attachments}])
    assert [item.text for item in items] == ["Look:\nA film\nA song"]


def test_rows_that_are_no_message_are_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    """No author, no time, or one that no calendar has."""
    odd = [
        {"ts": "1.0", "text": "Whose?"},
        {"user": "U1", "text": "When?"},
        *({"user": "U1", "text": "When?", "ts": ts} for ts in ("soon", "nan", "inf", "1e300", None)),
    ]
    items, found = rows_read(tmp_path, [*odd, 7, {"user": "U1", "ts": "1.0", "text": "Here."}])
    assert [item.text for item in items] == ["Here."]
    assert found == {
        "row that is no object": ["1.json"],
        "row that is no message": [f"general/1.json, row {number}" for number in range(1, len(odd) + 1)],
    }


@pytest.mark.parametrize("text", ["", "[{", "[" * 100_000, "\N{SNOWMAN}"])
def test_a_file_that_is_no_json_is_counted_and_the_rest_is_read(tmp_path: Path, text: str) -> None:
    """Empty, cut off, too deep, or noise."""
    items, found = read(write(tmp_path, {**FILES, "general/2020-01-02.json": text}))
    assert [item.name for item in items] == ["D1/16.0", "general/10.5", "general/11.0"]
    assert len(found["file that cannot be read as JSON"]) == 1


def test_a_file_that_is_no_list_is_counted(tmp_path: Path) -> None:
    """Somebody put another file there."""
    _, found = read(write(tmp_path, {**FILES, "general/2020-01-02.json": {"text": "Hi."}}))
    assert found["file that is no list of rows"] == ["2020-01-02.json"]


@pytest.mark.parametrize("inside", ["", "export/"])
def test_a_zip_says_the_same_as_its_folder(tmp_path: Path, inside: str) -> None:
    """All of it may be in one folder, beside what a Mac adds."""
    path = zipped(tmp_path / "export.zip", FILES, inside)
    with ZipFile(path, "a") as archive:
        archive.writestr("__MACOSX/export/._users.json", b"\x00\x05\x16\x07")
    items, found = read(path)
    folder_items, folder_found = read(write(tmp_path / "folder"))
    assert items == folder_items
    if inside:
        assert found == folder_found


def test_a_file_that_is_broken_inside_a_zip_is_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    """The zip is whole, and one file in it cannot be unpacked."""
    path = zipped(tmp_path / "export.zip")
    with ZipFile(path) as archive:
        broken = archive.getinfo("general/2020-01-02.json")
    data = bytearray(path.read_bytes())
    data[broken.header_offset + 30 + len(broken.filename)] = 0xFF  # no such kind of block
    path.write_bytes(data)
    items, found = read(path)
    assert [item.name for item in items] == ["D1/16.0", "general/10.5", "general/11.0"]
    assert len(found["file that cannot be read as JSON"]) == 1


def test_a_zip_that_is_cut_off_is_named_in_one_line(tmp_path: Path) -> None:
    """It is taken for an export by its name."""
    path = zipped(tmp_path / "export.zip")
    path.write_bytes(path.read_bytes()[:-100])
    assert is_slack(path)
    with pytest.raises(InputError, match=r"export.zip` is no whole zip file \(.+\); export or download it again$"):
        open_export(path, Problems())


def test_a_zip_of_something_else_is_no_export(tmp_path: Path) -> None:
    """It is whole."""
    path = zipped(tmp_path / "photos.zip", {"photos.json": []})
    with pytest.raises(InputError, match="names no conversation, so it is no Slack export"):
        open_export(path, Problems())


@pytest.mark.parametrize("who", ["U1", "u1", "ana", "Ana", "ana@home.example"])
def test_a_user_is_known_by_id_name_or_address(tmp_path: Path, who: str) -> None:
    """However it is written."""
    assert open_export(write(tmp_path), Problems()).user(who) == "U1"


def test_an_unknown_user_is_named_with_the_nearest(tmp_path: Path) -> None:
    """Or with where to look."""
    export = open_export(write(tmp_path), Problems())
    with pytest.raises(InputError, match="there is no user `anna`; did you mean `ana`"):
        export.user("anna")
    with pytest.raises(InputError, match=r"see `users\.json of the export`"):
        export.user("nobody@at.all")


@needs(REAL)
def test_of_a_real_export_every_row_is_a_message_or_counted() -> None:
    """All four users are members of both channels: 158 rows, of which 11 are notices."""
    rows = sum(len(json.loads(path.read_bytes())) for path in REAL.glob("*/*.json"))
    items, found = read(REAL, "abilinski")
    assert rows == 158
    assert len(items) == 147
    assert {what: len(places) for what, places in found.items()} == {
        "notice of the service (channel_join): not a message": 8,
        "notice of the service (bot_add): not a message": 3,
    }
    people = {"U0BMM2FEH", "U0BMQB6JE", "U0BMS113R", "U0BMYT2FL"}
    assert {item.author for item in items if not item.senders} == people
    assert {item.author for item in items if item.senders} == {"B0JL6RASU", "B0JL6UFSL", "B0VJZKVHC"}
    assert sum(bool(item.senders) for item in items) == 94
