"""Charts of an evaluation as inline SVG that reads on light and on dark ground."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Imported where a chart is drawn: it costs every command half a second, and looks through the
    # machine's fonts and notes them in the user's cache folder.
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH_INCHES, _HEIGHT_INCHES = 6.4, 3.4
_INK = "#808080"
"""Axes and words: a grey that stands out from white as from black."""
_COLOURS = ("#2a8fd6", "#e07b1a", "#3aa655", "#b05cc6", "#c8443c", "#8a8f00")

_NAMES_SIDE_BY_SIDE = 6
"""More names of groups than this stand aslant, so that none lies on another."""

_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


@dataclass(frozen=True)
class Line:
    """One named line of a chart; None is left out; dashed lines are to compare with."""

    name: str
    points: Sequence[tuple[float, float | None]]
    dashed: bool = False


def line_chart(lines: Sequence[Line], *, across: str, up: str) -> str:
    """Return a chart of lines over shares from 0 to 1, as an ``<svg>`` element."""
    figure, axes = _canvas(across, up)
    for line, colour in zip(lines, _COLOURS * 3, strict=False):
        points = [(x, y) for x, y in line.points if y is not None]
        style = "--" if line.dashed else "-"
        if points:
            axes.plot(*zip(*points, strict=True), style, color=colour, label=line.name, linewidth=2)
    return _svg(figure)


def bar_chart(
    groups: Mapping[str, Sequence[float | None]], *, series: Sequence[str], up: str
) -> str:
    """Return bars for each group (name -> one value a series), shares from 0 to 1, as ``<svg>``."""
    figure, axes = _canvas("", up)
    width = 0.8 / len(series)
    for place, (name, colour) in enumerate(zip(series, _COLOURS, strict=False)):
        heights = [values[place] or 0.0 for values in groups.values()]
        axes.bar(
            [i + place * width for i in range(len(groups))],
            heights,
            width * 0.92,
            color=colour,
            label=name,
        )
    middle = width * (len(series) - 1) / 2
    words = [name.replace(" (", "\n(") for name in groups]
    axes.set_xticks([i + middle for i in range(len(groups))], words, fontsize="small")
    if len(groups) > _NAMES_SIDE_BY_SIDE:
        axes.tick_params(axis="x", rotation=35)
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")
    return _svg(figure)


def _canvas(across: str, up: str) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH_INCHES, _HEIGHT_INCHES), layout="constrained")
    figure.patch.set_alpha(0.0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0.0)
    axes.set_ylim(0.0, 1.02)
    axes.set_xlabel(across, color=_INK)
    axes.set_ylabel(up, color=_INK)
    axes.tick_params(colors=_INK)
    axes.grid(visible=True, color=_INK, alpha=0.25)
    for side in axes.spines.values():
        side.set_color(_INK)
    return figure, axes


def _svg(figure: Figure) -> str:
    import matplotlib as mpl

    figure.legend(
        loc="outside upper center", ncols=2, frameon=False, labelcolor=_INK, fontsize="small"
    )
    drawn = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "ostraka"}):  # without it, ids differ from run to run
        figure.savefig(drawn, format="svg", metadata=_NO_METADATA)
    text = drawn.getvalue()
    return text[text.index("<svg") :]
