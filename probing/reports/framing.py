"""A chart with everything that a reader needs beside it: title, finding, what is drawn and facts, at a size and in a theme. Pure.

`framed` says what stands in the frame; `frame.js` sets it, since only a browser knows how wide a text is. There are two sizes. A slide is 16 : 9 with
large type; paper is as wide as a column of text and as high as the chart needs.
"""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple, get_args

from probing.reports.document import Chart, Fact, Heading, Picture

Theme = Literal["light", "dark"]
SizeName = Literal["slide", "paper"]
THEMES: tuple[Theme, ...] = get_args(Theme)
# Each is there, or stands for one of the same width that is; no file needs to bring a font.
FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
MOST_NAMED = 24  # entries of a legend
MOST_LISTED = 8  # checkpoints in the line of facts
PLACES = ("x", "y", "x0", "x1", "y0", "y1")
_TAG = re.compile(r"<(?=/?(?:a|b|br|em|i|s|span|sub|sup|u)\b)", re.IGNORECASE)  # all that plotly knows; others are text to it


class FrameSize(NamedTuple):
    """Pixels of the picture (96 to the inch), and the type of its texts in them. `height` None: as high as the chart needs. `zoom` is by how much the
    chart itself, whose type is made for a screen, is enlarged."""

    width: int
    height: int | None
    zoom: float
    pad: float
    title: float
    finding: float
    more: float
    foot: float


SIZES: dict[SizeName, FrameSize] = {
    "slide": FrameSize(1280, 720, 1.5, 36, 18, 30, 20, 14.5),
    "paper": FrameSize(560, None, 0.95, 14, 10, 13.5, 10.5, 9),
}


class Colours(NamedTuple):
    """Of a theme. `series` are those of traces that say none of their own."""

    back: str
    ink: str
    muted: str
    grid: str
    zero: str
    link: str
    series: tuple[str, ...]


COLOURS: dict[Theme, Colours] = {
    "light": Colours(
        "#FFFFFF", "#0E1620", "#4A5563", "#E1E6EC", "#B8C0CB", "#0067A3",
        ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#7A7A7A", "#B8A800"),
    ),
    "dark": Colours(
        "#10151C", "#E4E9F0", "#A9B4C2", "#2A3441", "#4A5667", "#7CC7F2",
        ("#56B4E9", "#E69F00", "#2BC49A", "#E09BC4", "#F0804A", "#4F9BD0", "#A9A9A9", "#F0E442"),
    ),
}  # fmt: skip


def template(theme: Theme) -> dict[str, Any]:
    """Plotly's template of the theme: what a figure does not say of its own looks."""
    colours = COLOURS[theme]
    axis = {
        "automargin": True,
        "gridcolor": colours.grid,
        "zerolinecolor": colours.zero,
        "linecolor": colours.zero,
        "ticks": "",
        "title": {"standoff": 8},
    }
    return {
        "layout": {
            "font": {"family": FONT, "size": 12, "color": colours.ink},
            "paper_bgcolor": colours.back,
            "plot_bgcolor": colours.back,
            "colorway": list(colours.series),
            "xaxis": axis,
            "yaxis": axis,
            "legend": {"bgcolor": "rgba(0,0,0,0)"},
            "hoverlabel": {"font": {"family": FONT}},
            "annotationdefaults": {"arrowcolor": colours.muted},
        }
    }


def framed(part: Chart | Picture | Heading, size: SizeName, theme: Theme, link: str = "") -> dict[str, Any]:
    """What `frame.js` sets: plain texts and numbers, and the chart as plotly's JSON or the picture as SVG. A heading stands alone, its first line
    large. `link` is what the line of facts leads to."""
    spec: dict[str, Any] = {
        "figure": None,
        "svg": None,
        "natural": 0,
        "title": "",
        "drawn": "",
        "note": "",
        "foot": "",
        "link": link if link.startswith(("http://", "https://")) else "",
        "size": SIZES[size]._asdict(),
        "colours": COLOURS[theme]._asdict(),
        "font": FONT,
    }
    if isinstance(part, Heading):
        return spec | {"finding": part.text.splitlines()}
    said = {"title": part.title, "finding": sentences(part.finding), "drawn": part.drawn, "note": part.note}
    drawn = {"svg": part.svg} if isinstance(part, Picture) else {"figure": shown(part.figure, theme), "natural": part.height}
    return spec | said | drawn | {"foot": foot(part.facts)}


