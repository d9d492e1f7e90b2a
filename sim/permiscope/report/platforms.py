"""What are people told of a real platform? What its scopes allow, on which messages, and how well each fact is known.

Every sentence about a company carries its mark, and every verdict is one under this model.
"""

from collections.abc import Iterable, Mapping, Sequence

from permiscope.claims import Cell
from permiscope.engine.bfs import messaging_for
from permiscope.judge.verdicts import Kind
from permiscope.model.extents import EVERYTHING, READINGS, Extent
from permiscope.questions.platforms.escalation import Escalation
from permiscope.questions.platforms.expression import Fit, expressed
from permiscope.questions.policies.trim import Sufficient
from permiscope.report.own import searched
from permiscope.report.story import story
from permiscope.report.text import number, policy_lines, table, wrap
from permiscope.service.door.build import service_for
from permiscope.service.platforms.scopes import ScopesPolicy
from permiscope.service.platforms.vendor import MARKS, REACHES, Fact, Vendor
from permiscope.service.policies.policy import NOTHING, Policy, said_by

SAID = {
    "others' mailboxes": "it reads in a mailbox whose owner did not consent",
    "text not spoken of": "it is shown text that its words do not speak of",
    "text from elsewhere": "it is shown text that was first written where its words do not reach",
}
"""What an escalation of each sort comes to."""


def platform_told(vendor: Vendor) -> str:
    """A platform in sentences: what it is, how its scopes compose, what each opens, and the sources."""
    opening, silent = [], []
    for name, scope in vendor.scopes.items():
        policy = ScopesPolicy(vendor, (name,))
        if policy.channels or scope.narrows:
            opening.append((name, scopes_opened(policy), vendor.mark(scope)))
        else:
            silent.append(name)
    head = (
        f"{vendor.title}, as of {vendor.as_of}. {vendor.about} {number(len(vendor.scopes))} scopes, "
        f"{number(len(vendor.method_names))} methods."
    )
    parts = [
        wrap(head),
        _facts([*vendor.facts, *_behaviour(vendor)]),
        table(["SCOPE", "OPENS", "KNOWN"], opening) if opening else "",
    ]
    if silent:
        parts.append(wrap(f"None of our operations: {', '.join(silent)}.", "  "))
    example = opening[0][0] if opening else next(iter(vendor.scopes))
    parts += [sources_told(vendor), f"Next  permiscope explain '{vendor.name}:{example}'"]
    return "\n\n".join(filter(None, parts))


def scopes_told(policy: ScopesPolicy) -> str:
    """Scopes in sentences: what the person is shown, what is opened by which method, and what is known besides."""
    vendor = policy.vendor
    parts = [wrap(f"{policy.name}: {vendor.title}, as of {vendor.as_of}.")]
    for name in policy.scopes:
        scope = vendor.scopes[name]
        mark = vendor.mark(scope)
        lines = [f"{name} [{mark}]"]
        if scope.consent:
            tier = f" Tier: {scope.tier}." if scope.tier else ""
            lines.append(wrap(f'  A person is shown: "{scope.consent}".{tier}', "  "))
        if scope.says is not None:
            lines.append(wrap(f"  We read that as: text is shown {_of(scope.said)} [I]", "  "))
        lines.append(wrap(f"  It is in force {REACHES[scope.reach]}.", "  "))
        lines += [wrap(f"  {fact.text} [{fact.mark}]", "  ") for fact in scope.facts]
        parts.append("\n".join(lines))
    rows = []
    for operation, extent in policy.channels.items():
        methods = [name for scope in policy.scopes for name in vendor.opened(scope).get(operation, ())]
        on = "" if operation == "send" else "any" if extent == EVERYTHING else extent.name
        rows.append((operation, on, "\n".join(dict.fromkeys(methods))))
    if rows:
        parts.append("That opens:\n" + table(["OPERATION", "ON", "METHODS"], rows))
        named = {extent.name: extent for extent in policy.channels.values() if extent != EVERYTHING}
        parts.append("\n".join(wrap(f"{name}: a message when {each.phrase}.", "  ") for name, each in named.items()))
    else:
        parts.append(
            "They open none of our operations." if len(policy.scopes) > 1 else "It opens none of our operations."
        )
    parts += [_facts([*vendor.facts, *_behaviour(vendor)]), sources_told(vendor)]
    return "\n\n".join(filter(None, parts))


