"""How much: a preset with its time, or sizes of one's own. The address holds the choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages._new_run import options
from pages.shared.wording import many
from probing.presets import PRESETS, Preset

OWN = "own"
FIELDS = ("max_train", "max_dev", "max_test", "seeds")
KEY = "size"


def chosen() -> Preset | None:
    """The preset of the address; None for sizes of one's own. An address of an earlier release has the sizes and no preset."""
    named = st.query_params.get("preset")
    if named is None:
        return None if any(name in st.query_params for name in FIELDS) else PRESETS["quick"]
    return None if named == OWN else PRESETS.get(named, PRESETS["quick"])


def choose(preset: Preset | None, time: Callable[[Preset], str]) -> dict[str, Any]:
    """Draw the presets, each with its `time`, or the fields of one's own sizes; returns the fields of a RunSpec."""
    named = preset.name if preset else OWN
    times = {name: time(known) for name, known in PRESETS.items()}
    st.session_state[KEY] = named
    st.segmented_control(
        "Size of the run",
        [*PRESETS, OWN],
        key=KEY,
        required=True,
        format_func=lambda name: "Your own" if name == OWN else " · ".join(filter(None, (name.capitalize(), times[name]))),
        on_change=_changed,
        args=(named,),
        help="Sentences and seeds; and the tasks, as long as you have chosen none.",
    )
    if preset is None:
        return _own()
    sentences = f"The first {preset.train:,} sentences of train" if preset.train else "All sentences"
    st.caption(f"{sentences}, {many(preset.seeds, 'seed')}.")
    return preset.fields


def _changed(before: str) -> None:
    """Another size was chosen: the address says so, and sizes of one's own begin with those of the preset before."""
    named = st.session_state[KEY]
    st.query_params["preset"] = named
    if named == OWN and before in PRESETS:
        for name in FIELDS:
            st.session_state[name] = PRESETS[before].fields[name]


def _own() -> dict[str, Any]:
    columns = st.columns(4)
    found: dict[str, Any] = {
        name: column.number_input(
            label, min_value=1, value=None, step=500, key=name, bind="query-params", placeholder="all", help=help_
        )
        for column, name, label, help_ in zip(
            columns,
            FIELDS,
            ("Train", "Dev", "Test"),
            (
                "Sentences from the beginning of train; empty for all.",
                "Settings are chosen on dev; empty for all.",
                "Scores are computed on test; empty for all.",
            ),
            strict=False,
        )
    }
    seeds = columns[3].number_input(
        "Seeds", 1, 100, None, key="seeds", bind="query-params", placeholder="3", help=options.described("seeds")
    )
    return found | {"seeds": seeds or 3}
