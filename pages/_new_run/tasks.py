"""What is asked: the tasks of the corpus as cards that are grouped and searched. The address holds the chosen ones, and nothing else does."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.shared.wording import escape, many
from probing.tasks.available import AvailableTask

COLUMNS, HEIGHT = 2, 330  # cards side by side, and pixels of their box
GROUPS = {
    "Words": ("word",),
    "Sentences": ("sentence",),
    "Spans and pairs": ("span", "edge", "pair"),
    "Trees": ("tree",),
}


def named() -> list[str] | None:
    """The tasks that the address names; None where it names none, and the size of the run decides."""
    return [name for name in st.query_params.get_all("task") if name] if "task" in st.query_params else None


def choose(offers: Sequence[AvailableTask], shown: Sequence[str]) -> list[str]:
    """Draw the cards, those of `shown` ticked, and return the chosen tasks in their order: a task that the corpus cannot be asked is left out
    with its reason."""
    here = {offer.name: offer for offer in offers if offer.reason_not is None}
    reasons = {offer.name: offer.reason_not for offer in offers if offer.reason_not is not None}
    for name in (name for name in shown if name not in here):
        st.warning(
            escape(reasons.get(name) or f"This corpus has no task {name[:60]}: choose another below."), icon=":material/info:"
        )
    chosen = [name for name in shown if name in here]
    first, second = st.columns([3, 2], vertical_alignment="bottom")
    first.markdown("**Tasks:** " + (escape(", ".join(here[name].title for name in chosen)) or "none chosen"))
    wanted = second.text_input(
        "Search tasks", key="tasks", icon=":material/search:", placeholder="Search tasks", label_visibility="collapsed"
    )
    low = (wanted or "").strip().lower()
    found = [offer for offer in here.values() if low in f"{offer.name} {offer.title} {offer.asks}".lower()]
    with st.container(height=HEIGHT, border=True):
        for group, levels in GROUPS.items():
            own = [offer for offer in found if offer.level in levels]
            if own:
                st.caption(group)
                _cards(own, chosen)
        if not found:
            st.caption("No task matches this search.")
    if reasons:
        with st.popover(f"{many(len(reasons), 'unavailable task')}", type="tertiary"):
            st.dataframe({"task": list(reasons), "why not": list(reasons.values())}, hide_index=True, height="content")
    return chosen


def _cards(offers: Sequence[AvailableTask], chosen: Sequence[str]) -> None:
    columns = st.columns(COLUMNS, gap="small")
    for place, offer in enumerate(offers):
        with columns[place % COLUMNS].container(border=True, gap=None):
            key = f"task-{offer.name}"
            st.session_state[key] = offer.name in chosen
            st.checkbox(
                f"**{escape(offer.title)}**", key=key, on_change=_turn, args=(offer.name, list(chosen)), help=_details(offer)
            )
            st.caption(escape(offer.asks))


def _turn(name: str, chosen: list[str]) -> None:
    """A card was ticked or unticked: the address says so before the page is drawn."""
    kept = [one for one in chosen if one != name]
    st.query_params["task"] = ([*kept, name] if st.session_state[f"task-{name}"] else kept) or [""]


def _details(offer: AvailableTask) -> str:
    classes = "" if offer.level == "tree" else f", {many(offer.classes, 'class', 'classes')}"
    few = ": few, so the intervals are wide" if offer.too_few else ""
    return f"{escape(offer.name)}{classes}. {many(offer.test_items, 'item')} in test{few}."
