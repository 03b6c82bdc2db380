"""Page → figure → measure: from a number on the screen to its formula in three steps, for every measure."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from cache.table import COLUMNS
from probing.analysis.rows import LayerQuestion
from probing.figures import comparison_maps
from probing.figures.layer_curves import layer_curves
from probing.measures import MEASURES, menu
from probing.measures.measure import Menu
from probing.records.run import RecordedCheckpoint
from tests.app.opening import open_page, sound
from tests.planted import curves, edges, families, finished, treebank

ROOT = Path(__file__).resolve().parents[2]
DRAWN: tuple[Menu, ...] = ("labels", "edges", "numbers", "conditional", "decodability", "trees")  # by layer


def every_card() -> None:
    from pages.shared import cards
    from probing.measures import MEASURES

    cards.of_measures(MEASURES.names())


def formula(app: AppTest, name: str) -> str:
    """The file that the cards of a measure name, as they stand on the page."""
    told = [text.value for text in app.markdown]
    cards = [place for place, text in enumerate(told) if text.endswith(f"· `{name}`")]
    (found,) = {text for begin in cards for text in told[begin : begin + 6] if text.startswith("**Formula.** ")}
    return found.removeprefix("**Formula.** ").strip("`")


def test_every_card_names_the_file_of_the_formula() -> None:
    app = AppTest.from_function(every_card, default_timeout=60).run()
    assert not app.exception
    assert {name: formula(app, name) for name in MEASURES.names()} == {measure.card.name: measure.module for measure in MEASURES}


def rows(names: Iterable[str], entry: RecordedCheckpoint) -> list[dict[str, Any]]:
    """A row of each measure for each layer of a checkpoint."""
    base = {"checkpoint": entry.name, "task": "upos", "probe": "linear", "value": 0.5, "lower": 0.4, "upper": 0.6, "n": 100}
    return [
        base | {"layer": layer, "metric": name, "split": MEASURES.get(name).split or "test", "unit": MEASURES.get(name).unit}
        for name in names
        for layer in range(entry.layers + 1)
    ]


def labels_run(store: Store) -> str:
    def more(entry: RecordedCheckpoint, _task: str, _probe: str) -> Any:
        return rows(("mcc", "slot_f1"), entry), {}

    return finished.fill(store, tasks=("upos",), more=more, spec={"checkpoints": list(finished.DEPTHS)})


def decodability_run(store: Store) -> str:
    def more(entry: RecordedCheckpoint, task: str, probe: str) -> Any:
        found, arrays = curves.cell(entry, task, probe)
        here = {row["metric"] for row in found}
        return [*found, *rows((name for name in menu("decodability") if name not in here), entry)], arrays

    spec = {"measure": "decodability", "checkpoints": list(finished.DEPTHS), "corpus": "grammar"}
    return finished.fill(store, tasks=("upos",), more=more, spec=spec)


def trees_run(store: Store) -> str:
    with pytest.MonkeyPatch.context() as patch:
        return treebank.fill(store.root, patch)


# Where a menu of measures stands: the page, a run to open it on, the menu, its key, what else the address says, and the measures
# that are walked there: of edges and comparisons those that no other page walks, and of trees those of the family.
OPENED: tuple[tuple[str, Callable[[Store], str], Menu, str, dict[str, str], tuple[str, ...]], ...] = (
    ("layers", labels_run, "labels", "measure", {}, tuple(menu("labels"))),
    ("layers", edges.fill, "edges", "measure", {"task": "arc_label"}, ("micro_f1",)),
    ("layers", families.fill, "numbers", "measure", {"task": "sentence_length", "probe": "regression"}, tuple(menu("numbers"))),
    ("layers", families.fill, "conditional", "measure", {"task": "upos", "probe": "conditional"}, tuple(menu("conditional"))),
    (
        *("effort", decodability_run, "decodability", "by", {"section": "Codelength and SDL"}),
        tuple(name for name in menu("decodability") if name != "esc"),  # which is the page's first chart, and walked on Compare
    ),
    ("trees", trees_run, "trees", "by", {"probe": "structural"}, ("uuas", "dspr", "root_accuracy", "nspr")),
    ("trees", trees_run, "trees", "by", {"probe": "topological"}, ("place", "sp")),
    ("compare", decodability_run, "compare", "by", {}, ("accuracy", "codelength", "esc")),
)


def test_every_measure_of_a_menu_by_layer_is_walked() -> None:
    assert {name for *_, names in OPENED for name in names} == {name for offered in DRAWN for name in menu(offered)}


@pytest.mark.parametrize(("page", "fill", "offered", "key", "address", "names"), OPENED)
def test_from_a_number_on_a_page_to_its_formula(
    store_root: Path,
    page: str,
    fill: Callable[[Store], str],
    offered: Menu,
    key: str,
    address: dict[str, str],
    names: tuple[str, ...],
) -> None:
    app = open_page(page, run=fill(Store(store_root)), **address)
    (control,) = (one for one in app.segmented_control if one.key == key)
    assert {menu(offered)[name] for name in names} <= set(control.options)
    for name in names:
        (control,) = (one for one in app.segmented_control if one.key == key)
        sound(control.set_value(name).run())
        assert formula(app, name) == MEASURES.get(name).module
        assert inspect.getsourcefile(MEASURES.get(name).formula) == str(ROOT / formula(app, name))


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
        drawn = layer_curves(LayerQuestion(pd.DataFrame(columns=list(COLUMNS)), name, "test", "upos", "linear"), []).checked()
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
