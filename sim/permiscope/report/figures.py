"""How does it look? Figures for a projector, in the Okabe–Ito colours; no colour is ever the only cue.

Each function returns a figure; `save` writes it as SVG and PNG. Times come in virtual seconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import cycle
from pathlib import Path
from typing import Any

import matplotlib as mpl
from attrs import frozen
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, MultipleLocator, PercentFormatter, StrMethodFormatter

from permiscope.judge.exposure import Life
from permiscope.model.streams import HOUR
from permiscope.report.files import replacing
from permiscope.statistics.apart import Apart

BLACK, _, _, GREEN, _, BLUE, VERMILLION, PURPLE = mpl.color_sequences["okabe_ito"]
LIGHT, GREY = "0.9", "0.7"
LINES = ((BLUE, "-"), (VERMILLION, "--"), (GREEN, "-."), (PURPLE, ":"))
Look = dict[str, Any]  # matplotlib's keywords

OWN: Look = {"facecolor": BLUE, "linewidth": 0}
LEAK: Look = {"facecolor": VERMILLION, "edgecolor": "white", "hatch": "//", "linewidth": 0}
REFUSED: Look = {"facecolor": LIGHT, "linewidth": 0}
UNTESTED: Look = {"facecolor": "white", "edgecolor": LIGHT, "linewidth": 2}
ARRIVAL: Look = {"markersize": 10, "markerfacecolor": "white", "markeredgewidth": 2.5, "linestyle": ""}
OWN_ARRIVAL: Look = {**ARRIVAL, "marker": "s", "markeredgecolor": BLUE}
PRIVATE_ARRIVAL: Look = {**ARRIVAL, "marker": "o", "markeredgecolor": VERMILLION}


def staircase(
    title: str,
    exist: Sequence[float],
    seen: Mapping[str, Sequence[float]],
    start: float,
    end: float,
    unit: tuple[str, float] = ("hours", HOUR),
) -> Figure:
    """The exposure staircase: private messages that the app has, a line each; dotted, those that exist.

    `start` is the time of the grant and `end` the horizon; the axis is in a unit, by its name and in virtual seconds.
    Of each message `exist` has when it arrived, and `seen`, by the name of the line, when the app first had it.
    """
    with _style():
        figure, axes = _page(title)
        name, second = unit
        last = (end - start) / second

        def climb(times: Iterable[float], look: Look) -> None:
            steps = sorted(max((time - start) / second, 0.0) for time in times)
            heights = [0, *range(1, len(steps) + 1), len(steps)]
            axes.step([0.0, *steps, last], heights, where="post", clip_on=False, **look)

        for times, (colour, dashes) in zip(seen.values(), cycle(LINES), strict=False):
            climb(times, {"color": colour, "linestyle": dashes})
        climb(exist, {"color": BLACK, "linestyle": (0, (1, 1.5))})
        top = max(1.0, len(exist) * 1.06)
        _label_ends(
            axes, {**{line: len(times) for line, times in seen.items()}, "all private mail": len(exist)}, last, top
        )
        axes.set_xlim(0, last)
        axes.set_ylim(0, top)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel(f"{name} since the grant")
        axes.set_ylabel("private messages")
        return figure


def raster(title: str, lives: Sequence[Life], end: float, revoked: float | None = None) -> Figure:
    """The knowledge raster: a row a message; hollow, it arrives; a thick bar, the app has it and keeps it."""
    with _style():
        figure, axes = _page(title)
        for row, life in enumerate(lives):
            arrived = life.arrived / HOUR
            if life.known is not None:
                known = life.known / HOUR
                axes.barh(row, end / HOUR - known, 0.62, known, **(LEAK if life.private else OWN))
                axes.plot([arrived, known], [row, row], color=GREY, linewidth=1.5, zorder=0)
            axes.plot(arrived, row, **(PRIVATE_ARRIVAL if life.private else OWN_ARRIVAL))
        axes.set_yticks(range(len(lives)), [life.message for life in lives], fontsize=min(15, 400 / max(len(lives), 1)))
        axes.set_ylim(len(lives) - 0.4, -0.9)
        axes.set_xlim(0, end / HOUR)
        axes.xaxis.set_major_locator(MultipleLocator(4))
        axes.set_xlabel("hours since midnight")
        if revoked is not None:
            axes.axvline(revoked / HOUR, color=BLACK, linewidth=2, linestyle="--")
            axes.annotate(
                "revoked", (revoked / HOUR, 1.0), xycoords=("data", "axes fraction"), ha="center", va="bottom"
            )
        keys = [
            Line2D([], [], **PRIVATE_ARRIVAL, label="a private message arrives"),
            Rectangle((0, 0), 1, 1, **LEAK, label="the app has it"),
            Line2D([], [], **OWN_ARRIVAL, label="the app's own content arrives"),
            Rectangle((0, 0), 1, 1, **OWN, label="the app has it"),
        ]
        figure.legend(handles=keys, loc="outside lower center", ncols=2, frameon=False)
        return figure


ANSWERS: Mapping[str, Look] = {"yes": OWN, "no": REFUSED, "LEAK": LEAK}
"""What came of a request, and how that looks."""


def matrix(
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Mapping[tuple[str, str], str],
    looks: Mapping[str, Look] = ANSWERS,
) -> Figure:
    """Rows × columns, as rule × request: in each cell a word, with the look of that word.

    Cells go by (row, column).
    """
    with _style():
        figure, axes = _page(title)
        for y, row in enumerate(rows):
            for x, column in enumerate(columns):
                word = cells[row, column]
                look = looks[word]
                axes.add_patch(Rectangle((x + 0.03, y + 0.05), 0.94, 0.9, **look))
                words: Look = {"color": "white" if look is OWN else BLACK, "fontsize": 17}
                if look is LEAK:
                    words |= {"weight": "bold", "bbox": {"facecolor": VERMILLION, "edgecolor": "none"}}
                axes.text(x + 0.5, y + 0.5, word, ha="center", va="center", **words)
        axes.set_xlim(0, len(columns))
        axes.set_ylim(len(rows), 0)
        axes.set_xticks([x + 0.5 for x in range(len(columns))], columns)
        axes.set_yticks([y + 0.5 for y in range(len(rows))], rows)
        axes.tick_params(length=0, labeltop=True, labelbottom=False)
        axes.spines[:].set_visible(False)
        return figure


def telling_apart(title: str, lines: Mapping[str, Sequence[Apart]]) -> Figure:
    """Telling the claims apart: the share of private mail against that of the days on which their verdicts differ.

    A line for each pair of claims, by its name, with a band for the exact 95 % interval of each estimate.
    """
    with _style():
        figure, axes = _page(title)
        drawn = {name: sorted(points, key=lambda each: each.share) for name, points in lines.items()}
        for points, (colour, _) in zip(drawn.values(), LINES, strict=False):
            low, high = zip(*(each.interval for each in points), strict=True)
            axes.fill_between([each.share for each in points], low, high, color=colour, alpha=0.2, linewidth=0)
        estimates = {name: [(each.share, each.apart / each.draws) for each in points] for name, points in drawn.items()}
        _chances(axes, estimates)
        axes.set_xlim(-0.01, 1.01)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
        axes.set_xlabel("share of the mail that is private")
        axes.set_ylabel("days that tell the two claims apart")
        figure.legend(loc="outside lower center", ncols=1, frameon=False, handlelength=4)
        return figure


def detection(title: str, caught: Mapping[str, Sequence[int | None]], most: int) -> Figure:
    """A strong rule beats many tests: generated days (log) against faulty systems caught, a line a rule.

    Of each rule, `caught` has for every faulty system the day on which it was caught, from 1, or None; `most` is how
    many days were generated.
    """
    with _style():
        figure, axes = _page(title)
        total = max(map(len, caught.values()))
        for days, (colour, dashes) in zip(caught.values(), LINES, strict=False):
            found = sorted(day for day in days if day is not None)
            axes.step(
                [1, *found, most],
                [0, *range(1, len(found) + 1), len(found)],
                where="post",
                color=colour,
                linestyle=dashes,
            )
        axes.axhline(total, color=BLACK, linewidth=1.5, linestyle=(0, (1, 1.5)))
        axes.set_xscale("log")
        axes.set_xlim(1, most)
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.set_ylim(0, total * 1.04)
        counts = {name: sum(day is not None for day in days) for name, days in caught.items()}
        _label_ends(axes, {**counts, "all faulty systems": total}, most, total)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("generated days")
        axes.set_ylabel("faulty systems caught")
        return figure


@frozen
class Spell:
    """Something that lasted from a year to a year, or happened in one, as a source of this mark says.

    Years are decimal. `end` is the last one that the source speaks of; `is_open` says that it does not say that it was
    over then. Where another source has a later end, that is `latest`.
    """

    name: str
    kind: str
    mark: str
    start: float
    end: float
    latest: float | None = None
    is_open: bool = False


MARK_LOOKS: Mapping[str, Look] = {
    "V": {"hatch": "", "alpha": 1.0, "linewidth": 0},
    "S": {"hatch": "//", "edgecolor": "white", "linewidth": 0},
    "A": {"facecolor": "white", "linewidth": 2.5},
}
"""How well something is known: full, hatched, hollow."""
MARK_WORDS = {"V": "[V] primary text", "S": "[S] secondary source", "A": "[A] quoted only"}
LEAST = 0.12
"""Years that are drawn of what took a day."""


def timeline(title: str, spells: Sequence[Spell], start: int, end: int) -> Figure:
    """A row a spell, by kind and by year; full, hatched or hollow by its mark; a dotted end where sources differ."""
    with _style():
        figure, axes = _page(title)
        kinds = list(dict.fromkeys(spell.kind for spell in spells))
        colours = dict(zip(kinds, (BLUE, GREEN, VERMILLION), strict=False))
        for row, spell in enumerate(spells):
            colour = colours[spell.kind]
            look: Look = {"facecolor": colour, "edgecolor": colour, **MARK_LOOKS[spell.mark]}
            last = max(spell.end, spell.start + LEAST)
            axes.barh(row, last - spell.start, 0.62, spell.start, **look)
            if spell.latest is not None:
                axes.plot([last, spell.latest], [row, row], color=colour, linewidth=3, linestyle=":")
                axes.plot(spell.latest, row, marker="|", markersize=14, markeredgewidth=3, color=colour)
            if spell.is_open:
                axes.text(last + 0.1, row, "end not known", va="center", fontsize=12.5)
        axes.set_yticks(range(len(spells)), [f"{spell.name} [{spell.mark}]" for spell in spells], fontsize=12.5)
        axes.set_ylim(len(spells) - 0.4, -0.6)
        axes.set_xlim(start, end)
        axes.xaxis.set_major_locator(MultipleLocator(2))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
        axes.grid(axis="x", color=LIGHT)
        axes.set_axisbelow(True)
        keys = [Rectangle((0, 0), 1, 1, facecolor=colours[kind], label=kind) for kind in kinds]
        for mark, words in MARK_WORDS.items():
            keys.append(
                Rectangle((0, 0), 1, 1, **{"facecolor": GREY, "edgecolor": GREY, **MARK_LOOKS[mark]}, label=words)
            )
        figure.legend(handles=keys, loc="outside lower center", ncols=len(keys) // 2, frameon=False, fontsize=13)
        return figure


@frozen
class Sum:
    """An amount in millions of dollars, or a range of them, in some years, as one source says."""

    source: str
    start: float
    end: float
    low: float
    high: float


def money(title: str, sums: Sequence[Sum]) -> Figure:
    """What was spent in which years by which source, a number each; a source may say a range of either."""
    with _style():
        figure, axes = _page(title)
        for number, each in enumerate(sums, start=1):
            colour, _ = LINES[(number - 1) % len(LINES)]
            height = max(each.high - each.low, 4.0)
            axes.add_patch(
                Rectangle(
                    (each.start, each.low - (height - (each.high - each.low)) / 2),
                    each.end - each.start,
                    height,
                    facecolor=colour,
                    alpha=0.35,
                    edgecolor=colour,
                    linewidth=2,
                )
            )
            axes.text(each.start + 0.03, each.high + 3, str(number), ha="left", va="bottom")
        axes.set_xlim(min(each.start for each in sums) - 0.3, max(each.end for each in sums) + 0.3)
        axes.set_ylim(0, max(each.high for each in sums) * 1.12)
        axes.xaxis.set_major_locator(MultipleLocator(1))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
        axes.set_ylabel("millions of US dollars a year")
        keys = [
            Line2D([], [], linestyle="", label=f"{number}  {each.source}") for number, each in enumerate(sums, start=1)
        ]
        figure.legend(handles=keys, loc="outside lower left", ncols=1, frameon=False, handlelength=0, fontsize=12.5)
        return figure


def told_of(title: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> Figure:
    """How far grants reach: the share that grants against the share of the others told of, a line by its name."""
    with _style():
        figure, axes = _page(title)
        _chances(axes, lines)
        axes.axline((0, 0), slope=1, color=BLACK, linewidth=1.5, linestyle=(0, (1, 1.5)), label="as many as granted")
        axes.set_xlim(0, max(granted for points in lines.values() for granted, _ in points))
        axes.xaxis.set_major_locator(MultipleLocator(0.05))
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_xlabel("people who grant")
        axes.set_ylabel("others who are told of")
        figure.legend(loc="outside lower center", ncols=2, frameon=False, handlelength=4)
        return figure


def noticed(title: str, lines: Mapping[str, Sequence[tuple[float, float]]], alarms: float) -> Figure:
    """What an experiment would notice: people in each group (log) against the chance, a line an effect, by its name.

    `alarms` is the chance of a false alarm that the experiment allows itself.
    """
    with _style():
        figure, axes = _page(title)
        _chances(axes, lines)
        axes.axhline(alarms, color=BLACK, linewidth=1.5, linestyle=(0, (1, 1.5)), label="false alarms allowed")
        sizes = [size for size, _ in next(iter(lines.values()))]
        axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{size:g}" for size in sizes])
        axes.minorticks_off()
        axes.set_xlabel("invented people in each of the two groups")
        axes.set_ylabel("chance that the experiment notices")
        figure.legend(loc="outside lower center", ncols=2, frameon=False, handlelength=4)
        return figure


def save(figure: Figure, path: Path, suffixes: Sequence[str] = (".svg", ".png")) -> None:
    """Write the figure as `path` with .svg and with .png; without a date, so that the same figure is the same file."""
    metadata = {".svg": {"Date": None}, ".png": {"Software": None}}
    with _style():
        for suffix in suffixes:
            with replacing(path.with_suffix(suffix)) as file:
                figure.savefig(file, format=suffix[1:], metadata=metadata[suffix])


def _style() -> AbstractContextManager[None]:
    """Large letters and thick lines; in an SVG text that can be found, and the same ids each time."""
    return mpl.rc_context(
        {
            "font.size": 15,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "hatch.linewidth": 1.5,
            "lines.linewidth": 3,
            "svg.fonttype": "none",  # text stays text
            "svg.hashsalt": "permiscope",
        }
    )


def _page(title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(12.8, 7.2), layout=ConstrainedLayoutEngine(h_pad=0.15, w_pad=0.15))
    figure.suptitle(title, x=0.012, ha="left", fontsize=18, weight="bold")
    return figure, figure.add_subplot()


def _chances(axes: Axes, lines: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    """Lines of shares from 0 to 1, each by its name, over what they depend on."""
    for (name, points), (colour, dashes), marker in zip(lines.items(), LINES, "osD^", strict=False):
        across, shares = zip(*points, strict=True)
        look: Look = {"color": colour, "linestyle": dashes, "marker": marker, "markersize": 9, "clip_on": False}
        axes.plot(across, shares, label=name, **look)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _label_ends(axes: Axes, counts: Mapping[str, int], hours: float, top: float) -> None:
    """Name each line at its end, apart from its neighbours."""
    least = top * 0.06
    at = -least
    for name, count in sorted(counts.items(), key=lambda each: each[1]):
        at = max(float(count), at + least)
        axes.annotate(
            f"{name}: {count}", (hours, at), (10, 0), textcoords="offset points", va="center", annotation_clip=False
        )
