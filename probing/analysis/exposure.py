"""Exposed or learned? What a fine-tuned checkpoint holds of a task against what the frozen base held already. Pure.

After Ben Zaken, Goldberg & Ravfogel 2022 (arXiv 2106.10199), who suppose that fine-tuning exposes what pretraining has left. Both sides are read at
their best layer, chosen by loss on dev, by probes of one family, in bits of V-information (Xu et al. 2020, arXiv 2002.10689) on the same items.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from probing.analysis.differences import PLACES, aligned
from probing.analysis.loss_curves import LossCurves
from probing.analysis.rows import known_values, matching
from probing.analysis.summaries import best_layer
from probing.errors import BadInput
from probing.measures import curve
from probing.measures.information import information
from probing.measures.measure import Score
from probing.measures.statistics import LEVEL

if TYPE_CHECKING:
    from probing.records.run import Lineage, RecordedCheckpoint

MARGIN = 0.05  # of H(Y): a gain up to this is too small to matter
Verdict = Literal["exposed", "lost", "learned", "small", "nothing", "cannot tell"]
VERDICTS: dict[Verdict, str] = {
    "exposed": "exposed: a probe of the frozen base reads as much",
    "lost": "lost: a probe of the frozen base reads more",
    "learned": "learned: this probe reads it from no layer of the frozen base",
    "small": "a small gain, below the margin",
    "nothing": "nothing to expose: neither checkpoint holds it",
    "cannot tell": "unclear: the interval is too wide",
}
COLUMNS = (
    *("checkpoint", "method", "tuned_on", "train", "steps", "seed", "layer", "value", "lower", "upper"),
    *("difference", "difference_lower", "difference_upper", "n", "verdict", "selectivity"),
    *("esc", "base_esc", "ratio", "ratio_lower", "ratio_upper"),
)


class FrozenBase(NamedTuple):
    """What the base holds at `layer`, its best; `entropy` is H(Y) in bits, `margin` MARGIN of it. `random`: its architecture with random weights."""

    name: str
    layer: int
    value: Score
    entropy: float
    margin: float
    selectivity: Score | None
    random: Score | None


class ExposureQuestion(NamedTuple):
    """Of which rows it is read: a task, a probe family, a test split."""

    task: str
    probe: str
    split: str


def products(
    entries: Mapping[str, RecordedCheckpoint], base: str, texts: Collection[str]
) -> tuple[dict[str, Lineage], list[str]]:
    """Checkpoint → lineage of those that were fine-tuned from `base` on one of `texts` (hashes of corpora), from what runs record of each;
    and a note on each that was tuned on other text: what it holds of a task that it was not trained for was neither exposed nor learned."""
    lineages = {name: entry.lineage for name, entry in entries.items() if name != base}
    tuned = {
        name: one
        for name, one in lineages.items()
        if one and one.how == "finetune" and one.parent_fingerprint == entries[base].fingerprint and one.train
    }
    notes = [
        f"{name} is left out: it was tuned on other text ({one.data})."
        for name, one in tuned.items()
        if one.data_hash not in texts
    ]
    return {name: one for name, one in tuned.items() if one.data_hash in texts}, notes


def verdict(difference: Score, largest: float, margin: float) -> Verdict:
    """From tuned less base in bits with its interval, the larger upper end `largest` of what either holds, and the margin, in bits.

    "exposed" is a test of equivalence from above: the whole interval lies at or below the margin, so a gain that matters is ruled out; "lost" is
    said where it lies below minus the margin. Where neither holds more than the margin, "nothing" was there to expose. "learned" asks for
    a gain above the margin whose interval leaves 0 out. A gain above 0 that is neither is "small".
    """
    if difference.upper <= margin:
        return "nothing" if largest <= margin else "lost" if difference.upper < -margin else "exposed"
    if difference.lower > 0:
        return "learned" if difference.value > margin else "small"
    return "cannot tell"


def paired(base: pd.DataFrame, tuned: pd.DataFrame) -> Score:
    """Tuned less base in bits an item: `items` of one layer and split each, with the gold label's log2 p, a mean over the probe's seeds.

    The prior is that of one train, so it cancels. Raises BadInput where the items are not the same.
    """
    keys = [column for column in PLACES if column in base]
    one, other = (side.groupby(keys, sort=True).agg({"log2p": "mean", "gold": "first"}) for side in (base, tuned))
    if len(one) == 0 or not one.index.equals(other.index) or (one["gold"].to_numpy() != other["gold"].to_numpy()).any():
        raise BadInput("it answered other items than the base")
    sentences = np.asarray(one.index.get_level_values("sentence"))
    return information(one["log2p"].to_numpy(float), other["log2p"].to_numpy(float), sentences)


def frozen(table: pd.DataFrame, question: ExposureQuestion, base: str, random_baseline: str | None) -> FrozenBase:
    """The base's part. Raises BadInput where its V-information was not measured."""
    layer, entropy = best_layer(table, base, question.task, question.probe), _entropy(table, question, base)
    value = _value(table, "v_information", question, base, layer)
    if layer is None or value is None:
        raise BadInput(
            f"The V-information of {base} on {question.task} was not measured with the {question.probe} probe on {question.split}: run it with "
            "--measure decodability."
        )
    beside = random_baseline or ""
    random = _value(table, "v_information", question, beside, best_layer(table, beside, question.task, question.probe))
    chosen = _value(table, "selectivity", question, base, layer)
    return FrozenBase(base, layer, value, entropy, MARGIN * entropy, chosen, random)


