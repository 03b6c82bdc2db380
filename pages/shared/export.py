"""Downloads of every table (CSV, parquet) and figure (HTML; SVG by the camera of the chart)."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

# The camera is the only button of a chart: the others hide cells and cost a tab stop each.
CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "modeBarButtons": [["toImage"]],
    "toImageButtonOptions": {"format": "svg", "scale": 1},
}


def plot(fig: go.Figure, name: str, key: str, alt: str, select: bool = False) -> list[dict[str, Any]]:
    """The chart over the full width. With `select`, returns the points that were clicked."""
    config = CONFIG | {"toImageButtonOptions": CONFIG["toImageButtonOptions"] | {"filename": name}}
    event: Any = st.plotly_chart(
        fig,
        key=key,
        alt=alt,
        config=config,
        on_select="rerun" if select else "ignore",
        selection_mode="points",
    )
    return list(event["selection"]["points"]) if select else []


def as_html(fig: go.Figure, name: str, key: str) -> None:
    """The download of the chart."""
    said = "The figure as an HTML file. The camera button of the chart saves it as SVG."
    _download("HTML", lambda: fig.to_html(include_plotlyjs=True, full_html=True), f"{name}.html", "text/html", key, said)


def figure(fig: go.Figure, name: str, key: str, alt: str, select: bool = False) -> list[dict[str, Any]]:
    """Draw the chart with its download below it."""
    points = plot(fig, name, key, alt, select)
    as_html(fig, name, key)
    return points


def table(frame: pd.DataFrame, name: str, key: str) -> None:
    """The downloads of a table that is shown elsewhere."""
    with st.container(horizontal=True):
        _download("CSV", lambda: frame.to_csv(index=False), f"{name}.csv", "text/csv", key)
        _download("Parquet", lambda: _parquet(frame), f"{name}.parquet", "application/vnd.apache.parquet", key)


def numbers(frame: pd.DataFrame, name: str, key: str, alt: str, label: str = "The numbers") -> None:
    """The table behind a chart, folded away, with its downloads."""
    with st.expander(label, icon=":material/table:"):
        st.dataframe(frame, hide_index=True, height=300, alt=alt)
        table(frame, name, key)


def _download(kind: str, make: Callable[[], str | bytes], file: str, mime: str, key: str, said: str | None = None) -> None:
    """A button that makes the file only when it is pressed, and runs nothing of the page again."""
    st.download_button(
        kind,
        data=make,
        file_name=file,
        mime=mime,
        key=f"{key}-{kind.lower()}",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        help=said,
    )


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
