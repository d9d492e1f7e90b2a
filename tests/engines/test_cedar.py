"""Does a Cedar text decide as it says, in our words and in the user's own?"""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from attrs import field, frozen
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from permiscope.engine.bfs import messaging_for
from permiscope.judge.verdicts import Verdict
from permiscope.model import reads
from permiscope.model.access import Action, Decision, Grant, Request, Scope
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS
from permiscope.model.mail import Message, Segment
from permiscope.model.records import Called, Wrote
from permiscope.model.state import State, apply
from permiscope.model.steps import Call, Compose, Consent, History, Reply
from permiscope.questions.policies.compare import Relation, compare_policies
from permiscope.questions.policies.survey import survey
from permiscope.report.story import story
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies import engines
from permiscope.service.policies.engines.cedar import CedarPolicy
from permiscope.service.policies.loading import load_policy
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy, Policy, fingerprint
from tests.helpers import ANA, APP, BEN, CY, calls_in, get, ids, last_call, needs, trace_of
from tests.properties.days import Day, days

ROOT = Path(__file__).parents[2]
SHIPPED = Path(engines.__file__).parent
CLOUD = ROOT.parent / "shared" / "data" / "authz_suites" / "cedar-examples" / "document_cloud"
NAMES = list(BUILT_IN)
SOON = settings(derandomize=True, database=None, max_examples=1000, phases=[Phase.generate])
"""Enough to find one day; it need not be the shortest."""
EVERY = "permit (principal, action, resource);"


@pytest.fixture(scope="module")
def shipped() -> Mapping[str, Policy]:
    """The Cedar text of each built-in policy."""
    return {name: load_policy(str(SHIPPED / f"{name}.cedar")) for name in NAMES}


def written(folder: Path, text: str, mapping: str | None = None, entities: str | None = None) -> CedarPolicy:
    """The policy in a file of this text, with what lies beside it."""
    (folder / "rule.cedar").write_text(text, "utf-8")
    if mapping is not None:
        (folder / "rule.mapping.toml").write_text(mapping, "utf-8")
    if entities is not None:
        (folder / "entities.json").write_text(entities, "utf-8")
    policy = load_policy(str(folder / "rule.cedar"))
    assert isinstance(policy, CedarPolicy)
    return policy


# Ours and Cedar's, on the same requests


@frozen
class Compared:
    """Decides as one policy does, and notes where others differ that should say the same of every request."""

    policy: Policy
    pairs: Mapping[str, tuple[Policy, Policy]]
    differ: list[str] = field(factory=list)
    permitted: list[str] = field(factory=list)
    name: str = "compared"
    text: str = ""

    def decide(self, request: Request) -> Decision:
        """Ask everybody, for the app that asks and for another one."""
        grant = request.grant
        other = None if grant is None else Grant("Rival", grant.user, grant.scope)
        rival = Request("Rival", request.action, request.message, request.owner, other, request.facts)
        for asked in (request, rival):
            for name, (one, two) in self.pairs.items():
                said, also = one.decide(asked), two.decide(asked)
                if said.permit != also.permit or also.error:
                    self.differ.append(f"{name}, {asked.action} of {asked.message}: {said}, and Cedar {also}")
                elif said.permit:
                    self.permitted.append(name)
        return self.policy.decide(request)


def compared(day: Day, pairs: Mapping[str, tuple[Policy, Policy]]) -> Compared:
    """What came of asking about everything that is asked in a day."""
    both = Compared(day.policy, pairs)
    trace_of(day.history, both, lag=day.lag, recheck=day.recheck)
    return both


@given(day=days())
def test_each_built_in_policy_decides_exactly_as_its_cedar_text(day: Day, shipped: Mapping[str, Policy]) -> None:
    """On whatever is asked in a day, under grants of any actions and extents, and without an error."""
    assert compared(day, {name: (BUILT_IN[name], shipped[name]) for name in NAMES}).differ == []


