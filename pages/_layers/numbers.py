"""A cell of numbers, opened: predicted against gold, and the sentences whose number is furthest off."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from pages.shared import choices, export, results, sentences
from pages.shared.wording import many, plain
from probing.analysis.hardest import largest_errors
from probing.figures.numbers import scatter

PAGE = 10  # items at a time
TABLE = 1000  # items in the table to take away


def show(root: Path, run: str, task: str, layer: int, split: str, items: pd.DataFrame) -> None:
    """`items` of one layer and split."""
    export.figure(scatter(items), f"numbers-{task}-layer{layer}", "numbers", f"Predicted against gold {task} at layer {layer}")
    st.caption(
        "How to read it: a point is an item; on the dashed line it was told exactly. Diamonds are the mean prediction of each gold number. "
        "When it misleads: ridge regression draws predictions towards the mean, so large numbers are told too small even where their order is right."
    )
    found = largest_errors(items)
    pages = -(-len(found) // PAGE)
    choices.forget_unknown("page", range(1, pages + 1))
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    left.caption(f"{many(len(found), 'item')}, the furthest off first.")
    page = right.number_input("Page", 1, pages, 1, key="page", help=f"{many(len(found), 'item')} on {many(pages, 'page')}")
    text = results.sentences(root, run, task)
    for row in found.iloc[(page - 1) * PAGE : page * PAGE].to_dict("records"):
        entry = text.loc[(split, row["sentence"])]
        word = int(row["word"])
        with st.container(border=True):
            answer = {word: (f"{row['gold']:g}", f"{row['predicted']:.2f}")} if word >= 0 else {}
            sentences.draw(entry["forms"], answer)
            st.caption(
                plain(f"{entry['id']} · gold {row['gold']:g}, predicted {row['predicted']:.2f}, off by {row['error']:+.2f}")
            )
    export.table(found.head(TABLE), f"numbers-{task}-{split}-layer{layer}", "numbers-table")