def sources_told(vendor: Vendor) -> str:
    """Where it is from, with the marks in words."""
    lines = [
        wrap(f"[{each.mark}] {each.title}{f', {each.date}' if each.date else ''}: {each.ref}", "    ")
        for each in vendor.sources.values()
    ]
    return "\n".join(["Sources", *lines, wrap("; ".join(f"{mark}: {words}" for mark, words in MARKS.items()) + ".")])


def grant_report(policy: Policy, cells: Sequence[Cell]) -> str:
    """What came of the claims under a platform's scopes, and the story of the first that is broken."""
    says = said_by(policy)
    marks = sorted(set(says.scopes.values()))
    head = f"Under this model of {says.platform}, an app with {' and '.join(says.scopes)}:"
    parts = [wrap(head), searched(cells), policy_lines(cells)]
    broken = [cell for cell in cells if cell.verdict.kind is Kind.REFUTED]
    if broken:
        first = broken[0]  # the claims are in the order in which they matter
        told = story(messaging_for(service_for(policy)).played(first.verdict.witness), policy)
        parts.append(f"{wrap(f'Under this model {first.formula} is broken in {first.verdict.steps}:')}\n{told}")
    parts.append(wrap(f"What these scopes open is known as {', '.join(f'[{mark}] {MARKS[mark]}' for mark in marks)}."))
    parts.append(f"Next  permiscope explain '{policy.name}'")
    return "\n\n".join(parts)


def escalations_report(vendor: Vendor, found: Sequence[Escalation]) -> str:
    """What a platform's scopes let an app have that their words do not speak of, each with its smallest history."""
    head = f"Under this model of {vendor.title}, as of {vendor.as_of}, scope by scope:"
    if not found:
        none = "Nothing was found that a scope opens and its words do not speak of. Longer histories were not examined."
        return f"{wrap(head)}\n\n{wrap(none)}"
    parts = [wrap(head)]
    for number_, each in enumerate(found, start=1):
        policy = ScopesPolicy(vendor, each.scopes)
        lines = [wrap(f"{number_}. {_escalation(vendor, each)}", "   ")]
        if len(each.alike) > 1:
            others = [name for name in each.alike if name not in each.scopes]
            lines.append(wrap(f"   Likewise {', '.join(others)}.", "   "))
        told = policy if not each.lost else ScopesPolicy(vendor, each.scopes[:1])
        lines.append(story(messaging_for(told.service).played(each.witness), told))
        parts.append("\n".join(lines))
    marks = ", ".join(f"[{mark}] {words}" for mark, words in MARKS.items())
    parts += [wrap(f"Marks: {marks}."), f"Next  permiscope explain '{vendor.name}:{'+'.join(found[0].scopes)}'"]
    return "\n\n".join(parts)


def _escalation(vendor: Vendor, found: Escalation) -> str:
    marks = ", ".join(dict.fromkeys(vendor.mark(vendor.scopes[name]) for name in found.scopes))
    if found.lost:
        one, taking = found.scopes
        return (
            f"{one} alone allows this; with {taking} granted besides it is refused, and so are {', '.join(found.lost)} "
            f"[{marks}]:"
        )
    scopes = " beside ".join(found.scopes)
    consents = [f'"{scope.consent}"' for name in found.scopes if (scope := vendor.scopes[name]).consent]
    said = f", of which a person is shown {' and '.join(consents)}" if consents else ""
    alone = f", which with {found.scopes[0]} alone it does not" if len(found.scopes) > 1 else ""
    how = f"by {found.by}, in {len(found.witness)} steps"
    return f"An app with {scopes}{said}: {SAID[found.sort]}{alone}, {how} [{marks}]:"


def scopes_opened(policy: ScopesPolicy) -> str:
    """What scopes open, by the messages that it is open on; of one that narrows, what it does."""
    first = policy.vendor.scopes[policy.scopes[0]]
    if not policy.channels:
        keeps = f", and keeps what others open to a message when {first.extent.phrase}" if first.narrows else ""
        return f"nothing{keeps}"
    by_extent: dict[str, list[str]] = {}
    for operation, extent in policy.channels.items():
        on = "" if operation in ("send", "subscribe", "rule") else _of(extent)
        by_extent.setdefault(on, []).append(operation)
    return "; ".join(f"{', '.join(operations)} {on}".strip() for on, operations in by_extent.items())


