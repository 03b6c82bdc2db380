"""What stands in a frame: facts, the theme, at most so many names, and text that stays text."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from probing.reports.document import Chart, facts
from probing.reports.framing import MOST_LISTED, MOST_NAMED, enlarged, foot, framed, shown
from probing.reports.harmless import harmless
from tests.planted.figures import many_lines


def test_the_foot_has_the_facts_and_few_of_many_names() -> None:
    assert foot(facts(corpus="snips", n="90", probe=None)) == "corpus: snips · n: 90"
    names = [f"c{number}" for number in range(MOST_LISTED + 3)]
    assert foot(facts(checkpoints=", ".join(names))).endswith("c7 and 3 more")


def test_the_figure_given_stays_as_it_is_and_has_the_theme() -> None:
    figure = go.Figure(go.Heatmap(z=[[1]], x=["<b>x</b>"], y=["a & b"]))
    figure.add_annotation(x="<b>x</b>", y="a & b", text="◆")
    part = Chart.of(figure)
    before = part.model_copy(deep=True)
    dark = shown(part.figure, "dark")
    assert part == before
    assert dark["layout"]["template"]["layout"]["paper_bgcolor"] == "#10151C"
    assert dark["data"][0]["x"] == ["<\u2060b>x<\u2060/b>"]
    assert dark["layout"]["annotations"][0]["x"] == dark["data"][0]["x"][0], "what stands at a category stays there"


def test_of_two_hundred_lines_the_legend_names_the_first() -> None:
    found = shown(Chart.of(many_lines()).figure, "light")
    assert sum(trace.get("showlegend", True) for trace in found["data"]) == MOST_NAMED
    assert len(found["data"]) == 200, "all are drawn"
    assert found["layout"]["annotations"][-1]["text"] == f"The legend has the first {MOST_NAMED} of 200 lines."


def test_only_addresses_of_the_web_are_links() -> None:
    part = Chart.of(go.Figure())
    assert framed(part, "slide", "light", "javascript:alert(1)")["link"] == ""
    assert framed(part, "slide", "light", "https://host/layers?a=b")["link"] == "https://host/layers?a=b"


def test_a_large_screen_has_larger_type() -> None:
    figure = go.Figure(layout={"margin": {"l": 10}, "annotations": [{"text": "a", "font": {"size": 10}}, {"text": "b"}]})
    big = enlarged(Chart.of(figure).figure, 600, 2)["layout"]
    assert (big["height"], big["margin"]["l"], big["font"]["size"]) == (600, 20, 24)
    assert [note["font"]["size"] for note in big["annotations"]] == [20, 24]


def test_a_spreadsheet_computes_nothing_of_a_table() -> None:
    frame = pd.DataFrame({"=label": ["=1+1", "-LRB-", "@x", "+1", "fine", None], "value": [-1.0, 2, 3, 4, 5, 6]})
    found = harmless(frame)
    assert list(found.columns) == ["'=label", "value"]
    assert found["'=label"].tolist()[:5] == ["'=1+1", "'-LRB-", "'@x", "'+1", "fine"]
    assert found["value"].tolist() == frame["value"].tolist(), "a number below 0 is no text"
