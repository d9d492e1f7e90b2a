"""How is it told what each rule could have shown of a real mailbox? Counts, and the messages in which rules differ.

People are told apart by numbers, and no text is told, unless somebody asks for it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise

from attrs import asdict, frozen

from permiscope.model.codec import Plain
from permiscope.report.story import quoted
from permiscope.report.text import number, printable, table, wrap
from permiscope.service.door.showing import ask_for_all
from permiscope.service.policies.policy import ExtentPolicy
from permiscope.sources.items import Problems
from permiscope.sources.mailbox import APP, Mailbox

FEW = 3
"""So many messages are named where all would be a wall of numbers; the JSON has them all."""
LIMITS = (
    "What this does not show: what any app did, was meant to do, or could do on a real platform. It is what each "
    "rule, enforced without a fault, could have shown of these messages, with the app recognised as above."
)


@frozen
class Exposure:
    """What one rule could have shown of a mailbox.

    `shown` are the messages that it surely could, `perhaps` those for which it depends on messages that are not here;
    `cannot_say` is why the mailbox does not decide the rule, if so. `bodies` counts those shown that have a text,
    `others` the people besides the owner who wrote them, `older` those dated before the grant; `oldest` is the time of
    the first (seconds since 1970).
    """

    rule: str
    cannot_say: str | None = None
    shown: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    bodies: int = 0
    others: int = 0
    older: int = 0
    oldest: float | None = None


def expose(mailbox: Mailbox) -> list[Exposure]:
    """What each rule could have shown: the door is asked for every message under each."""
    return [_expose(mailbox, rule) for rule in mailbox.rules]


def _expose(mailbox: Mailbox, rule: str) -> Exposure:
    if rule in mailbox.cannot_say:
        return Exposure(rule, mailbox.cannot_say[rule])
    undecided = mailbox.undecided[rule]
    calls = ask_for_all(ExtentPolicy(mailbox.rules[rule]), mailbox.state, APP, mailbox.owner)
    shown = [message for call in calls for message in call.shown if message.id not in undecided]
    granted = mailbox.state.windows[APP, mailbox.owner][0].start
    times = [time for message in shown if (time := mailbox.items[message.id].time) is not None]
    return Exposure(
        rule,
        shown=tuple(message.id for message in shown),
        perhaps=tuple(name for name in mailbox.items if name in undecided),
        bodies=sum(bool(mailbox.items[message.id].text) for message in shown),
        others=len({message.author for message in shown} & mailbox.others.keys()),
        older=sum(message.position < granted and mailbox.items[message.id].time is not None for message in shown),
        oldest=min(times, default=None),
    )


def audit_text(
    mailbox: Mailbox, exposures: Iterable[Exposure], problems: Problems, *, names: bool = False, bodies: bool = False
) -> str:
    """Everything for the terminal: a line a rule, what tells rules apart, and what was wrong in the source."""
    exposures = list(exposures)
    total = len(mailbox.items)
    whose = f"{mailbox.owner if names else 'the owner'}'s mailbox"
    head = f"What could each rule have shown? Messages in {whose}: {number(total)}; other people who wrote some: "
    head += f"{number(len(mailbox.others))}. The rules are explained by `permiscope list readings`."
    decided = [each for each in exposures if each.cannot_say is None]
    undecided = [(each.rule, each.cannot_say) for each in exposures if each.cannot_say]
    parts = [wrap(head), _exposure_table(mailbox, decided)]
    if any(each.perhaps for each in decided):
        parts.append(
            wrap("A range: whether some belong depends on what is not here, a message or a mail program's name.")
        )
    if undecided:
        parts.append(table(["CANNOT SAY", "BECAUSE"], undecided))
    parts.append(_differences(mailbox, decided, names=names, bodies=bodies))
    # Where something was found may name people: files are called after them, and conversations.
    if rows := [(number(count), what, *([where] if names else [])) for what, count, where in problems]:
        parts.append(table(["TIMES", "FOUND IN THE SOURCE", *(["FIRST IN"] if names else [])], rows))
    return printable("\n\n".join(filter(None, [*parts, wrap(LIMITS)])))


def audit_plain(mailbox: Mailbox, exposures: Iterable[Exposure], problems: Problems, *, names: bool = False) -> Plain:
    """The same for a program: every message by its number, with its id in the source if names are asked for."""
    return {
        "messages": len(mailbox.items),
        "others": len(mailbox.others),
        "owner": mailbox.owner if names else "owner",
        "granted_on": _day(mailbox.granted_on),
        "rules": [
            {
                **asdict(each),
                "oldest": _day(each.oldest),
                "share": [round(len(each.shown) / len(mailbox.items), 6), round(_most(each) / len(mailbox.items), 6)],
            }
            for each in exposures
        ],
        "ids": {name: item.name if names else None for name, item in mailbox.items.items()},
        "problems": {what: count for what, count, _ in problems},
    }


def _exposure_table(mailbox: Mailbox, decided: Iterable[Exposure]) -> str:
    total = len(mailbox.items)
    rows = []
    for each in decided:
        low, high = len(each.shown), _most(each)
        row = [
            each.rule,
            _range(low, high),
            number(each.bodies),
            f"{_range(_percent(low, total), _percent(high, total))} %",
        ]
        row += [number(each.others), _day(each.oldest) or "–"]
        if mailbox.granted_on is not None:
            row.append(number(each.older))
        rows.append(row)
    heads = ["RULE", "MESSAGES", "TEXTS", "SHARE", "OTHER PEOPLE", "OLDEST"]
    return table([*heads, "OLDER THAN GRANT"] if mailbox.granted_on is not None else heads, rows)


def _differences(mailbox: Mailbox, decided: list[Exposure], *, names: bool, bodies: bool) -> str:
    """The messages that each rule could show and the next could not, and the other way round."""
    rows = []
    named: dict[str, None] = {}
    for one, other in pairwise(decided):
        before, after = frozenset(one.shown), frozenset(other.shown)
        fewer = [name for name in one.shown if name not in after]
        more = [name for name in other.shown if name not in before]
        named |= dict.fromkeys([*fewer[:FEW], *more[:FEW]])
        rows.append((one.rule, other.rule, _some("-", fewer), _some("+", more)))
    lines = [table(["FROM", "TO", "NO LONGER", "NEW"], rows)] if rows else []
    details = [_detail(mailbox, name, names=names, bodies=bodies) for name in mailbox.items if name in named]
    if details:
        lines.append(
            table(["MESSAGE", "DATE", "FROM", *(["ITS ID"] if names else []), *(["TEXT"] if bodies else [])], details)
        )
    return "\n\n".join(lines)


def _detail(mailbox: Mailbox, name: str, *, names: bool, bodies: bool) -> list[str]:
    item = mailbox.items[name]
    row = [name, _day(item.time) or "–", mailbox.who(name, names=names)]
    if names:
        row.append(item.name or item.where)
    if bodies:
        row.append(quoted(item.text or item.subject))
    return row


def _most(each: Exposure) -> int:
    return len(each.shown) + len(each.perhaps)


def _some(sign: str, names: list[str]) -> str:
    if not names:
        return "="
    more = ", ..." if len(names) > FEW else ""
    return f"{sign}{number(len(names))}: {', '.join(names[:FEW])}{more}"


def _percent(part: int, total: int) -> int:
    """Rounded; but some is never told as none, nor less than all as all."""
    return max(1, min(99, round(100 * part / total))) if 0 < part < total else 100 * part // total


def _range(low: int, high: int) -> str:
    return number(low) if low == high else f"{number(low)}–{number(high)}"


def _day(time: float | None) -> str | None:
    return None if time is None else datetime.fromtimestamp(time, UTC).date().isoformat()
