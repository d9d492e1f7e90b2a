"""Is a saved trace read as it was written, and is a damaged one read as far as it is whole?"""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import cast

import pytest
from attrs import evolve

from permiscope import __version__
from permiscope.model.access import NAMED_BY, Operation, Scope
from permiscope.model.errors import InputError
from permiscope.model.extents import parse_extent
from permiscope.model.records import Called
from permiscope.model.steps import Begin, Call, Compose, Consent, Deliver, Label, Reply, Revoke
from permiscope.model.trace import Trace, dump, load
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy
from tests.helpers import ANA, APP, BEN, CY, Command, calls_in, get, trace_of

READ_SOME = Scope(("read", "send", "delete", "label"), parse_extent("reply | ~tagged"))
HISTORY = (
    Compose(BEN, (ANA,), links=(APP,), mentions=(APP,), text="Für dich: “geheim” …"),
    Consent(ANA, APP, READ_SOME, until=90.0, backfill=True),
    Consent(BEN, APP),
    Call(APP, "send", ANA, to=(BEN, CY), text="See this film."),
    Reply(BEN, "m2", quote="m2", text="I did."),
    Begin(get("m3")),
    Label(ANA, "m1", APP),
    Call(APP, "list", ANA),
    Call(APP, "search", ANA, text="film"),
    Call(APP, "thread", ANA, thread="t2"),
    Call(APP, "label", ANA, message="m2"),
    Deliver(1, at=30.25),
    Call(APP, "delete", ANA, message="m3", everyone=True),
    get("m3"),
    Revoke(BEN, APP),
    get("m1", BEN),
    Begin(get("m2")),
)
Plain = dict[str, object]


@pytest.fixture
def trace() -> Trace:
    """One record of each kind and one call of each outcome."""
    made = trace_of(HISTORY, BUILT_IN["everything"])
    assert {type(record).__name__ for record in made.records} == {"Wrote", "Labelled", "Granted", "Revoked", "Called"}
    assert {getattr(record, "outcome", "") for record in made.records} == {"", "shown", "done", "refused", "cut off"}
    return made


def lines_of(trace: Trace) -> list[Plain]:
    """The trace as the tables that its lines are."""
    return [json.loads(line) for line in dump(trace).splitlines()]


def saved(folder: Path, lines: list[Plain]) -> Path:
    """A file with these tables as its lines."""
    path = folder / "day.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_trace_is_read_as_it_was_written(tmp_path: Path, trace: Trace) -> None:
    """Header, records and the state that they lead to; no complaint."""
    path = tmp_path / "day.jsonl"
    path.write_text(dump(trace), encoding="utf-8")
    assert load(path) == (trace, None)
    assert load(path)[0].final_state() == trace.final_state()


def test_writing_a_trace_twice_writes_the_same_bytes(tmp_path: Path, trace: Trace) -> None:
    """And so does writing what was read."""
    path = tmp_path / "day.jsonl"
    path.write_text(dump(trace), encoding="utf-8")
    assert dump(trace) == dump(trace) == dump(load(path)[0])
    assert dump(trace_of(HISTORY, BUILT_IN["everything"])) == dump(trace)


def test_a_trace_is_plain_lines(trace: Trace) -> None:
    """One header and one line a record, in ASCII, so that no tool trips over it."""
    text = dump(trace)
    assert text.isascii()
    assert text.endswith("}\n")
    assert text.count("\n") == 1 + len(trace.records)


def test_the_header_says_what_a_verdict_attaches_to(trace: Trace) -> None:
    """The version of the format, the policy with its text and hash, and how the run was made."""
    header, *_ = lines_of(trace)
    assert header == {
        "trace": 2,
        "policy": "everything",
        "text": "A message belongs when it is in the mailbox at all.",
        "hash": sha256(b"A message belongs when it is in the mailbox at all.").hexdigest(),
        "people": [ANA, BEN, CY],
        "apps": [APP],
        "seed": None,
        "recheck": False,
        "lag": 0.0,
        "permiscope": __version__,
        "faults": [],
    }


def test_what_a_policy_raised_is_in_the_trace(tmp_path: Path) -> None:
    """The error survives the file, beside the reason."""

    def fragile(request: object) -> bool:
        raise LookupError("no such table")

    path = tmp_path / "day.jsonl"
    path.write_text(dump(trace_of((*HISTORY[:2], get("m1")), FunctionPolicy("fragile", "", fragile))), encoding="utf-8")
    (refused,) = calls_in(load(path)[0])
    assert (refused.reason, refused.error) == ("the policy raised", "LookupError: no such table")


