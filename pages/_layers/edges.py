"""Edge probes: F1 by label at a layer, and the mixes of layers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.shared import cards, chart, choices, export, results
from pages.shared.view import TaskView
from pages.shared.wording import escape
from probing.analysis import edges as analysis
from probing.figures import edges
from probing.figures.marks import Mark, marks
from probing.records.run import RunRecord


def show(view: TaskView, checkpoint: str) -> None:
    """Draw both. Says so where no chosen run has the cell."""
    st.header("Spans: labels and layers", anchor=False)
    found = results.cell_of(view.records, checkpoint, view.task, view.probe)
    if found is None:
        st.caption(f"No chosen run has {escape(view.task)} with the {escape(view.probe)} probe for {escape(checkpoint)}.")
        return
    record, name = found
    mark = marks(view.requested, view.baselines, view.look)[checkpoint]
    left, right = st.columns(2, gap="large")
    with left:
        labels(results.items(view.root, name), checkpoint, view.task, view.split, mark)
    with right:
        mixes(record, view, checkpoint, mark)


def labels(items: pd.DataFrame, checkpoint: str, task: str, split: str, mark: Mark) -> None:
    """F1 by label at a layer of one's choice, drawn and as a table."""
    items = items[items["split"] == split]
    if items.empty:
        st.caption(f"This cell has no items on {escape(split)}.")
        return
    layers = sorted(int(layer) for layer in items["layer"].unique())
    layer = choices.menu(st, "F1 by label at layer", layers, "labels", index=len(layers) // 2)
    by_label = analysis.by_label(results.first_seed(items[items["layer"] == layer]))
    chart.plain(
        edges.label_bars(by_label, mark),
        f"labels-{task}-layer{layer}",
        "labels-bars",
        f"F1 by label of {task} at layer {layer} of {checkpoint}",
    )
    st.caption(
        f"How to read it: a bar is a label, with how many items of {escape(split)} have it; the prediction is the most probable label. "
        "When it misleads: a label with few items is unreliable, and hardly changes micro F1."
    )
    with st.expander("The labels as a table", icon=":material/table:"):
        st.dataframe(
            by_label,
            hide_index=True,
            height=300,
            alt="Support, precision, recall and F1 of each label",
            column_config={c: st.column_config.NumberColumn(format="%.3f") for c in ("precision", "recall", "f1")},
        )
        export.table(by_label, f"labels-{task}-layer{layer}", "labels-table")


def mixes(record: RunRecord, view: TaskView, checkpoint: str, mark: Mark) -> None:
    """The cumulative curve with what each layer adds, and the shares of the mix of all."""
    table, task, probe, split = view.table, view.task, view.probe, view.split
    curve = analysis.mixed_rows(table, split, task, probe, checkpoint)
    if curve.empty:
        st.caption("Only one layer was probed, so there is no mix.")
        return
    gains, alone, expected = (
        analysis.layer_rows(table, metric, split, task, probe, checkpoint)
        for metric in ("mix_gain", "micro_f1", "expected_layer")
    )
    shares, centre = (
        analysis.layer_rows(table, metric, "train", task, probe, checkpoint) for metric in ("mix_share", "centre_of_gravity")
    )
    chart.plain(
        edges.mix_curve(curve, gains, alone, mark),
        f"mixes-{task}-{split}",
        "mixes",
        f"Micro F1 of cumulative mixes of {checkpoint}, {task}",
    )
    st.markdown(escape(analysis.expected_layer_summary(expected, record.notes, checkpoint, task, split)))
    st.caption(
        "How to read it: a point is a probe on a learned mix of the layers from 0 to this one; the bar below is the gain by this layer, paired "
        "on the same items. When it misleads: gains whose interval includes 0 are not significant. The expected layer is reported only if "
        "later layers add significantly."
    )
    middle = float(centre["value"].iloc[0]) if len(centre) else None
    chart.plain(
        edges.mix_shares(shares, middle, mark),
        f"shares-{task}",
        "mix-shares",
        f"Shares of the mix of all layers of {checkpoint}, {task}",
    )
    st.caption(
        "How to read it: the weight of each layer in the mix of all layers; the dashed line is the mean layer. "
        "When it misleads: without a clear preference the weights stay equal, and the centre is the middle layer. Neighbouring layers share "
        "weight by chance."
    )
    cards.of_measures(("micro_f1", "mix_gain", "mix_share", "centre_of_gravity", "expected_layer"))
