"""May this scope call this method? Every row of the vendors' own tables against the catalogue's answer.

A table that says otherwise stands in a list of exceptions, with the reason, and one that says the same again is found.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from permiscope.service.platforms.vendor import Vendor, load_vendor
from tests.helpers import needs

REAL = Path(__file__).parents[3] / "shared" / "data" / "permission_models"
GOOGLE, MICROSOFT, SLACK = REAL / "google", REAL / "microsoft", REAL / "slack"

Table = dict[str, set[str]]
"""The scopes that a vendor's table has for each method."""
Record = Callable[[str, object], None]
Answers = set[tuple[str, str]]
"""Scopes and methods that they may call."""


def answers(vendors: Iterable[Vendor], table: Table) -> Answers:
    """What the catalogue answers of each scope and each method that either it or the table has."""
    found = set()
    for vendor in vendors:
        for method in {*vendor.method_names, *table}:
            found |= {(scope, method) for scope in vendor.scopes if vendor.may_call(frozenset({scope}), method)}
    return found


def rows(table: Table) -> Answers:
    """The table, a row a scope and a method."""
    return {(scope, method) for method, scopes in table.items() for scope in scopes}


def differences(ours: Answers, theirs: Answers, exceptions: Mapping[tuple[str, str], str]) -> tuple[Answers, Answers]:
    """Where the two differ and no exception says so; and exceptions where they do not differ."""
    differ = ours ^ theirs
    return differ - exceptions.keys(), set(exceptions) - differ


# Google: any one of the scopes in a row suffices.


def google(api: str) -> Table:
    """The table of an interface of Google's, with its names for scopes and methods without what all of them share."""
    listed = json.loads((GOOGLE / "derived_method_scopes.json").read_text(encoding="utf-8"))
    prefix = f"{api.partition('.')[0]}."
    return {
        row["method"].removeprefix(prefix): {
            "mail.google.com" if scope == "https://mail.google.com/" else scope.rpartition("/auth/")[2]
            for scope in row["any_of_scopes"]
        }
        for row in listed
        if row["api"] == api
    }


@needs(GOOGLE)
@pytest.mark.parametrize(
    ("api", "names", "methods"),
    [("gmail.v1", ("gmail", "gmail-addons"), 79), ("drive.v3", ("drive",), 64), ("chat.v1", ("chat",), 55)],
)
def test_a_method_of_googles_is_open_to_the_scopes_of_its_table(
    api: str, names: tuple[str, ...], methods: int, record_property: Record
) -> None:
    """No exception: every method, every scope."""
    table, vendors = google(api), [load_vendor(name) for name in names]
    assert len(table) == methods
    assert differences(answers(vendors, table), rows(table), {}) == (set(), set())
    record_property(f"{api} compared with the catalogue", f"{methods} methods, {len(rows(table))} rows")


@needs(GOOGLE)
@pytest.mark.parametrize("names", [("gmail", "gmail-addons"), ("drive",), ("chat",)])
def test_a_scope_of_googles_has_its_address_and_the_text_that_a_person_is_shown(names: tuple[str, ...]) -> None:
    """As the discovery document has them; one that no person is shown has none."""
    api = {"gmail": "gmail.v1", "drive": "drive.v3", "chat": "chat.v1"}[names[0]]
    document = json.loads((GOOGLE / f"{api}.json").read_text(encoding="utf-8"))
    texts = {uri: each["description"] for uri, each in document["auth"]["oauth2"]["scopes"].items()}
    ours = {scope.uri: scope.consent for name in names for scope in load_vendor(name).scopes.values()}
    private = "https://www.googleapis.com/auth/chat.bot"
    assert ours == {uri: "" if uri == private else text for uri, text in texts.items()}


@needs(GOOGLE)
def test_a_parameter_that_the_document_refuses_under_metadata_is_refused_by_the_catalogue() -> None:
    """`q` of the lists is a search, and `format` of messages and threads asks for text."""
    document = json.loads((GOOGLE / "gmail.v1.json").read_text(encoding="utf-8"))
    users = document["resources"]["users"]["resources"]
    refuse = "cannot be used when accessing the api using the gmail.metadata scope"
    for kind in ("messages", "threads"):
        assert refuse in users[kind]["methods"]["list"]["parameters"]["q"]["description"].lower()
    assert set(load_vendor("gmail").scopes["gmail.metadata"].refuses) == {"get", "thread", "search"}


# Microsoft: a row a permission, a way of consenting, a path and a method; `/me` is the user who is signed in.

