"""Words × layers of predicted labels as a table, several checkpoints side by side: colour by label, pale where the probability is low. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

import numpy as np

from probing.analysis.predicted_labels import LabelReading, differing

Colour = tuple[str, str]  # on a light page, and on a dark one
# Twelve hues of one lightness a theme: the text on them reads at 5 : 1 or better. Neighbours in the list are far apart in hue.
COLOURS: tuple[Colour, ...] = (
    *(("#80C3FF", "#1B558A"), ("#EBB25F", "#734800"), ("#7AD59C", "#096338"), ("#F59ECF", "#7A3860")),
    *(("#FFA189", "#823928"), ("#44D4E2", "#00626E"), ("#D5A8F8", "#64407D"), ("#BBC769", "#515800")),
    *(("#FF9DA5", "#82363F"), ("#A7B7FF", "#424C8C"), ("#52D7C1", "#006455"), ("#D6BD5C", "#655100")),
)
PAGE: Colour = ("#FFFFFF", "#10151C")
NOTHING = "O"  # of BIO tags: no colour
WIDTH, LEAST, WIDEST = 59.0, 2.1, 8.0  # rem: of all cells of a row together, of a cell
SIGN, PADDING = 0.45, 0.3  # rem: a sign of a label, what stands beside it in its cell
PALEST = 0.15  # how much of its colour a label has at chance
STYLE = """<style>
.st-read{{overflow:auto;max-height:33rem;--page:light-dark({page})}}
.st-read table{{border-collapse:separate;border-spacing:2px;font-size:.77rem;line-height:1.4}}
.st-read thead{{position:sticky;top:0;z-index:1}}
.st-read thead :is(th,td){{background:var(--page);font-weight:600}}
.st-read tbody th{{position:sticky;left:0;background:var(--page);text-align:right;font-weight:500;padding:0 .5rem 0 0;
max-width:11rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}}
.st-read td{{text-align:center;padding:.16rem .15rem;min-width:1.8rem;max-width:{wide:.2f}rem;overflow:hidden;text-overflow:ellipsis;
white-space:nowrap;border-radius:3px}}
.st-read td.differs{{box-shadow:inset 0 0 0 2px currentColor;font-weight:700}}
.st-read .gap{{border-left:.6rem solid transparent;background-clip:padding-box;max-width:calc({wide:.2f}rem + .6rem)}}
.st-key{{display:flex;flex-wrap:wrap;gap:.2rem .9rem;font-size:.8rem;margin:.4rem 0 0;padding:0;list-style:none}}
.st-key b{{padding:0 .25rem;border-radius:3px}}
@media (max-width:1200px){{.st-read table{{font-size:.7rem;border-spacing:1px}}.st-read td{{padding:.16rem .1rem}}}}
.st-read caption,.st-read .said{{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}}
</style>"""


def table_html(readings: Sequence[LabelReading], caption: str) -> str:
    """The first reading is the base: labels of the others that differ from its labels are framed. All text is escaped.

    Every cell says its likeliest labels with their probabilities where the pointer rests; `caption` is the table's text alternative. The page's own
    `color-scheme` chooses between the colours of the two themes.
    """
    colours = label_colours(readings)
    base, *others = readings
    # A long label is shortened rather than that a checkpoint is out of sight.
    wide = min(WIDEST, max(LEAST, WIDTH / sum(len(reading.layers) for reading in readings)))
    read = {
        label
        for one in readings
        for layer in one.layers
        for word in range(len(one.words))
        if (label := one.label(layer, word)) is not None
    }
    short = short_labels(sorted(read), int((wide - PADDING) / SIGN))
    marked = [set(), *(differing(base, other) for other in others)]
    groups = "".join(
        f'<th scope="colgroup" colspan="{len(reading.layers)}"{_gap(number)}>{escape(reading.name)}</th>'
        for number, reading in enumerate(readings)
    )
    layers = "".join(
        f'<th scope="col"{_gap(number, not place)}>{layer}</th>'
        for number, reading in enumerate(readings)
        for place, layer in enumerate(reading.layers)
    )
    rows = []
    for word, form in enumerate(base.words):
        cells = "".join(
            _cell(reading, layer, word, colours, short, _gap(number, not place, (layer, word) in marked[number]))
            for number, reading in enumerate(readings)
            for place, layer in enumerate(reading.layers)
        )
        rows.append(f'<tr><th scope="row" title="{escape(form)}">{escape(form)}</th>{cells}</tr>')
    return (
        f"{STYLE.format(page=','.join(PAGE), wide=wide)}"
        f'<div class="st-read" role="region" tabindex="0" aria-label="Predicted labels by layer"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr><td></td>{groups}</tr><tr><th>Layer</th>{layers}</tr>"
        f"</thead><tbody>{''.join(rows)}</tbody></table></div>{_key(short, colours)}"
    )


def short_labels(labels: Iterable[str], signs: int) -> dict[str, str]:
    """Each label as it fits: whole where it has at most so many signs, else the first letters of its parts, as many as tell it from the others.

    `B-object_name` becomes `B-on`; the tag of a span stays in front. A short form may be longer than `signs`, so that no two are the same.
    """
    short: dict[str, str] = {}
    for label in labels:
        found = re.fullmatch(r"([BIESLU]-)?(.*)", label, re.DOTALL)
        front, rest = (found[1] or "", found[2]) if found else ("", label)
        parts = [part for part in re.split(r"[\W_]+", rest) if part] or [rest]
        forms = (
            front + "".join(part[:size] for part in parts) for size in range(1 if len(parts) > 1 else 3, max(map(len, parts)))
        )
        short[label] = label if len(label) <= signs else next((form for form in forms if form not in short.values()), label)
    return short


def _key(short: Mapping[str, str], colours: Mapping[str, Colour]) -> str:
    """What the shortened labels stand for."""
    told = [
        f'<li><b style="background-color:light-dark({",".join(colours[label])})">{escape(form)}</b> {escape(label)}</li>'
        for label, form in short.items()
        if form != label and label in colours
    ]
    return f'<ul class="st-key" aria-label="Shortened labels">{"".join(told)}</ul>' if told else ""


def label_colours(readings: Sequence[LabelReading]) -> dict[str, Colour]:
    """A colour for each label that is read: the one of its place among the classes, or the next that none of the others has while there is one."""
    classes = list(dict.fromkeys(label for reading in readings for label in reading.classes))
    read = {reading.label(layer, word) for reading in readings for layer in reading.layers for word in range(len(reading.words))}
    found = dict[str, Colour]()
    for place, label in enumerate(classes):
        if label in read and label != NOTHING:
            turned = [COLOURS[(place + step) % len(COLOURS)] for step in range(len(COLOURS))]
            found[label] = next((colour for colour in turned if colour not in found.values()), turned[0])
    return found


def _cell(
    reading: LabelReading, layer: int, word: int, colours: Mapping[str, Colour], short: Mapping[str, str], look: str
) -> str:
    label = reading.label(layer, word)
    if label is None:
        return f'<td{look} title="no vector">–</td>'
    chance = reading.chance(layer, word)
    told = ", ".join(f"{name} {100 * share:.0f} %" for name, share in reading.likeliest(layer, word))
    told = escape(f"{reading.words[word]}, {reading.name}, layer {layer}: {told}")
    colour = colours.get(label)
    fill = f' style="background-color:{faded(colour, chance, len(reading.classes))}"' if colour else ""
    differs = ", differs from the base" if "differs" in look else ""
    return f'<td{look}{fill} title="{told}">{escape(short[label])}<span class="said"> {100 * chance:.0f} %{differs}</span></td>'


def faded(colour: Colour, chance: float, classes: int) -> str:
    """The colour of either theme, with as much opacity as the probability is above chance."""
    lowest = 1 / max(classes, 2)
    share = float(np.clip((chance - lowest) / (1 - lowest), 0, 1))
    opacity = f"{round(255 * (PALEST + (1 - PALEST) * share)):02X}"
    return f"light-dark({','.join(one + opacity for one in colour)})"


def _gap(number: int, first: bool = True, differs: bool = False) -> str:
    """The class of a cell: the first of a checkpoint stands apart from the checkpoint before it."""
    names = [name for name, here in (("gap", number and first), ("differs", differs)) if here]
    return f' class="{" ".join(names)}"' if names else ""
