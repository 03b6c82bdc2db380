"""Words × layers of predicted labels as a table, several checkpoints side by side: colour by label, pale where the probability is low. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal

import numpy as np

from probing.analysis.predicted_labels import LabelReading, differing

Theme = Literal["light", "dark"]
# Twelve hues of one lightness a theme: the text on them reads at 6 : 1 or better. Neighbours in the list are far apart in hue.
COLOURS: dict[Theme, tuple[str, ...]] = {
    "light": (
        *("#80C3FF", "#EBB25F", "#7AD59C", "#F59ECF", "#FFA189", "#44D4E2"),
        *("#D5A8F8", "#BBC769", "#FF9DA5", "#A7B7FF", "#52D7C1", "#D6BD5C"),
    ),
    "dark": (
        *("#1B558A", "#734800", "#096338", "#7A3860", "#823928", "#00626E"),
        *("#64407D", "#515800", "#82363F", "#424C8C", "#006455", "#655100"),
    ),
}
PAGE: dict[Theme, tuple[str, str]] = {"light": ("#FFFFFF", "#1B2430"), "dark": ("#10151C", "#E4E9F0")}  # background and ink
NOTHING = "O"  # of BIO tags: no colour
WIDTH, LEAST, WIDEST = 59.0, 2.7, 8.0  # rem: of all cells of a row together, of a cell
PALEST = 0.15  # how much of its colour a label has at chance
STYLE = """<style>
.st-read{{overflow:auto;max-height:33rem;--page:{page};--ink:{ink}}}
.st-read table{{border-collapse:separate;border-spacing:2px;color:var(--ink);font-size:.77rem;line-height:1.4}}
.st-read thead th{{position:sticky;top:0;background:var(--page);font-weight:600;z-index:1}}
.st-read tbody th{{position:sticky;left:0;background:var(--page);text-align:right;font-weight:500;padding:0 .5rem 0 0;
max-width:11rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}}
.st-read td{{text-align:center;padding:.16rem .15rem;min-width:1.8rem;max-width:{wide:.2f}rem;overflow:hidden;text-overflow:ellipsis;
white-space:nowrap;border-radius:3px}}
.st-read td.differs{{box-shadow:inset 0 0 0 2px var(--ink);font-weight:700}}
.st-read .gap{{border-left:.6rem solid transparent;background-clip:padding-box;max-width:calc({wide:.2f}rem + .6rem)}}
@media (max-width:1200px){{.st-read table{{font-size:.7rem;border-spacing:1px}}.st-read td{{padding:.16rem .1rem}}}}
.st-read caption,.st-read .said{{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}}
</style>"""


def table_html(readings: Sequence[LabelReading], theme: Theme, caption: str) -> str:
    """The first reading is the base: labels of the others that differ from its labels are framed. All text is escaped.

    Every cell says its likeliest labels with their probabilities where the pointer rests; `caption` is the table's text alternative.
    """
    page, ink = PAGE[theme]
    colours = label_colours(readings, theme)
    base, *others = readings
    # A long label is cut rather than that a checkpoint is out of sight.
    wide = min(WIDEST, max(LEAST, WIDTH / sum(len(reading.layers) for reading in readings)))
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
            _cell(reading, layer, word, colours, _gap(number, not place, (layer, word) in marked[number]))
            for number, reading in enumerate(readings)
            for place, layer in enumerate(reading.layers)
        )
        rows.append(f'<tr><th scope="row" title="{escape(form)}">{escape(form)}</th>{cells}</tr>')
    return (
        f'{STYLE.format(page=page, ink=ink, wide=wide)}<div class="st-read" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr><td></td>{groups}</tr><tr><th>Layer</th>{layers}</tr>"
        f"</thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def label_colours(readings: Sequence[LabelReading], theme: Theme) -> dict[str, str]:
    """A colour for each label that is read: the one of its place among the classes, or the next that none of the others has while there is one."""
    classes = list(dict.fromkeys(label for reading in readings for label in reading.classes))
    read = {reading.label(layer, word) for reading in readings for layer in reading.layers for word in range(len(reading.words))}
    palette, found = COLOURS[theme], dict[str, str]()
    for place, label in enumerate(classes):
        if label in read and label != NOTHING:
            turned = [palette[(place + step) % len(palette)] for step in range(len(palette))]
            found[label] = next((colour for colour in turned if colour not in found.values()), turned[0])
    return found


def _cell(reading: LabelReading, layer: int, word: int, colours: dict[str, str], look: str) -> str:
    label = reading.label(layer, word)
    if label is None:
        return f'<td{look} title="no vector">–</td>'
    chance = reading.chance(layer, word)
    told = ", ".join(f"{name} {100 * share:.0f} %" for name, share in reading.likeliest(layer, word))
    told = escape(f"{reading.words[word]}, {reading.name}, layer {layer}: {told}")
    colour = colours.get(label)
    fill = f' style="background-color:{faded(colour, chance, len(reading.classes))}"' if colour else ""
    differs = ", differs from the base" if "differs" in look else ""
    return f'<td{look}{fill} title="{told}">{escape(label)}<span class="said"> {100 * chance:.0f} %{differs}</span></td>'


def faded(colour: str, chance: float, classes: int) -> str:
    """`#RRGGBB` with as much opacity as the probability is above chance."""
    lowest = 1 / max(classes, 2)
    share = float(np.clip((chance - lowest) / (1 - lowest), 0, 1))
    return f"{colour}{round(255 * (PALEST + (1 - PALEST) * share)):02X}"


def _gap(number: int, first: bool = True, differs: bool = False) -> str:
    """The class of a cell: the first of a checkpoint stands apart from the checkpoint before it."""
    names = [name for name, here in (("gap", number and first), ("differs", differs)) if here]
    return f' class="{" ".join(names)}"' if names else ""
