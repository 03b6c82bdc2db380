"""Page → figure → measure: from a number on the screen to its formula in three steps, for every measure."""

from __future__ import annotations

import inspect
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from cache.table import COLUMNS
from probing.figures import comparison_maps
from probing.figures.layer_curves import layer_curves
from probing.measures import MEASURES, menu
from probing.measures.measure import Menu

ROOT = Path(__file__).resolve().parents[2]
DRAWN: tuple[Menu, ...] = ("labels", "edges", "numbers", "conditional", "decodability", "trees")  # by layer


def every_card() -> None:
    from pages.shared import cards
    from probing.measures import MEASURES

    cards.of_measures(MEASURES.names())


def test_the_card_on_a_page_names_the_file_of_the_formula() -> None:
    app = AppTest.from_function(every_card, default_timeout=60).run()
    assert not app.exception
    told = [text.value for text in app.markdown]
    for measure in MEASURES:
        begin = told.index(next(text for text in told if text.endswith(f"· `{measure.card.name}`")))
        assert f"**Formula.** `{measure.module}`" in told[begin : begin + 6]


@pytest.mark.parametrize("name", MEASURES.names())
def test_the_file_of_the_formula_has_it_and_its_card(name: str) -> None:
    measure = MEASURES.get(name)
    path = ROOT / measure.module
    assert path.parent == ROOT / "probing" / "measures"
    assert inspect.getsourcefile(measure.formula) == str(path)
    assert f'"{name}"' in path.read_text(encoding="utf-8")
    assert f"def {measure.formula.__name__}(" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("offered", DRAWN)
def test_a_figure_by_layer_has_the_axis_of_the_measure(offered: Menu) -> None:
    assert menu(offered)
    for name, short in menu(offered).items():
        measure = MEASURES.get(name)
        assert short
        assert measure.axis
        drawn = layer_curves(pd.DataFrame(columns=list(COLUMNS)), name, "test", "upos", "linear", [])
        assert drawn.layout.yaxis.title.text == measure.axis
        assert drawn.layout.yaxis.type == ("log" if measure.log else "linear")


def test_what_menus_need_is_there() -> None:
    for name in menu("compare"):
        assert MEASURES.get(name).higher
    for name in [*menu("decodability"), *menu("trees")]:
        assert MEASURES.get(name).caption.startswith("How to read it: ")
        assert "When it misleads: " in MEASURES.get(name).caption
    for name in menu("similarity"):
        assert MEASURES.get(name).ends
        assert comparison_maps.TITLES[name] == MEASURES.get(name).short
    for measure in MEASURES:
        assert measure.sources
        assert measure.control in ("", *MEASURES.names())