@pytest.mark.parametrize("name", [name for name in NAMES if name != "deny-all"])
def test_the_days_have_requests_that_the_policy_permits(name: str, shipped: Mapping[str, Policy]) -> None:
    """So the comparison is of more than refusals."""
    pairs = {name: (BUILT_IN[name], shipped[name])}
    find(days(), lambda day: bool(compared(day, pairs).permitted), settings=SOON)


@pytest.mark.parametrize(("name", "other"), list(zip(NAMES, NAMES[1:] + NAMES[:1], strict=True)))
def test_a_cedar_text_that_says_something_else_is_told_apart(
    name: str, other: str, shipped: Mapping[str, Policy]
) -> None:
    """The comparison can fail: here each policy meets the text of the next one."""
    pairs = {name: (BUILT_IN[name], shipped[other])}
    find(days(), lambda day: bool(compared(day, pairs).differ), settings=SOON)


def test_the_search_says_of_a_cedar_text_what_it_says_of_the_built_in_policy(shipped: Mapping[str, Policy]) -> None:
    """The same verdict, the same shortest history, as often put to the test."""
    readings = list(READINGS.values())

    def found(policies: list[Policy]) -> list[Verdict]:
        *_, last = survey(policies, readings, 4)
        return [last.content_scoped(policy, reading) for policy in policies for reading in readings]

    assert found(list(shipped.values())) == found(list(BUILT_IN.values()))


def test_the_cedar_texts_agree_on_what_only_a_real_mailbox_has(shipped: Mapping[str, Policy]) -> None:
    """A message that is addressed to the app itself, and notes to oneself: sent via the app, and later natively."""
    state = State()
    for number, (to, via) in enumerate([((APP, BEN), None), ((ANA,), APP), ((ANA,), None)]):
        name = f"m{number + 1}"
        apply(state, Wrote(0.0, Message(name, ANA, to, f"t{number}", (Segment("", name),), number, 0.0, via)))
    requests = [Request(APP, "read", message, ANA, Grant(APP, ANA), state) for message in state.messages.values()]
    for name in NAMES:
        for request in requests:
            assert BUILT_IN[name].decide(request).permit == shipped[name].decide(request).permit, (name, request)


def test_for_sending_the_grant_alone_is_asked(shipped: Mapping[str, Policy]) -> None:
    """Whatever its extent, for a message that is being sent is in nobody's mailbox yet."""
    narrow = Consent(ANA, APP, Scope(("send", "read"), READINGS["tagged"]))
    sending = Call(APP, "send", ANA, to=(BEN,))
    for name in NAMES[:-1]:
        assert last_call((narrow, sending), shipped[name]).outcome == "done"
    assert last_call((Consent(ANA, APP, Scope(("read",))), sending), shipped["everything"]).outcome == "refused"


# What the search may take for granted


def test_a_text_that_names_nobody_treats_all_people_alike(tmp_path: Path, shipped: Mapping[str, Policy]) -> None:
    """Then states that differ in names alone are one; a text, a mapping or entities that name somebody are not so."""

    def is_nameless(policy: Policy) -> bool:
        assert isinstance(policy, CedarPolicy)
        assert policy.says.reads is not None
        return not policy.says.reads & {reads.NAMES, reads.IDS}

    assert all(map(is_nameless, shipped.values()))
    assert is_nameless(written(tmp_path, f'{EVERY} forbid (principal == App::"X", action, resource);'))
    assert not is_nameless(
        written(tmp_path, f'{EVERY} forbid (principal, action, resource) when {{ resource.author == Person::"Ana" }};')
    )
    assert not is_nameless(written(tmp_path, f'{EVERY} forbid (principal, action, resource == Message::"m1");'))
    author = '{ __entity = { type = "Person", id = "Ana" } }'
    asks = "permit (principal, action, resource) when { resource.x == resource.author };"
    assert not is_nameless(written(tmp_path, asks, f"[resource]\nx = {{ value = {author} }}"))
    entities = '[{"uid": {"type": "Person", "id": "Ana"}, "attrs": {}, "parents": []}]'
    assert not is_nameless(written(tmp_path, EVERY, 'entities = "entities.json"', entities))
    target = 'send = { id = "send", resource = { type = "Message", id = "m1" } }'
    assert not is_nameless(written(tmp_path, EVERY, f"[actions]\n{target}"))