SCHEMES = {
    "DelegatedWork": ("graph", "teams"),
    "DelegatedPersonal": ("graph", "teams"),
    "Application": ("graph-application", "teams-application"),
}
GET_ONE = ("GET /users/{id}/messages/{id}", "GET /users/{id}/mailfolders/{id}/messages/{id}")
GAPS = {
    ("Mail.ReadWrite", method): "the description says that it reads; the table lists its lists and not this"
    for method in GET_ONE
}
WORK_ALONE = "offered to accounts of work or school alone"
SETTINGS = "/users/{id}/settings/workHoursAndLocations"
EXCEPTIONS: dict[str, dict[tuple[str, str], str]] = {
    "DelegatedWork": GAPS,
    "Application": GAPS,
    "DelegatedPersonal": {
        **GAPS,
        ("Mail.Read", "POST /search/query"): WORK_ALONE,
        ("MailboxSettings.Read", f"GET {SETTINGS}"): WORK_ALONE,
        ("MailboxSettings.ReadWrite", f"GET {SETTINGS}"): WORK_ALONE,
        ("MailboxSettings.ReadWrite", f"PATCH {SETTINGS}"): WORK_ALONE,
    },
}


def microsoft(scheme: str) -> tuple[Table, int]:
    """The table of one way of consenting, with a path for each person, and how many rows of the files it takes."""
    table: Table = {}
    count = 0
    for name in ("permissions_messages.json", "permissions_other_touching_messages.json"):
        listed = json.loads((MICROSOFT / name).read_text(encoding="utf-8"))["permissions"]
        for permission, each in listed.items():
            for paths in each["pathSets"]:
                if scheme in paths["schemeKeys"]:
                    for method in paths["methods"]:
                        for path in paths["paths"]:
                            table.setdefault(f"{method} {plain(path)}", set()).add(permission)
                            count += 1
    return table, count


def plain(path: str) -> str:
    """A path as the catalogue has it: of any person, and without the bracket too many that some have."""
    return re.sub(r"^/me(?=/|$)", "/users/{id}", path).replace("}}", "}")


@needs(MICROSOFT)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_method_of_microsofts_is_open_to_the_permissions_of_its_table(scheme: str, record_property: Record) -> None:
    """Every permission, every path, every method; exceptions one by one."""
    table, count = microsoft(scheme)
    offered = set().union(*table.values())
    ours = answers(map(load_vendor, SCHEMES[scheme]), table)
    if scheme == "DelegatedPersonal":
        # What is not offered to a personal account is in no row; what is, must open the same.
        ours = {(scope, method) for scope, method in ours if scope in offered}
    assert differences(ours, rows(table), EXCEPTIONS[scheme]) == (set(), set())
    record_property(
        f"Graph, {scheme}, compared with the catalogue", f"{count} rows, {len(EXCEPTIONS[scheme])} exceptions"
    )


@needs(MICROSOFT)
@pytest.mark.parametrize("scheme", ["DelegatedWork", "Application"])
def test_every_permission_of_microsofts_is_a_scope_with_the_text_that_is_shown(scheme: str) -> None:
    """Also those for which the table has no method, which then opens nothing."""
    texts = {}
    for name in ("permissions_messages.json", "permissions_other_touching_messages.json"):
        listed = json.loads((MICROSOFT / name).read_text(encoding="utf-8"))["permissions"]
        for permission, each in listed.items():
            if scheme in each["schemes"]:
                shown = each["schemes"][scheme]
                text = shown.get("userDisplayName") or shown.get("adminDisplayName") or ""
                texts[permission] = text.strip().rstrip(".")
    scopes = [each for name in SCHEMES[scheme] for each in load_vendor(name).scopes.items()]
    assert {name: scope.consent for name, scope in scopes} == texts


# Slack: several scopes on a method, of which one suffices, by the kind of conversation.


@needs(SLACK)
def test_a_method_of_slacks_is_open_to_the_scopes_of_its_table(record_property: Record) -> None:
    """The table is of 2021; `chat:write` has since taken the place of two scopes, and is open to what they are."""
    listed = json.loads((SLACK / "derived_method_scopes.json").read_text(encoding="utf-8"))["methods"]
    table: Table = {row["method"]: set(row["scopes"]) - {"none"} for row in listed}
    vendor = load_vendor("slack")
    events = {method for method in vendor.method_names if method.startswith("event ")}
    free = {method for method, scopes in table.items() if not scopes}
    assert {method for method in free if vendor.may_call(frozenset(), method)} == free
    theirs = rows({method: scopes for method, scopes in table.items() if scopes})
    newer = {("chat:write", method): "of after 2021" for scope, method in theirs if scope == "chat:write:bot"}
    ours = {(scope, method) for scope, method in answers([vendor], table) if method not in events | free}
    assert differences(ours, theirs, newer) == (set(), set())
    record_property(
        "Slack compared with the catalogue", f"{len(table)} methods, {len(theirs)} rows, {len(newer)} exceptions"
    )


def test_a_scope_too_many_or_too_few_is_found_and_so_is_an_exception_that_is_none() -> None:
    """The comparison can fail."""
    table: Table = {"get": {"read", "full"}, "send": {"full"}}
    ours = rows(table)
    assert differences(ours - {("full", "send")}, rows(table), {}) == ({("full", "send")}, set())
    assert differences(ours | {("read", "send")}, rows(table), {}) == ({("read", "send")}, set())
    assert differences(ours, rows(table), {("read", "get"): "it is not"}) == (set(), {("read", "get")})
