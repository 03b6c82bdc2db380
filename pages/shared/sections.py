"""Further sections of a page, one click away and in the address; those that are not open are not computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.shared import choices


def show(sections: Mapping[str, Callable[[], None]], key: str = "section") -> None:
    """A switch of the sections by their titles, and the open one below it; the first is open where the address names none."""
    names = list(sections)
    choices.forget_unknown(key, names)
    opened = st.segmented_control(
        "Section", names, default=names[0], required=True, key=key, bind="query-params", label_visibility="collapsed"
    )
    sections[opened or names[0]]()