def test_what_left_is_read_and_not_what_the_message_holds(tmp_path: Path, trace: Trace) -> None:
    """A list has no text; a body of which one segment left has that one."""
    path = tmp_path / "day.jsonl"
    path.write_text(dump(trace), encoding="utf-8")
    headers = next(call for call in calls_in(load(path)[0]) if call.operation == "list")
    assert [message.segments for message in headers.shown] == [(), ()]
    *before, read = trace_of((*HISTORY[:5], get("m3")), BUILT_IN["everything"]).records
    assert isinstance(read, Called)
    (whole,) = read.shown
    assert len(whole.segments) == 2
    redacted = Trace(trace.header, (*before, evolve(read, shown=(evolve(whole, segments=whole.segments[1:]),))))
    path.write_text(dump(redacted), encoding="utf-8")
    assert load(path) == (redacted, None)


@pytest.mark.parametrize("torn", [1, 20, -2])
def test_of_a_torn_trace_what_is_whole_is_kept(tmp_path: Path, trace: Trace, torn: int) -> None:
    """The complaint names the line, and says how many records are kept."""
    *whole, last = dump(trace).splitlines(keepends=True)
    path = tmp_path / "day.jsonl"
    path.write_text("".join(whole) + last[:torn], encoding="utf-8")
    kept, complaint = load(path)
    assert kept == Trace(trace.header, trace.records[:-1])
    number = 1 + len(trace.records)
    assert complaint == (
        f"line {number} of `{path}` is not whole (it is no JSON); the {number - 2} records before it are kept"
    )


def test_a_torn_line_ends_the_trace_wherever_it_is(tmp_path: Path, trace: Trace) -> None:
    """What follows rests on it, so it is left out however whole it looks."""
    lines = dump(trace).splitlines(keepends=True)
    path = tmp_path / "day.jsonl"
    path.write_text("".join([*lines[:4], "\n", *lines[4:]]), encoding="utf-8")
    kept, complaint = load(path)
    assert kept.records == trace.records[:3]
    assert complaint is not None
    assert "line 5 of" in complaint


def test_a_trace_without_a_last_line_break_is_whole(tmp_path: Path, trace: Trace) -> None:
    """Some editors leave it out."""
    path = tmp_path / "day.jsonl"
    path.write_text(dump(trace).rstrip("\n"), encoding="utf-8")
    assert load(path) == (trace, None)


def _unknown_key(line: Plain) -> None:
    line["whim"] = 1


def _unknown_kind(line: Plain) -> None:
    line["kind"] = "dreamt"


def _no_kind(line: Plain) -> None:
    del line["kind"]


def _unknown_operation(line: Plain) -> None:
    line["operation"] = "peek"


def _unknown_message(line: Plain) -> None:
    line["shown"] = [["m9", ["m9"]]]


def _no_time(line: Plain) -> None:
    line["time"] = "noon"


def _no_list(line: Plain) -> None:
    line["holders"] = ANA


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (_unknown_key, "`whim` is no key"),
        (
            _unknown_kind,
            "there is no `kind` that is `dreamt`; use one of wrote, edited, moved",
        ),
        (_no_kind, "has no `kind`"),
        (_unknown_operation, "peek"),
        (_unknown_message, "it shows `m9`, which nobody wrote before"),
        (_no_time, "noon"),
        (_no_list, "`Ana` is no list"),
    ],
)
def test_a_record_that_is_none_is_named_and_ends_the_trace(
    tmp_path: Path, trace: Trace, damage: Callable[[Plain], None], says: str
) -> None:
    """The line, what is wrong with it, and what is kept."""
    lines = lines_of(trace)
    number = next(number for number, line in enumerate(lines, start=1) if line.get("shown"))
    damage(lines[number - 1])
    path = saved(tmp_path, lines)
    kept, complaint = load(path)
    assert kept.records == trace.records[: number - 2]
    assert complaint is not None
    assert f"line {number} of `{path}`" in complaint
    assert says in complaint
    assert "\n" not in complaint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1 of `{path}` is no header of a trace: it is no JSON"),
        ("\n", "line 1 of `{path}` is no header of a trace: it is no JSON"),
        ("[1]\n", "line 1 of `{path}` is no header of a trace: it is no JSON object"),
        ("{}\n", "line 1 of `{path}` says trace version `None`; this Permiscope reads 1 and 2"),
        ('{"trace":99}\n', "line 1 of `{path}` says trace version `99`; this Permiscope reads 1 and 2"),
    ],
)
def test_what_has_no_header_is_no_trace(tmp_path: Path, text: str, says: str) -> None:
    """An empty file, another kind of file, another version: one line that names the file and what is wrong."""
    path = tmp_path / "day.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as wrong:
        load(path)
    assert str(wrong.value) == says.format(path=path)


@pytest.mark.parametrize("key", ["text", "hash"])
def test_a_policy_with_another_hash_is_refused(tmp_path: Path, trace: Trace, key: str) -> None:
    """A verdict attaches to the text of a policy, so neither the text nor its hash can be swapped."""
    header, *rest = lines_of(trace)
    header[key] = "0" * 64
    with pytest.raises(InputError, match="the policy's text does not have the hash that is given with it"):
        load(saved(tmp_path, [header, *rest]))