def exposure(
    table: pd.DataFrame,
    question: ExposureQuestion,
    base: FrozenBase,
    products: Mapping[str, Lineage],
    items: Callable[[str], pd.DataFrame | None],
    readings: LossCurves | None,
) -> tuple[pd.DataFrame, list[str]]:
    """A row a product, with COLUMNS, by method, size and seed; and a note on each that is left out.

    `products`: checkpoint → its lineage; `items(checkpoint)`: those of its cell of this task and probe; `readings`: the loss-data curves. εSC is
    of one target for all: that asks for most of what the base's best layer tells on dev (curve.SHARE). `esc` is infinite where all of train
    does not reach it, and then `ratio`, tuned over base, is the least it can be.
    """
    own, rows, notes = items(base.name), [], []
    for name, lineage in products.items():
        layer = best_layer(table, name, question.task, question.probe)
        value = _value(table, "v_information", question, name, layer)
        theirs = items(name)
        if layer is None or value is None or own is None or theirs is None:
            notes.append(f"{name} is left out: its V-information was not measured in this way.")
            continue
        try:
            if not np.isclose(_entropy(table, question, name), base.entropy, rtol=1e-9):
                raise BadInput("its probes were trained or scored on other sentences than the base's")
            sides = ((own, base.layer), (theirs, layer))
            score = paired(*(matching(side, layer=at, split=question.split) for side, at in sides))
        except BadInput as error:
            notes.append(f"{name} is left out: {error}.")
            continue
        chosen = _value(table, "selectivity", question, name, layer)
        rows.append(
            {
                "checkpoint": name,
                "tuned_on": f"{lineage.task} of {lineage.data}",
                **{name: getattr(lineage, name) for name in ("method", "train", "steps", "seed")},
                "layer": layer,
                "value": value.value,
                "lower": value.lower,
                "upper": value.upper,
                "difference": score.value,
                "difference_lower": score.lower,
                "difference_upper": score.upper,
                "n": score.n,
                "verdict": verdict(score, max(value.upper, base.value.upper), base.margin),
                "selectivity": np.nan if chosen is None else chosen.value,
            }
            | _cost(table, question, readings, (base.name, base.layer), (name, layer))
        )
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values(["method", "train", "seed"], kind="stable").reset_index(drop=True), notes


def _cost(
    table: pd.DataFrame, question: ExposureQuestion, readings: LossCurves | None, base: tuple[str, int], tuned: tuple[str, int]
) -> dict[str, Any]:
    """εSC of both and their ratio, NaN where it is not known: no curves, other sizes of train, other dev sentences, or a base that tells nothing."""
    names = ("base_esc", "esc", "ratio", "ratio_lower", "ratio_upper")
    without = _entropy(table, question._replace(split="dev"), base[0])
    if readings is None or not {base, tuned} <= set(readings.keys):
        return dict.fromkeys(names, np.nan)
    places = [readings.keys.index(key) for key in (base, tuned)]
    of = readings.curves
    best = float(of.loss[places[0], -1])
    if not best < without or not aligned(table, question.task, question.probe, base[0], tuned[0]):
        return dict.fromkeys(names, np.nan)
    goal, most = curve.target(best, without), float(of.sizes[-1])
    needed = curve.sample_complexity(of.sizes, of.loss[places], goal)
    sampled = np.minimum(curve.sample_complexity(of.sizes, of.losses[places], goal), most)  # [2, B]
    bounds = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    lower, upper = np.quantile(sampled[1] / sampled[0], bounds, method="inverted_cdf").tolist()
    reached = np.isfinite(needed[1])
    ratio = float(min(needed[1], most) / needed[0])
    return dict(zip(names, (*map(float, needed), ratio, lower, upper if reached else np.inf), strict=True))