def test_a_policy_that_looks_at_names_is_searched_whole_beside_one_that_does_not(
    shipped: Mapping[str, Policy],
) -> None:
    """The order in which they are named makes no difference."""

    def function(request: Request) -> object:
        return request.owner == CY and request.grant is not None

    named = FunctionPolicy("named", "", function)
    for one, other in ((shipped["reply"], named), (named, shipped["reply"])):
        *_, found = compare_policies(one, other, 3)
        assert found.relation("read") is Relation.INCOMPARABLE


# Reasons and errors


LEAKY = """
@id("all that was granted")
permit (principal, action, resource)
when { context.granted_actions.contains(action) };

@id("no private mail")
forbid (principal, action, resource)
when { resource.via != principal };

permit (principal, action == Action::"read", resource);
"""
PRIVATE: History = (Consent(ANA, APP), Compose(BEN, (ANA,), text="Quiet."), get("m1"))


def test_a_decision_names_the_policies_that_made_it(tmp_path: Path) -> None:
    """By their `@id`, or by their place in the text if they have none, in the order of the text."""
    policy = written(tmp_path, LEAKY)
    state = trace_of((Consent(ANA, APP), Compose(ANA, (BEN,), via=APP)), policy).final_state()
    request = Request(APP, "read", state.messages["m1"], ANA, state.granted(APP, ANA), state)
    assert policy.decide(request) == Decision(True, "permitted", because=("all that was granted", "policy2"))
    other = Request("Rival", "read", state.messages["m1"], ANA, None, state)
    assert policy.decide(other) == Decision(False, "refused by the policy", because=("no private mail",))


def test_a_forbid_that_fails_still_allows_and_the_record_says_so(tmp_path: Path) -> None:
    """A message that was sent natively has no `via`, so the policy that should protect it cannot be evaluated."""
    call = last_call(PRIVATE, written(tmp_path, LEAKY))
    assert ids(call) == ["m1"]
    assert call.reason == "permitted"
    assert call.error == (
        'Cedar skipped the forbid `no private mail`, which failed: `Message::"m1"` does not have the attribute `via`'
    )


def test_the_story_tells_of_the_policy_that_failed_and_of_those_that_decided(tmp_path: Path) -> None:
    """In a line below the call."""
    policy = written(tmp_path, LEAKY)
    told = " ".join(story(messaging_for(Service(policy)).played(PRIVATE), policy, READINGS["reply"]).split())
    assert "The rule had an error: Cedar skipped the forbid `no private mail`, which failed" in told
    assert "by its `all that was granted` and `policy2`" in told


def test_an_error_of_one_message_stays_with_a_call_for_many(tmp_path: Path) -> None:
    """Though the last message that was decided had none."""
    history = (Consent(ANA, APP), Compose(BEN, (ANA,)), Compose(ANA, (BEN,), via=APP))
    (call,) = calls_in(trace_of((*history, Call(APP, "list", ANA)), written(tmp_path, LEAKY)))
    assert ids(call) == ["m1", "m2"]
    assert call.error is not None
    assert "no private mail" in call.error


def test_what_cedar_cannot_be_asked_is_denied_with_the_reason(tmp_path: Path) -> None:
    """What is no Unicode, for instance, can be no name."""
    nobody = "\ud800"
    messaging = MessagingService(Service(written(tmp_path, EVERY)), (ANA, BEN), (nobody,))
    history: History = (Consent(ANA, nobody), Compose(ANA, (BEN,)), Call(nobody, "get", ANA, message="m1"))
    *_, record = [messaging.do(step) for step in history]
    assert isinstance(record, Called)
    assert (record.outcome, record.reason) == ("refused", "the policy raised")
    assert record.error == "ValueError: error during entity deserialization"


