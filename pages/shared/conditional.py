"""Conditional rows (what a layer adds to a baseline), limited to one baseline."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared import choices
from pages.shared.wording import escape

OWN = "layer 0"  # of each checkpoint itself, where a run names no baseline
CONDITIONAL = ("conditional_v_information", "conditional_accuracy")


def choose(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the conditional rows of one baseline under their plain settings; a menu chooses among several baselines.

    A table without such rows is returned as it is. Rows without a layer name other baselines, and stay.
    """
    conditional = table["metric"].isin(CONDITIONAL)
    if not conditional.any():
        return table
    setting = table["setting"].astype(str)
    parsed = {text: json.loads(text) for text in setting.unique()}
    named = setting.map({text: str(one.get("baseline", OWN)) for text, one in parsed.items()})
    found = sorted(named[conditional].unique(), key=lambda name: name != OWN)
    chosen = choices.menu(st, "Conditional on", found, "given") if len(found) > 1 else found[0]
    st.caption(f"What each layer adds to {escape(chosen)}.")
    layers = table["layer"] >= 0
    other = layers & (named != chosen) & (conditional | (named != OWN))
    bare = setting.map({text: _without(one) for text, one in parsed.items()})
    return table.assign(setting=setting.where(~layers, bare))[~other]


def _without(setting: dict[str, Any]) -> str:
    return json.dumps(
        {name: value for name, value in setting.items() if name != "baseline"}, separators=(",", ":"), sort_keys=True
    )