def _of(extent: Extent) -> str:
    if extent == NOTHING:
        return "of no message"
    return "of any message" if extent == EVERYTHING else f"of a message when {extent.phrase}"


def _behaviour(vendor: Vendor) -> list[Fact]:
    """How a refusal looks, and what a revocation does, as facts."""
    refusal, revocation = vendor.refusal, vendor.revocation
    facts = [Fact(f"Refused: {refusal.text}", refusal.source, refusal.mark)]
    if revocation:
        lag = f" Modelled as {revocation.lag:g} seconds." if revocation.lag else ""
        facts.append(Fact(f"Taken back: {revocation.text}{lag}", revocation.source, revocation.mark))
    return facts


def _facts(facts: Iterable[Fact]) -> str:
    return "\n".join(wrap(f"{fact.text} [{fact.mark}]", "  ") for fact in facts)


SIGNS: Mapping[Fit, str] = {"exactly": "=", "wider": ">", "not at all": "-"}
COLUMNS: Mapping[str, Extent] = {
    "own": READINGS["authored"],
    "picked": READINGS["authored"] | READINGS["tagged"],
    "via": READINGS["via-app"],
    "reply": READINGS["reply"],
    "thread": READINGS["threaded"],
    "addr.": READINGS["addressed"],
    "all": READINGS["everything"],
}
"""Readings that a table of platforms has room for, by a short name."""


def expressed_table(vendors: Iterable[Vendor]) -> str:
    """Which platforms can express which reading of "the app's content": a reading a column; platforms alike, a row."""
    found = expressed(vendors, COLUMNS.values())
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, fits in found.items():
        row = tuple(f"{SIGNS[each.fit]} {each.mark or ''}".strip() for each in fits.values())
        alike.setdefault(row, []).append(name)
    rows = [(", ".join(names), *row) for row, names in alike.items()]
    legend = (
        "Text of these messages can be granted: = exactly; > only with more; - not at all. A letter is the mark, how "
        f"well that is known. {'; '.join(f'{short}: {each.name}' for short, each in COLUMNS.items())}."
    )
    return f"{table(['', *COLUMNS], rows, gap=1)}\n\n{wrap(legend)}"


def sufficient_report(vendor: Vendor, features: Mapping[str, str], needs: Sequence[str], found: Sufficient) -> str:
    """The least scopes of a platform that keep features, what a person is shown, and what else they open."""
    kept = " and ".join(features)
    head = (
        f"Tried: {number(found.tried)} sets of scopes in every history of at most {found.bound} steps; 3 people, "
        f"1 app; {number(found.histories)} histories, {number(found.states)} states"
    )
    called = [
        (name, f"called for in {number(found.fired[name])}", says)
        for name, says in zip(found.fired, needs, strict=True)
    ]
    sentences = "\n".join(wrap(f"{feature}: {says}", "  ") for feature, says in features.items())
    parts = [wrap(head), f"{sentences}\n{table(['', '', ''], called)}"]
    if not all(found.fired.values()):
        parts.append("not tested: no history calls for all of it; use a larger `--max-steps`")
    elif not found.least:
        parts.append(
            wrap(
                f"Under this model of {vendor.title}, as of {vendor.as_of}, no set of scopes keeps {kept}: it is asked "
                "for by a call, and none of them opens one on such messages."
            )
        )
    else:
        parts.append(wrap(f"The least that keeps {kept} under this model of {vendor.title}, as of {vendor.as_of}:"))
        for scopes, alike in found.least.items():
            policy = ScopesPolicy(vendor, scopes)
            marks = ", ".join(dict.fromkeys(vendor.mark(vendor.scopes[name]) for name in scopes))
            lines = [f"{' and '.join(scopes)} [{marks}]"]
            consents = [f'"{scope.consent}"' for name in scopes if (scope := vendor.scopes[name]).consent]
            lines += [wrap(f"  A person is shown: {' and '.join(consents)}.", "  ")] if consents else []
            lines.append(wrap(f"  Opens {scopes_opened(policy)}.", "  "))
            lines += [wrap(f"  Likewise {', '.join(alike)}.", "  ")] if alike else []
            parts.append("\n".join(lines))
        parts.append("Can it be limited to the app's content?\n" + expressed_table([vendor]))
    return "\n\n".join(parts)