# The user's own words


CLOUD_MAPPING = """
entities = "entities.json"

[types]
app = "User"
person = "User"
message = "Document"

[actions]
read = "ViewDocument"
delete = "DeleteDocument"
send = { id = "CreateDocument", resource = { type = "Drive", id = "drive" } }

[context]
is_authenticated = "granted"
"""


@needs(CLOUD)
def test_the_document_cloud_decides_as_it_expects(tmp_path: Path) -> None:
    """Each of its requests is put to our policy in our words; the folder that it lies in is the expected decision."""
    shutil.copy(CLOUD / "policies.cedar", tmp_path / "cloud.cedar")
    shutil.copy(CLOUD / "entities.json", tmp_path)
    (tmp_path / "cloud.mapping.toml").write_text(CLOUD_MAPPING, "utf-8")
    policy = load_policy(str(tmp_path / "cloud.cedar"))
    actions: dict[str, Action] = {"ViewDocument": "read", "CreateDocument": "send", "DeleteDocument": "delete"}
    decided = {}
    for path in sorted(CLOUD.glob("*/*.json")):
        plain = json.loads(path.read_text("utf-8"))
        app, action, resource = (plain[each].split('"')[1] for each in ("principal", "action", "resource"))
        message = Message(resource, ANA, (), "t1", (Segment("", resource),), 0, 0.0)
        grant = Grant(app, ANA) if plain["context"]["is_authenticated"] else None
        decision = policy.decide(Request(app, actions[action], message, ANA, grant, State()))
        decided[f"{path.parent.name}/{path.stem}"] = "ALLOW" if decision.permit else "DENY"
    assert len(decided) == 5
    assert decided == {name: name.partition("/")[0] for name in decided}


DOCUMENTS = """
@id("partners")
permit (principal in Team::"partners", action == Docs::Action::"view", resource is Documents::Letter)
when { context.signed_in && !resource.private && resource.written_by == resource.kept_by };

@id("archive")
permit (principal, action == Docs::Action::"file", resource == Drive::"letters");
"""
DOCUMENTS_MAPPING = """
entities = "entities.json"

[types]
app = "Service"
message = "Documents::Letter"
action = "Docs::Action"

[actions]
read = "view"
send = { id = "file", resource = { type = "Drive", id = "letters" } }

[resource]
written_by = "author"
kept_by = "owner"
private = { value = false }

[context]
signed_in = "granted"
"""
PARTNERS = (
    '[{"uid": {"type": "Service", "id": "StreamCo"}, "attrs": {}, "parents": [{"type": "Team", "id": "partners"}]}]'
)


def test_a_users_own_entities_actions_and_attributes_are_asked(tmp_path: Path) -> None:
    """Who belongs to a team is in the user's file; types, actions and attributes are under the user's names."""
    policy = written(tmp_path, DOCUMENTS, DOCUMENTS_MAPPING, PARTNERS)
    before = (Consent(ANA, APP), Compose(BEN, (ANA,)), Compose(ANA, (BEN,)))
    assert last_call((*before, get("m1")), policy).outcome == "refused"
    assert last_call((*before, get("m2")), policy).outcome == "shown"
    assert last_call((*before, Call(APP, "delete", ANA, message="m2")), policy).outcome == "refused"
    assert last_call((*before, Call(APP, "send", ANA, to=(BEN,))), policy).outcome == "done"
    assert last_call((*before[1:], get("m2")), policy).outcome == "refused"


