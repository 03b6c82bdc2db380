"""A drawing is the figure that plotly's own methods would have made, and plotly refuses what it does not know."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from probing.figures.drawing import Drawing


def _drawn(figure: go.Figure | Drawing) -> None:
    figure.add_scatter(x=[1, 2], y=[3.0, 1.0], name="a", line={"color": "#0072B2", "width": 2}, mode="lines")
    figure.add_bar(x=[1], y=[2.0])
    figure.add_heatmap(z=[[1.0, 2.0]], x=[0, 1], y=["row"])
    figure.add_traces([{"type": "scatter", "x": [1], "y": [1], "mode": "markers"}])
    figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=2, y1=2, line={"dash": "dot"})
    figure.add_annotation(x=1, y=2, text="here", showarrow=False)
    figure.update_layout(height=300, xaxis={"title": "items", "type": "log"}, margin={"l": 10, "r": 20})
    figure.update_layout(margin={"r": 30}, showlegend=False)
    figure.update_xaxes(range=[0, 2])
    figure.update_yaxes(title="loss")


def test_a_drawing_is_the_figure_of_plotlys_own_methods() -> None:
    theirs, ours = go.Figure(), Drawing()
    for figure in (theirs, ours):
        _drawn(figure)
    assert ours.checked().to_plotly_json() == theirs.to_plotly_json()


def test_a_drawing_knows_which_axis_is_logarithmic_so_far() -> None:
    drawing = Drawing()
    assert not drawing.log("x")
    drawing.update_xaxes(type="log")
    assert drawing.log("x")
    assert not drawing.log("y")


def test_what_was_given_is_not_changed_by_what_is_merged_later() -> None:
    axis = {"title": "loss"}
    drawing = Drawing()
    drawing.update_layout(yaxis=axis)
    drawing.update_yaxes(type="log")
    assert axis == {"title": "loss"}


@pytest.mark.parametrize(("wrong", "named"), [({"colour": "red"}, "colour"), ({"mode": "blots"}, "blots")])
def test_a_property_that_plotly_does_not_know_is_refused(wrong: dict[str, str], named: str) -> None:
    drawing = Drawing()
    drawing.add_scatter(x=[1], y=[1], **wrong)
    with pytest.raises(ValueError, match=named):
        drawing.checked()