@pytest.mark.parametrize(("key", "says"), [("whim", "`whim` is no key"), ("people", "the key `people` is missing")])
def test_a_header_with_other_keys_is_refused(tmp_path: Path, trace: Trace, key: str, says: str) -> None:
    """A key too many or too few is named."""
    header, *rest = lines_of(trace)
    if key in header:
        del header[key]
    else:
        header[key] = 1
    with pytest.raises(InputError, match=says):
        load(saved(tmp_path, [header, *rest]))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Nor is a folder a trace, nor what is no text."""
    binary = tmp_path / "picture.jsonl"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.jsonl", tmp_path, binary):
        with pytest.raises(InputError, match="cannot be read") as wrong:
            load(path)
        assert str(path) in str(wrong.value)


def test_a_header_that_is_none_is_told_with_its_file(tmp_path: Path, trace: Trace) -> None:
    """As every other line is."""
    header, *rest = lines_of(trace)
    path = saved(tmp_path, [header | {"whim": 1}, *rest])
    with pytest.raises(InputError) as wrong:
        load(path)
    assert f"line 1 of `{path}`" in str(wrong.value)


def test_a_line_that_is_too_deep_is_not_whole(tmp_path: Path, trace: Trace) -> None:
    """It ends the trace as any other line that cannot be read."""
    path = tmp_path / "day.jsonl"
    path.write_text(dump(trace) + "[" * 100_000 + "\n", encoding="utf-8")
    assert load(path)[0] == trace


CONTRADICTIONS: list[Plain] = [
    {"kind": "revoked", "time": 99.0, "person": CY, "app": APP},
    {"kind": "called", "app": APP, "operation": "delete", "owner": CY, "target": "m1", "opened": 16, "decided_at": 99.0}
    | {"closed": 16, "time": 99.0, "outcome": "done", "holders": [CY]},
]


@pytest.mark.parametrize("record", CONTRADICTIONS, ids=["no grant to revoke", "no copy to delete"])
def test_a_record_that_cannot_follow_ends_the_trace(tmp_path: Path, trace: Trace, record: Plain) -> None:
    """What is read can be folded to a state, and so be judged."""
    kept, complaint = load(saved(tmp_path, [*lines_of(trace), record]))
    assert kept.final_state() == trace.final_state()
    assert complaint is not None


def as_version_1(lines: list[Plain]) -> list[Plain]:
    """The lines as the first version wrote them: calls had one target, and nothing said how a message was written."""
    head, *rest = [{key: value for key, value in line.items() if key != "step"} for line in lines]
    for line in rest:
        if line["kind"] == "called":
            named = NAMED_BY[cast("Operation", line["operation"])]
            line["target"] = line.pop(named, None) if named else None
            line.pop("text", None)
    return [{**head, "trace": 1}, *rest]


def test_a_trace_of_version_1_is_judged_and_has_no_history(tmp_path: Path, trace: Trace, command: Command) -> None:
    """Its verdicts and its state are the same; what it does not say is not made up, and nothing is half written."""
    old, _ = load(saved(tmp_path, as_version_1(lines_of(trace))))
    assert [(call.target, call.outcome) for call in calls_in(old)] == [
        (call.target, call.outcome) for call in calls_in(trace)
    ]
    assert old.final_state() == trace.final_state()
    assert dump(old).startswith('{"trace":1,')
    with pytest.raises(InputError, match="version 1 does not say which steps"):
        _ = old.history
    done = command("run", "day.jsonl", "--out", "again.toml", folder=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (tmp_path / "again.toml").exists()
    assert command("show", "day.jsonl", "-o", "day.html", folder=tmp_path).returncode == 0


def test_a_message_is_written_by_a_step_that_writes(tmp_path: Path, trace: Trace) -> None:
    """Any other step in its place, or somebody else's, is no step of it; where there is none, nobody makes one up."""
    lines = lines_of(trace)
    steps: list[tuple[Plain, str]] = [
        ({"do": "trash", "person": BEN, "message": "m1"}, "`trash` writes no message"),
        ({"do": "edit", "person": BEN, "message": "m1"}, "`edit` writes no message"),
        ({"do": "compose", "person": ANA, "to": [BEN]}, "`Ana` took its step, and `Ben` wrote its message"),
    ]
    for step, says in steps:
        lines[1]["step"] = step
        kept, complaint = load(saved(tmp_path, lines))
        assert (kept.records, says in (complaint or "")) == ((), True)
    del lines[1]["step"]
    with pytest.raises(InputError, match="does not say how `m1` was written"):
        _ = load(saved(tmp_path, lines))[0].history


def test_a_call_has_the_place_that_it_gives(tmp_path: Path, trace: Trace) -> None:
    """Or nobody could tell what began before what."""
    lines = lines_of(trace)
    number = next(number for number, line in enumerate(lines) if "opened" in line)
    lines[number]["closed"] = 40
    kept, complaint = load(saved(tmp_path, lines))
    assert len(kept.records) == number - 1
    assert f"it is the record {number - 1}, and says that it is 40" in (complaint or "")