def test_what_a_verdict_attaches_to_is_the_text_with_the_mapping_and_the_entities(tmp_path: Path) -> None:
    """A change in any of the three is another policy."""
    texts = [DOCUMENTS, DOCUMENTS_MAPPING, PARTNERS]
    prints = {fingerprint(written(tmp_path, *texts))}
    for number in range(3):
        changed = [text.replace("partners", "others") for text in texts]
        changed = [*texts[:number], f"{texts[number]} " if number else changed[0], *texts[number + 1 :]]
        prints.add(fingerprint(written(tmp_path, *changed)))
    assert len(prints) == 4


def test_an_answer_is_remembered_and_cedar_is_not_asked_again(tmp_path: Path) -> None:
    """Equal answers are one object; a request that differs in what Cedar is told is asked anew."""
    policy = written(tmp_path, LEAKY)
    state = trace_of((Consent(ANA, APP), Compose(ANA, (BEN,), via=APP), Reply(BEN, "m1")), policy).final_state()
    first, answer = state.messages.values()
    grant = state.granted(APP, ANA)
    decided = policy.decide(Request(APP, "read", first, ANA, grant, state))
    assert policy.decide(Request(APP, "read", first, ANA, grant, state)) is decided
    assert policy.decide(Request(APP, "read", answer, ANA, grant, state)) != decided
    assert policy.decide(Request(APP, "read", first, ANA, None, state)) != decided
    assert policy.decide(Request(APP, "delete", first, ANA, grant, state)) != decided


# Bad input


@pytest.mark.parametrize(
    ("text", "place", "pointed_at"),
    [
        ("// A rule.\n\npermit (principal, action, resource)\nwhen { 1 + };\n", "line 4, column 12: unexpected", "}"),
        (f"{EVERY}\n{EVERY[:-1]} when {{ resource.via = principal }};", "line 2, column 58: '=' is not", "="),
        (
            f"{EVERY[:-1]} when {{ resource.a == 1 }};\n{EVERY[:-1]} when {{ a(3) }};",
            "line 2, column 45: `a` is not a valid function",
            "a(3)",
        ),
        (f"{EVERY} // ; x\npermit (princpal, action, resource);", "line 2, column 9: found an invalid", "princpal"),
        (EVERY[:-1], "line 1, column 37: unexpected end of input", ""),
        (f'{EVERY[:-1]} when {{ "a; }};', "line 1, column 45: invalid token", '"a'),
        (f"{EVERY} \u3042;", "line 1, column 39: invalid token", "\u3042"),
    ],
)
def test_a_text_that_is_no_cedar_is_answered_with_the_place_and_cedars_own_words(
    tmp_path: Path, text: str, place: str, pointed_at: str
) -> None:
    """In one line, and a caret below the line of the text."""
    with pytest.raises(InputError) as caught:
        written(tmp_path, text)
    assert f"rule.cedar` {place}" in str(caught.value)
    line, caret = caught.value.__notes__[0].split("\n")
    assert line[len(caret) - 1 :].startswith(pointed_at)


