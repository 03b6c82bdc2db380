"""A cell of the heat map, opened: confusions, classes, and the sentences behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._layers import numbers
from pages.shared import chart, choices, export, results, sentences
from pages.shared.view import TaskView
from pages.shared.wording import escape, many
from probing import probes
from probing.analysis.confusion import by_class, confusion
from probing.figures.confusion import MOST, confusion_figure

PAGE = 10  # sentences at a time
ANY = "any"


def show(view: TaskView, checkpoint: str, layer: int, beside: DeltaGenerator) -> None:
    """Draw the cell in `beside`, and its sentences below. Says so where no chosen run has it."""
    task, split = view.task, view.split
    beside.subheader(f"{checkpoint}, layer {layer}: {task}", anchor=False)
    found = results.cell_of(view.records, checkpoint, task, view.probe)
    if found is None:
        beside.caption("No chosen run has this cell: choose another checkpoint, task or probe.")
        return
    record, name = found
    every = results.items(view.root, name)
    items = every[(every["layer"] == layer) & (every["split"] == split)]
    if items.empty:
        beside.caption(f"This cell has no items on {escape(split)}.")
        return
    with beside:
        items = results.first_seed(items)
    if probes.FAMILIES.get(view.probe).kind == "numbers":
        numbers.show(view.root, record.run, task, layer, split, items, beside)
        return
    with beside:
        points = confusions(items, task, layer)
    behind(view.root, record.run, task, items, split, points)


def confusions(items: pd.DataFrame, task: str, layer: int) -> list[dict[str, Any]]:
    """The confusion matrix, or the scores of each class; returns the points that were clicked."""
    counts = confusion(items)
    classes = by_class(counts)
    with st.container(horizontal=True, vertical_alignment="center"):
        shares = st.toggle("Shares of the gold class", value=True, key="shares", bind="query-params")
        with st.popover("Classes", type="tertiary", icon=":material/table:"):
            st.dataframe(
                classes,
                hide_index=True,
                height="content" if len(classes) < 12 else 430,
                alt="Support, precision, recall and F1 of each class",
                column_config={c: st.column_config.NumberColumn(format="%.3f") for c in ("precision", "recall", "f1")},
            )
            export.table(classes, f"classes-{task}-layer{layer}", "classes")
    dropped = list(counts.index[MOST:])
    more = f" Not shown, because they are rarer: {', '.join(map(str, dropped))}." if dropped else ""
    return chart.show(
        confusion_figure(counts, shares),
        f"confusion-{task}-layer{layer}",
        "confusion",
        f"Gold against predicted classes of {task} at layer {layer}. Click a cell to see its sentences.{more}",
        chart.Help(
            "A row is a gold class, and its cells are the predicted classes.",
            "A row of few items is unreliable: the classes have their support.",
        ),
        select=True,
    )


def behind(root: Path, run: str, task: str, items: pd.DataFrame, split: str, points: list[dict[str, Any]]) -> None:
    """The sentences, ordered by the lowest probability of a gold label."""
    golds, predicted = sorted(items["gold"].unique()), sorted(items["predicted"].unique())
    click = tuple(points[0]["customdata"][:2]) if points and "customdata" in points[0] else None
    if click and click != st.session_state.get("confused"):
        st.session_state["gold"], st.session_state["predicted"] = click
    st.session_state["confused"] = click
    for key, options in (("gold", golds), ("predicted", predicted)):
        if st.session_state.get(key, ANY) not in [ANY, *options]:
            st.session_state[key] = ANY
    first, second, third, fourth = st.columns([2, 2, 2, 1], vertical_alignment="bottom")
    gold = first.selectbox("Gold", [ANY, *golds], key="gold", bind="query-params")
    predicted = second.selectbox("Predicted", [ANY, *predicted], key="predicted", bind="query-params")
    wrong = False
    if ANY in (gold, predicted):  # the two labels decide whether the prediction is wrong
        wrong = third.toggle("Errors only", value=True, key="wrong", bind="query-params")
    keep = pd.Series(True, index=items.index)
    if gold != ANY:
        keep &= items["gold"] == gold
    if predicted != ANY:
        keep &= items["predicted"] == predicted
    if wrong:
        keep &= items["gold"] != items["predicted"]
    order = items[keep].groupby("sentence")["log2p"].min().sort_values()
    if order.empty:
        st.caption("No sentence has such an item.")
        return
    here = choices.turn(fourth, len(order), "sentence", PAGE)
    text = results.sentences(root, run, task)
    st.caption(f"{many(len(order), 'sentence')}, the lowest probability of a gold label first.")
    for number in order.index[here]:
        own = items[items["sentence"] == number]
        entry = text.loc[(split, number)]
        with st.container(border=True):
            if (own["word"] < 0).all():
                row = own.iloc[0]
                mark = "✓" if row["gold"] == row["predicted"] else "✗"
                sentences.draw(entry["forms"], {})
                st.caption(f"{mark} gold {escape(row['gold'])}, predicted {escape(row['predicted'])}, {-row['log2p']:.2f} bits")
            elif "end" in own:
                item = own.loc[own["log2p"].where(keep[own.index]).idxmin()]
                sentences.draw_spans(entry["forms"], *sentences.spans_of(item))
                mark = "✓" if item["gold"] == item["predicted"] else "✗"
                answer = f"gold {escape(item['gold'])}, predicted {escape(item['predicted'])}, {-item['log2p']:.2f} bits"
                st.caption(f"{escape(str(entry['id']))} · {mark} {answer}; the least probable of {many(len(own), 'item')} in it")
            else:
                answers = dict(zip(own["word"], zip(own["gold"], own["predicted"], strict=True), strict=True))
                sentences.draw(entry["forms"], answers)
                st.caption(f"{escape(str(entry['id']))} · least probable word: {-order[number]:.2f} bits")
