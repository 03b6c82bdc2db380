"""The online codelength of labels given vectors: how short a message tells the labels to one who has the vectors.

Voita & Titov 2020 (arXiv 2003.12298). Everything is in bits. The first block is sent at log2 K an item; each later block with the
probe that was trained on all before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from probing.measures.measure import MEASURES, Measure

LN_2 = float(np.log(2.0))


@dataclass(frozen=True)
class Codelength:
    """[...] bits each. `compression` is uniform / online; `model` is what of the message is not the data under the last probe."""

    uniform: np.ndarray
    online: np.ndarray
    model: np.ndarray

    @property
    def compression(self) -> np.ndarray:
        return np.asarray(self.uniform / self.online)


def codelength(first: int, blocks: np.ndarray, data: np.ndarray, items: int, classes: int) -> Codelength:
    """Of `items` labels of `classes` classes, the `first` of them sent uniformly.

    `blocks` [..., J]: the bits of each later block under the probe trained on all before it; `data` [...]: the bits of all items
    under the probe trained on all of them.
    """
    online = first * np.log2(classes) + np.asarray(blocks).sum(-1)
    return Codelength(np.full(np.shape(online), items * np.log2(classes)), np.asarray(online), np.asarray(online - data))


def as_published(first: float, blocks: np.ndarray) -> np.ndarray:
    """[...]: the sum that the reference code prints, `first` the bits of the first block, `blocks` [..., J] of the others.

    It adds the others in nats, and so is short of the right one by (1 − ln 2) of their bits. For comparison with published
    figures alone.
    """
    return np.asarray(first + np.asarray(blocks).sum(-1) * LN_2)


def as_published_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A row more for every codelength of all of train, as the reference code adds it up: the first block in bits, the rest in nats."""
    rows = table[table["metric"].isin(("codelength", "control_codelength"))]
    of = ["checkpoint", "task", "probe", "layer", "metric"]
    first = rows.sort_values("n").groupby(of, sort=False)["value"].first()  # the first block costs log2 K an item
    result: list[dict[str, Any]] = []
    for row in rows[rows["setting"] == "{}"].to_dict("records"):
        at = first[tuple(row[name] for name in of)]
        published = {name: float(as_published(at, np.array([row[name] - at]))) for name in ("value", "lower", "upper")}
        result.append({str(name): value for name, value in row.items()} | published | {"setting": {"as_published": True}})
    return result


of_curve = partial(Measure, sources=("curve",), formula=codelength, source="Voita & Titov 2020, arXiv 2003.12298", unit="bits")
MEASURES.register(
    of_curve(
        name="codelength",
        title="Online codelength",
        measures="The bits of a message that tells the labels of train to one who has the vectors: the first block at log2 K an "
        "item, each later block under the probe trained on all before it. Low is easy.",
        assumes="Blocks are cut between items at 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.25, 12.5, 25, 50 and 100 % of train in a "
        "random order a seed; probabilities are read after the unseen-class rule.",
        misleads="It mixes how well and how soon: at another size of train the ranks may turn. Published figures of the "
        "reference code add nats to bits, and are smaller by (1 − ln 2) of the later blocks.",
        short="Codelength",
        axis="codelength, bits",
        better="less",
        split="train",
        control="control_codelength",
        menus={"decodability": 1, "compare": 2, "prediction": 2},
        higher="a longer message: harder to read out",
        caption="How to read it: the bits of a message that tells train's labels to one who has the vectors; low is easy. "
        "Dashed: the control task. When it misleads: it grows with train and mixes how well with how soon; the budget below "
        "takes them apart.",
    ),
    of_curve(
        name="uniform_codelength",
        title="Uniform codelength",
        measures="The bits of the labels of train at log2 K each: what the message costs one who knows the inventory alone.",
        assumes="K is the number of classes in the task's inventory.",
        misleads="Where classes are uneven the labels' own entropy is far below it.",
    ),
    of_curve(
        name="compression",
        title="Compression",
        measures="Uniform codelength over online codelength: 1 where the vectors tell nothing of evenly drawn labels.",
        assumes="As online codelength.",
        misleads="Labels drawn unevenly compress without any vector, by log2 K over their entropy: read it beside the control's.",
        unit="ratio",
        short="Compression",
        axis="compression (uniform / codelength)",
        better="more",
        split="train",
        menus={"decodability": 2},
        caption="How to read it: labels at log2 K each over the codelength; high is easy, 1 says nothing was gained. When it "
        "misleads: uneven labels compress without any vector, so read it against random weights.",
    ),
    of_curve(
        name="model_codelength",
        title="Model codelength",
        measures="What of the online codelength is not the data: the message less the bits of all of train under the last probe.",
        assumes="As online codelength.",
        misleads="The last probe has seen what it is asked of, so a probe that learns by heart has short data and a long model.",
        short="Model",
        axis="model codelength, bits",
        split="train",
        menus={"decodability": 7},
        caption="How to read it: what of the message is not the data under the last probe. When it misleads: a probe that "
        "learns by heart has short data and a long model.",
    ),
    of_curve(
        name="control_codelength",
        title="Control codelength",
        measures="The online codelength of control labels: each word type draws one label at random from the task's "
        "distribution.",
        assumes="As online codelength, with one control map a seed.",
        misleads="It falls where words repeat, since a type that was met is known: it compares layers on one corpus.",
        source="Voita & Titov 2020, arXiv 2003.12298; Hewitt & Liang 2019, arXiv 1909.03368",
    ),
)
