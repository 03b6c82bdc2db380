"""The hardest and the probably mislabelled items, by pointwise V-information, in their sentences."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from pages.shared import choices, curves, export, frame, results, sentences
from pages.shared.view import TaskView
from pages.shared.wording import escape
from probing.analysis import hardest

PAGE = 10  # items at a time
KINDS = ("hardest", "doubtful")
NAMES = {"hardest": "Hardest", "doubtful": "Probably mislabelled"}
MOST = 1000  # items in the table to take away


@st.cache_resource(max_entries=6, show_spinner=False)
def informed(root: Path, cell: str, split: str, _classes: list[str]) -> pd.DataFrame | None:
    """The cell's items of a split with `pvi`; None where the cell has no stored prior. Not to be changed."""
    prior = curves.stored(root, cell).get("prior")
    items = results.items(root, cell)
    return None if prior is None else hardest.with_information(items[items["split"] == split], prior, _classes)


@frame.fragment
def show(view: TaskView) -> None:
    """The menus of what is hard, and a page of it."""
    root, records, task, probe, split = view.root, view.records, view.task, view.probe, view.split
    own = curves.cells(records, task, probe)
    here = [name for name in view.requested + view.baselines if name in own]
    if not here:
        st.caption(f"No chosen run has {escape(task)} with the {escape(probe)} probe.")
        return
    first, second, third, fourth = st.columns([2, 1, 2, 1], vertical_alignment="bottom")
    checkpoint = choices.menu(first, "Checkpoint", here, "checkpoint")
    items = informed(root, own[checkpoint], split, view.classes)
    if items is None or items.empty:
        st.caption(f"This cell has no items on {escape(split)}.")
        return
    kind = third.segmented_control(
        "Show", KINDS, default=KINDS[0], required=True, key="examples", bind="query-params", format_func=NAMES.__getitem__
    )
    layers = sorted(int(layer) for layer in items["layer"].unique())
    if kind == "doubtful":
        found = hardest.doubtful(items)
    else:
        layer = choices.menu(second, "Layer", layers, "layer", index=len(layers) - 1)
        found = hardest.hardest(items, layer)
    if found.empty:
        st.caption("No item gets the same other label from nearly all layers.")
        return
    rows = choices.turn(fourth, len(found), "item", PAGE)
    st.caption(EXPLAINED[kind or KINDS[0]])
    text = results.sentences(root, results.run_of(records, own[checkpoint]), task)
    for row in found.iloc[rows].to_dict("records"):
        entry = text.loc[(split, row["sentence"])]
        with st.container(border=True):
            spans = sentences.spans_of(row)
            word = spans is None and row["word"] >= 0
            if spans is None:
                sentences.draw(entry["forms"], {int(row["word"]): (row["gold"], row["predicted"])} if word else {})
            else:
                sentences.draw_spans(entry["forms"], *spans)
            labels = "" if word else f" · gold {row['gold']}, predicted {row['predicted']}"
            agreed = f" · {row['layers']:.0%} of the layers say {row['predicted']}" if "layers" in row else ""
            st.caption(escape(f"{entry['id']}{labels} · {row['pvi']:+.2f} bits{agreed}"))
    away = found.head(MOST).assign(
        id=[str(text.loc[(split, number)]["id"]) for number in found["sentence"].head(MOST)],
        form=[
            str(text.loc[(split, number)]["forms"][word]) if word >= 0 else ""
            for number, word in zip(found["sentence"].head(MOST), found["word"].head(MOST), strict=True)
        ],
    )
    export.table(away, f"{kind}-{task}-{split}", "examples-table")


EXPLAINED = {
    "hardest": "Ordered by pointwise V-information, the lowest first: log2 of the probability of the gold label given the vector, minus "
    "log2 of its share in train. Below 0 the probe does better without the vector. When it misleads: difficult words and wrong labels look the same.",
    "doubtful": "Items for which at least four fifths of the layers predict the same other label, and for which the gold label is less "
    "probable than without vectors. When it misleads: an annotation rule that no layer has learned looks the same, so check before you correct.",
}