@given(st.text(st.sampled_from('permit(principal, action, resource) when { "a" == 1 };/\n\\'), max_size=60))
def test_of_any_text_the_place_is_in_the_text(text: str) -> None:
    """Wherever Cedar finds fault."""
    from permiscope.service.policies.engines.cedar import _misspelt

    error = _misspelt(Path("x.cedar"), text, "wrong")
    line, caret = error.__notes__[0].split("\n")
    assert len(caret) <= len(line) + 1


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("[resource]\nwritten_by = 'autor'", "`autor`, which is no attribute of ours; use author, via"),
        (
            "[resource]\nwriten_by = 'author'",
            "names the attribute `writen_by`; those that the policies read are kept_by",
        ),
        ("[resource]\nprivate = { value = 1.5 }", "Cedar has no such value as `1.5`"),
        ("[resource]\nprivate = { value = 1979-05-27 }", "Cedar has no such value"),
        ("[actions]\nread = 'veiw'", "names the action `veiw`; those that the policies name are file, view"),
        ("[actions]\nreed = 'view'", "[actions] has no `reed`; use read, send, delete, label"),
        ("[actions]\nread = 7", "`7` is no name"),
        ("[actions]\nsend = { id = 'file', resource = 'Drive' }", "`Drive` is no entity"),
        ("[types]\nmessage = 'My Letter'", "`My Letter` is no type that Cedar can read"),
        ("[types]\nmail = 'Letter'", "[types] has no `mail`; use app, person, message, action"),
        ("[types]\naction = 'Act'", "the type of actions is `Act`; Cedar's is `Action`"),
        ("[resources]", "the mapping has no `resources`"),
        ("types = 3", "`types` is no table"),
        ("entities = 3", "`entities` is no name"),
        ("entities = 'none.json'", "there is no file"),
        ("entities = 'rule.cedar'", "has no entities that Cedar can read"),
        ("not toml", "cannot be read as TOML"),
    ],
)
def test_a_mapping_that_names_what_is_not_there_is_answered_with_what_is(
    tmp_path: Path, mapping: str, says: str
) -> None:
    """In one line."""
    types = '[types]\naction = "Docs::Action"\n'
    with pytest.raises(InputError) as caught:
        written(tmp_path, DOCUMENTS, mapping if "[types]" in mapping or "[" not in mapping else f"{types}{mapping}")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_template_is_no_policy_yet(tmp_path: Path) -> None:
    """It would permit nothing, silently."""
    with pytest.raises(InputError, match=r"a template, `one`, which permits nothing by itself; .* `\?principal`"):
        written(tmp_path, '@id("one") permit (principal == ?principal, action, resource);')


COMMAND = "import sys; sys.path.append(sys.argv.pop(1)); from permiscope.cli import main; main()"
WITHOUT = f"import sys; sys.modules['cedarpy'] = None; {COMMAND}"


def run(folder: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    line = [sys.executable, "-c", command, str(ROOT), *arguments]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)


def test_the_command_answers_bad_cedar_with_a_caret(tmp_path: Path) -> None:
    """And exit code 2."""
    (tmp_path / "bad.cedar").write_text(f"{EVERY}\npermit (principal, action, resource", "utf-8")
    done = run(tmp_path, COMMAND, "test", "bad.cedar")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "permiscope: `bad.cedar` line 2, column 36: unexpected end of input",
        "  permit (principal, action, resource",
        "                                     ^",
    ]


def test_without_the_extra_the_command_says_how_to_get_it(tmp_path: Path) -> None:
    """In one line; the rest of Permiscope does without."""
    (tmp_path / "rule.cedar").write_text(EVERY, "utf-8")
    done = run(tmp_path, WITHOUT, "test", "rule.cedar")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "permiscope: `rule.cedar` needs the package `cedarpy`; run pip install 'permiscope[cedar]'"
    ]
    assert run(tmp_path, WITHOUT, "test", "reply", "--reading", "reply", "--max-steps", "2").returncode == 1


def test_a_counterexample_to_a_cedar_text_is_found_saved_and_replayed(tmp_path: Path) -> None:
    """As with any other policy."""
    (tmp_path / "leaky.cedar").write_text(LEAKY, "utf-8")
    done = run(tmp_path, COMMAND, "test", "leaky.cedar", "--reading", "reply", "--max-steps", "3", "--out", "found")
    assert done.returncode == 1
    assert "leaky.cedar/reply: broken in 2" in done.stdout
    (saved,) = (tmp_path / "found" / "counterexamples").iterdir()
    again = run(tmp_path, COMMAND, "run", str(saved))
    assert "The rule had an error: Cedar skipped the forbid `no private mail`" in again.stdout


def test_the_engines_are_imported_only_when_one_is_loaded() -> None:
    """Whoever names no Cedar policy does without."""
    probe = "import sys, permiscope.cli; print([name for name in sys.modules if 'cedar' in name or 'engines' in name])"
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
