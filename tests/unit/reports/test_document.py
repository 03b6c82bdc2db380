"""Documents are JSON and come back the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from pydantic import ValidationError

from probing.reports.document import (
    Bullets,
    Chart,
    CodeBlock,
    DataTable,
    Document,
    Heading,
    MethodCard,
    Paragraph,
    Picture,
    Reference,
    facts,
)
from probing.tasks import TASKS


def document() -> Document:
    figure = go.Figure(layout={"height": 300})
    figure.add_scatter(x=np.arange(3), y=np.array([0.5, np.nan, 1.0]), name="a")
    frame = pd.DataFrame({"layer": [0, 1], "value": [0.25, np.nan], "n": np.array([3, 4]), "of": [pd.NA, "b"]})
    return Document(
        title="A run",
        facts=facts(corpus="EWT", task="", date=None),
        parts=(
            Heading(text="Findings"),
            Paragraph(text="a reads more.", role="finding"),
            Bullets(items=("one", "two")),
            Chart.of(figure, title="Accuracy", facts=facts(n=10)),
            Picture(svg="<svg xmlns='http://www.w3.org/2000/svg'/>"),
            DataTable.of(frame, title="Numbers"),
            CodeBlock(text="python -m probing run"),
            MethodCard.of(next(iter(TASKS)).card, ["key"]),
        ),
        references=(Reference(key="key", text="Someone 2020", bibtex="@misc{key}"),),
    )


def test_a_document_comes_back_from_json() -> None:
    one = document()
    assert Document.model_validate_json(one.model_dump_json()) == one


def test_what_is_missing_in_a_table_is_none() -> None:
    table = document().of_kind("table")[0]
    assert table.columns == ("layer", "value", "n", "of")
    assert table.rows == ((0, 0.25, 3, None), (1, None, 4, "b"))


def test_facts_leave_out_what_is_not_known() -> None:
    assert [(one.name, one.value) for one in document().facts] == [("corpus", "EWT")]


def test_a_chart_is_the_figure() -> None:
    chart = document().of_kind("chart")[0]
    assert chart.height == 300
    drawn = go.Figure(chart.figure)
    assert drawn.data[0].name == "a"


def test_other_fields_are_refused() -> None:
    with pytest.raises(ValidationError):
        Paragraph(text="a", html="<b>a</b>")  # type: ignore[call-arg]


def test_numbers_of_a_column_have_as_many_decimals_as_they_need() -> None:
    rows = ((1.7, 0.25, 1234.56, 3, 1e-9, None), (1.19, 0.125, 2.0, 4, 0.5, True))
    table = DataTable(columns=("a", "b", "c", "d", "e", "f"), rows=rows)
    assert table.texts() == [("1.70", "0.250", "1,234.6", "3", "1e-09", ""), ("1.19", "0.125", "2.0", "4", "0.500", "yes")]
    assert table.numeric() == [True, True, True, True, True, True]
