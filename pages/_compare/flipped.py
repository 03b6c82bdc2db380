"""Flipped items, on Compare: those that a checkpoint and the base label differently at a layer, in their sentences."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages._compare.answers import DifferenceQuestion
from pages.shared import choices, frame, results, selection, sentences
from pages.shared.wording import escape
from probing.analysis import flipped as analysis
from probing.analysis.differences import LEVEL, place

TITLE = "Flipped items"
PAGE = 5  # sentences at a time: the page stays short while this section is the open one
KINDS = {"all": "All", analysis.GAINED: "Gained", analysis.LOST: "Lost", analysis.OTHER: "Another wrong label"}


def take_click(tasks: list[str]) -> None:
    """A click on a point of the chart opens its items: the menus that name them are set before they are drawn."""
    event: Any = st.session_state.get("differences")
    points = event["selection"]["points"] if event else []
    click = tuple(points[0]["customdata"][:3]) if points and "customdata" in points[0] else None
    if click and click != st.session_state.get("clicked-point") and click[1] in tasks:
        selection.show_task(click[1])
        st.session_state["section"], st.session_state[choices.SECOND], st.session_state["at"] = TITLE, click[0], int(click[2])
    st.session_state["clicked-point"] = click


def show(question: DifferenceQuestion, frames: dict[str, pd.DataFrame]) -> None:
    """Menus of the point, and its items. `frames`: the differences of each checkpoint."""
    task = question.view.selection.task
    here = {name: rows[rows["task"] == task].sort_values("layer") for name, rows in frames.items()}
    here = {name: rows for name, rows in here.items() if len(rows)}
    if not here:
        st.caption(f"{escape(task or 'This task')} was not measured for two checkpoints here: choose another task above.")
        return
    first, second, third, fourth = st.columns([3, 1, 3, 1], vertical_alignment="bottom")
    name = choices.menu(first, "Checkpoint", list(here), choices.SECOND)
    rows = here[name].set_index("layer")
    sure = rows[rows["adjusted"] <= LEVEL]
    best = (sure if len(sure) else rows)["difference"].abs().fillna(0.0).idxmax()
    layers = [int(layer) for layer in rows.index]
    layer = choices.menu(second, "Layer", layers, "at", index=layers.index(int(best)))
    with third:
        kind = st.segmented_control(
            "Show", list(KINDS), default="all", required=True, key="flips", bind="query-params", format_func=KINDS.__getitem__
        ) or "all"  # fmt: skip
    with frame.forgiving():
        _items(question, str(task), name, int(rows.loc[layer, "first_layer"]), layer, kind, fourth)


def _items(question: DifferenceQuestion, task: str, name: str, first_layer: int, layer: int, kind: str, turn: Any) -> None:
    view, split = question.view, question.scored
    sides, runs = [], []
    for checkpoint, at in ((view.base, first_layer), (name, layer)):
        found = results.cell_of(view.records, checkpoint, task, question.probe)
        assert found is not None, "the difference is of two cells"
        items = results.items(view.store.root, found[1])
        sides.append(items[(items["layer"] == at) & (items["split"] == split)])
        runs.append(found[0].run)
    if any(side.empty or "predicted" not in side for side in sides):
        st.caption(
            f"{escape(task)} has no predicted labels with the {escape(question.probe)} probe, so no item can flip: choose another task."
        )
        return
    sides = [side[side["seed"].fillna(-1) == side["seed"].fillna(-1).min()] for side in sides]
    rows, count = analysis.flipped(*sides)
    st.markdown(f"**{escape(analysis.summary(rows, count, view.base, name))}**")
    if kind != "all":
        rows = rows[rows["kind"] == kind]
    if rows.empty:
        st.caption("No item flipped in this way: choose another layer, or All.")
        return
    order = rows.groupby("sentence").size().sort_values(ascending=False, kind="stable").index
    shown = order[choices.turn(turn, len(order), "sentence", PAGE)]
    text = results.sentences(view.store.root, runs[1], task)
    names = (view.base, name)
    where = place({"layer": layer, "first_layer": first_layer}, view.base)
    st.caption(
        escape(f"Labels of {view.base} → {name} at {where}, the sentences with most flipped items first. ✓ is the gold label.")
    )
    for number in shown:
        own = rows[rows["sentence"] == number]
        entry = text.loc[(split, number)]
        with st.container(border=True):
            spans = sentences.spans_of(own.iloc[0])
            if spans is None and (own["word"] >= 0).all():
                labels = zip(own["gold"], own["first"], own["second"], strict=True)
                sentences.draw_flips(entry["forms"], dict(zip(own["word"], labels, strict=True)), names)
                st.caption(escape(str(entry["id"])))
                continue
            if spans is None:
                sentences.draw(entry["forms"], {})
            else:
                sentences.draw_spans(entry["forms"], *spans)
            for row in own.to_dict("records")[:1] if spans else own.to_dict("records"):
                st.caption(escape(f"{entry['id']} · {row['kind']}: {row['first']} → {row['second']} (gold {row['gold']})"))