def _entropy(table: pd.DataFrame, question: ExposureQuestion, name: str) -> float:
    """H(Y) in bits: what the labels cost by the shares of train. NaN where it was not measured."""
    found = _value(table, "v_entropy", question, name, -1)
    return np.nan if found is None else found.value


def _value(table: pd.DataFrame, metric: str, question: ExposureQuestion, name: str, layer: int | None) -> Score | None:
    known = known_values(table, metric, question.split, question.task, question.probe)
    return None if layer is None else known.get((name, layer))


def base_summary(base: FrozenBase, question: ExposureQuestion) -> str:
    """What the frozen base holds, beside random weights and H(Y)."""
    sentence = (
        f"{base.name} holds {base.value} of {base.entropy:.3f} bits of {question.task} at layer {base.layer}, its best on dev "
        f"({question.probe} probe, {question.split})"
    )
    sentence += f"; random weights hold {base.random}" if base.random is not None else ""
    return sentence + (f"; selectivity {base.selectivity}." if base.selectivity is not None else ".")


def product_summary(row: Mapping[str, Any], base: FrozenBase) -> str:
    """The verdict on a row of `exposure`, with its numbers."""
    sentence = (
        f"{row['checkpoint']} ({row['method']}, {row['train']:,} sentences, seed {row['seed']}): {VERDICTS[row['verdict']]}. "
        f"Layer {row['layer']} holds {row['value']:.3f} bits, {row['difference']:+.3f} "
        f"[{row['difference_lower']:+.3f}, {row['difference_upper']:+.3f}] compared with the base (margin {base.margin:.3f})"
    )
    return f"{sentence}; {_cheaper(row)}."


def _cheaper(row: Mapping[str, Any]) -> str:
    if np.isnan(row["ratio"]):
        return "its sample complexity is not known"
    ends = f"{row['ratio']:.3g} [{row['ratio_lower']:.3g}, {row['ratio_upper']:.3g}]"
    counts = f"{row['esc']:,.0f} items, the base {row['base_esc']:,.0f}"
    if np.isinf(row["esc"]):
        return f"it needs more than all of train, and the base needs {row['base_esc']:,.0f} items"
    if row["ratio_upper"] < 1:
        return f"it needs fewer items than the base, {ends} times as many ({counts})"
    if row["ratio_lower"] > 1:
        return f"it needs more items than the base, {ends} times as many ({counts})"
    return f"the number of items does not differ significantly, {ends} times as many ({counts})"


def summary(frame: pd.DataFrame, base: FrozenBase) -> str:
    """One verdict over all rows of `exposure`, by method where there are several."""
    if frame.empty:
        return f"No fine-tuned product of {base.name} can be compared with it."
    names: dict[Verdict, str] = {
        "exposed": "exposed what the base held",
        "lost": "lost some of it",
        "learned": "learned what this probe does not read from it",
        "small": "gained less than the margin",
        "nothing": "had nothing to expose",
        "cannot tell": "unclear",
    }

    def counted(rows: pd.DataFrame) -> str:
        return ", ".join(f"{n} {what}" for kind, what in names.items() if (n := int((rows["verdict"] == kind).sum())))

    sentence = f"Of {len(frame)} fine-tuned checkpoint{'s' if len(frame) > 1 else ''} of {base.name}, {counted(frame)}"
    cheaper = frame[frame["verdict"] == "exposed"]
    if len(cheaper) and cheaper["ratio"].notna().any():
        sentence += f"; {int((cheaper['ratio_upper'] < 1).sum())} of the {len(cheaper)} exposed need fewer items than the base"
    methods = list(dict.fromkeys(frame["method"]))
    if len(methods) > 1:
        sentence += ". By method: " + "; ".join(f"{method} {counted(frame[frame['method'] == method])}" for method in methods)
    return sentence + "."
