"""A cell of numbers, opened: predicted against gold, and the sentences with the largest errors."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared import chart, choices, export, results, sentences
from pages.shared.wording import escape, many
from probing.analysis.hardest import largest_errors
from probing.figures.numbers import scatter

PAGE = 10  # items at a time
TABLE = 1000  # items in the table to take away


def show(root: Path, run: str, task: str, layer: int, split: str, items: pd.DataFrame, beside: DeltaGenerator) -> None:
    """`items` of one layer and split; the chart stands in `beside`, the sentences below."""
    with beside:
        chart.show(
            scatter(items),
            f"numbers-{task}-layer{layer}",
            "numbers",
            f"Predicted against gold {task} at layer {layer}.",
            chart.Help(
                "A point is an item; points on the dashed line are predicted exactly. Diamonds are the mean prediction of each gold number.",
                "Ridge regression shrinks predictions towards the mean, so large numbers are predicted too small even in the right order.",
            ),
        )
    found = largest_errors(items)
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    left.caption(f"{many(len(found), 'item')}, the largest error first.")
    here = choices.turn(right, len(found), "item", PAGE)
    text = results.sentences(root, run, task)
    for row in found.iloc[here].to_dict("records"):
        entry = text.loc[(split, row["sentence"])]
        word = int(row["word"])
        with st.container(border=True):
            answer = {word: (f"{row['gold']:g}", f"{row['predicted']:.2f}")} if word >= 0 else {}
            sentences.draw(entry["forms"], answer)
            st.caption(
                escape(f"{entry['id']} · gold {row['gold']:g}, predicted {row['predicted']:.2f}, error {row['error']:+.2f}")
            )
    export.table(found.head(TABLE), f"numbers-{task}-{split}-layer{layer}", "numbers-table")