def sentences(finding: str) -> list[str]:
    """The sentences of a finding: the first is its headline."""
    return [one for line in finding.splitlines() for one in re.split(r"(?<=[.!?])\s+(?=[A-Z])", line) if one]


def foot(facts: tuple[Fact, ...]) -> str:
    """The facts as one line; of a long list of names the first ones and how many more there are."""
    return " · ".join(f"{fact.name}: {_few(fact.value)}" for fact in facts)


def _few(value: str) -> str:
    names = value.split(", ")
    return value if len(names) <= MOST_LISTED else f"{', '.join(names[:MOST_LISTED])} and {len(names) - MOST_LISTED} more"


def shown(figure: dict[str, Any], theme: Theme) -> dict[str, Any]:
    """The figure in the theme, its names as text, with at most so many entries in its legend that they can be read. The figure given stays as it
    is."""
    named: set[str] = set()
    figure, data = as_text(figure), []
    for trace in figure["data"]:
        if trace.get("showlegend", True) and trace.get("name"):
            named.add(str(trace.get("legendgroup") or trace["name"]))
            if len(named) > MOST_NAMED:
                trace = {**trace, "showlegend": False}
        data.append(trace)
    layout = {name: value for name, value in figure["layout"].items() if name not in ("template", "width")}
    if len(named) > MOST_NAMED and layout.get("showlegend", True):
        note = f"The legend has the first {MOST_NAMED} of {len(named)} lines."
        own = {"text": note, "xref": "paper", "yref": "paper", "x": 1, "y": 1, "xanchor": "right", "yanchor": "bottom",
               "showarrow": False, "font": {"size": 11, "color": COLOURS[theme].muted}}  # fmt: skip
        layout["annotations"] = [*layout.get("annotations", ()), own]
    return {"data": data, "layout": {**layout, "template": template(theme)}}


def as_text(figure: dict[str, Any]) -> dict[str, Any]:
    """The figure with names of series and categories in which nothing is markup; what figures themselves set in bold stays so. The figure given
    stays as it is."""
    data = [
        {key: _plain(value) if key in ("name", "x", "y") else value for key, value in trace.items()}
        for trace in figure.get("data", ())
    ]
    layout = dict(figure.get("layout", {}))
    for kind in ("annotations", "shapes"):  # they stand at categories, by name
        if kind in layout:
            layout[kind] = [{key: _plain(one) if key in PLACES else one for key, one in item.items()} for item in layout[kind]]
    return {**figure, "data": data, "layout": layout}


def _plain(value: Any) -> Any:
    """Text, or a list of texts, with a sign that nobody sees in what plotly would take for a tag."""
    if isinstance(value, str):
        return _TAG.sub("<\u2060", value)
    return [_plain(one) for one in value] if isinstance(value, list) else value


def enlarged(figure: dict[str, Any], height: int, by: float = 1.35) -> dict[str, Any]:
    """The figure for a large screen: its type, lines and signs `by` times as large, `height` pixels high. The figure given stays as it is."""
    layout = {name: value for name, value in figure.get("layout", {}).items() if name not in ("template", "width")}
    notes = [
        {**note, "font": {**note.get("font", {}), "size": by * note.get("font", {}).get("size", 12)}}
        for note in layout.get("annotations", ())
    ]
    margin = {side: by * value for side, value in layout.get("margin", {}).items() if isinstance(value, int | float)}
    font = {**layout.get("font", {}), "size": 12 * by}
    # The app's theme says the type of ticks, titles and legends itself.
    axes = {name: _larger_axis(axis, by) for name, axis in layout.items() if re.fullmatch(r"[xy]axis\d*", name)}
    legend = {**layout.get("legend", {}), "font": {**layout.get("legend", {}).get("font", {}), "size": 12 * by}}
    big = {"annotations": notes, "margin": margin, "font": font, "height": height, "legend": legend}
    return {**figure, "layout": {**layout, **axes, **big}}


def _larger_axis(axis: dict[str, Any], by: float) -> dict[str, Any]:
    title = axis.get("title") or {}
    title = {"text": title} if isinstance(title, str) else title
    return {
        **axis,
        "tickfont": {**axis.get("tickfont", {}), "size": 11 * by},
        "title": {**title, "font": {**title.get("font", {}), "size": 12.5 * by}},
    }
