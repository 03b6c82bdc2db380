"""Every table and figure can be taken away: CSV and parquet, HTML; SVG by the camera in a chart's own bar."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

CONFIG: dict[str, Any] = {"displaylogo": False, "toImageButtonOptions": {"format": "svg", "scale": 1}}


def figure(fig: go.Figure, name: str, key: str, alt: str, select: bool = False) -> list[dict[str, Any]]:
    """Draw the chart over the full width with its downloads. With `select`, returns the points that were clicked."""
    config = CONFIG | {"toImageButtonOptions": CONFIG["toImageButtonOptions"] | {"filename": name}}
    event: Any = st.plotly_chart(
        fig,
        key=key,
        alt=alt,
        config=config,
        on_select="rerun" if select else "ignore",
        selection_mode="points",
    )
    st.download_button(
        "HTML",
        data=lambda: fig.to_html(include_plotlyjs=True, full_html=True),
        file_name=f"{name}.html",
        mime="text/html",
        key=f"{key}-html",
        type="tertiary",
        icon=":material/download:",
        on_click="ignore",
        help="The figure as a page of its own. The camera in the chart's bar saves it as SVG.",
    )
    return list(event["selection"]["points"]) if select else []


def table(frame: pd.DataFrame, name: str, key: str) -> None:
    """The downloads of a table that is shown elsewhere."""
    with st.container(horizontal=True):
        st.download_button(
            "CSV",
            data=lambda: frame.to_csv(index=False),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"{key}-csv",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Parquet",
            data=lambda: _parquet(frame),
            file_name=f"{name}.parquet",
            mime="application/vnd.apache.parquet",
            key=f"{key}-parquet",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
