"""Exposed or learned: bases that hold all, noise, and too few items; what it costs; what is left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cache.table import tidy
from probing.analysis import exposure as held
from probing.analysis.exposure import MARGIN, ExposureQuestion, FrozenBase, verdict
from probing.analysis.loss_curves import LossCurves, collect
from probing.errors import BadInput
from probing.figures.exposure import exposure_chart
from probing.measures.measure import Score
from tests.planted.products import BEST, CLASSES, PRIOR, PROBE, SENTENCES, TASK, TUNED_ON, WORDS, Planted, lineage
from tests.planted.record import checkpoint

ASKED = ExposureQuestion(TASK, PROBE, "test")


def table_of(planted: list[Planted]) -> pd.DataFrame:
    return tidy([row | {"run": "r", "corpus": "c"} for one in planted for row in one.rows()])


def curves_of(table: pd.DataFrame, planted: list[Planted]) -> LossCurves | None:
    kept = {one.name: one.arrays() for one in planted}
    return collect(table, TASK, PROBE, len(CLASSES), lambda name, layer: kept[name][f"{layer}/curve/task"])


def found(base: Planted, *tuned: Planted, method: str = "bitfit") -> tuple[FrozenBase, pd.DataFrame, list[str]]:
    everybody = [base, *tuned]
    table, items = table_of(everybody), {one.name: one.items() for one in everybody}
    of = held.frozen(table, ASKED, base.name, None)
    products = {one.name: lineage("f", method, 256, one.seed) for one in tuned}
    return of, *held.exposure(table, ASKED, of, products, items.get, curves_of(table, everybody))


def test_a_base_that_holds_all_is_exposed_and_fewer_items_are_reported() -> None:
    of, rows, notes = found(Planted("base", 1.4), Planted("tuned", 1.41, pace=1.2, seed=1))
    row = rows.iloc[0]
    assert (of.layer, row["layer"], row["n"]) == (BEST, BEST, SENTENCES * WORDS)
    assert of.margin == pytest.approx(MARGIN * -PRIOR)
    assert row["difference_lower"] < 0.01 < row["difference_upper"] < of.margin
    assert row["verdict"] == "exposed"
    assert row["ratio"] == pytest.approx(row["esc"] / row["base_esc"])
    assert row["ratio_upper"] < 1
    assert "it needs fewer items than the base" in held.product_summary(row.to_dict(), of)
    assert held.summary(rows, of).startswith("Of 1 fine-tuned checkpoint of base, 1 exposed what the base held; 1 of the 1")
    assert notes == []


def test_a_base_of_noise_is_learned_from() -> None:
    of, rows, _ = found(Planted("base", 0.0), Planted("tuned", 1.0, seed=1), method="full")
    row = rows.iloc[0]
    assert row["verdict"] == "learned"
    assert row["difference"] == pytest.approx(1.0, abs=0.05)
    assert np.isnan(row["ratio"]), "a base that tells nothing sets no target"
    told = held.product_summary(row.to_dict(), of)
    assert "learned: this probe reads it from no layer of the frozen base" in told
    assert "is not known" in told


def test_noise_on_both_sides_is_nothing_to_expose_and_a_loss_of_all_is_not_nothing() -> None:
    assert found(Planted("base", 0.0), Planted("tuned", 0.0, seed=1))[1]["verdict"].tolist() == ["nothing"]
    of, rows, _ = found(Planted("base", 1.0), Planted("tuned", 0.0, seed=1))
    assert rows["verdict"].tolist() == ["lost"]
    told = held.product_summary(rows.iloc[0].to_dict(), of)
    assert "lost: a probe of the frozen base reads more" in told
    assert "it needs more than all of train" in told


def test_an_interval_that_is_too_wide_tells_nothing() -> None:
    _, rows, _ = found(Planted("base", 1.0, noise=2.5), Planted("tuned", 1.0, seed=3, noise=2.5))
    row = rows.iloc[0]
    assert row["difference_lower"] < 0
    assert row["difference_upper"] > MARGIN * -PRIOR
    assert row["verdict"] == "cannot tell"


def test_pairing_by_item_is_what_tells_them_apart() -> None:
    """Items differ by a bit and a half between themselves: unpaired intervals of the two overlap, the paired one is narrow."""
    _, rows, _ = found(Planted("base", 0.5, spread=0.8), Planted("tuned", 0.58, seed=1, spread=0.8))
    row = rows.iloc[0]
    assert row["upper"] - row["lower"] > 3 * (row["difference_upper"] - row["difference_lower"])
    assert row["difference_lower"] > 0


def test_verdicts_at_their_borders() -> None:
    def said(value: float, lower: float, upper: float, held_most: float = 1.0) -> str:
        return verdict(Score(value, lower, upper, 100), held_most, 0.1)

    assert said(0.0, -0.1, 0.1) == "exposed"
    assert said(0.05, 0.02, 0.09) == "exposed", "seen, but a gain that matters is ruled out"
    assert said(0.0, -0.2, 0.2) == "cannot tell"
    assert said(0.2, -0.01, 0.4) == "cannot tell"
    assert said(0.08, 0.02, 0.14) == "small"
    assert said(0.2, 0.05, 0.3) == "learned"
    assert said(-0.5, -0.6, -0.4) == "lost"
    assert said(-0.2, -0.3, -0.1) == "exposed", "a loss that matters is not sure"
    assert said(0.0, -0.05, 0.05, held_most=0.08) == "nothing"


def test_the_layer_is_chosen_on_dev_and_not_on_test() -> None:
    base = Planted("base", 1.0)
    rows = [row | {"value": 0.01} if row["metric"] == "loss" and row["layer"] == 0 else row for row in base.rows()]
    of = held.frozen(tidy([row | {"run": "r", "corpus": "c"} for row in rows]), ASKED, "base", None)
    assert of.layer == 0
    assert of.value.value == pytest.approx(0.4, abs=0.05)


def test_random_weights_are_the_baseline_and_entropy_the_ceiling() -> None:
    base, twin = Planted("base", 1.0), Planted("random:base@0", 0.1, seed=7)
    of = held.frozen(table_of([base, twin]), ASKED, "base", "random:base@0")
    assert of.random is not None
    assert of.random.value == pytest.approx(0.1, abs=0.05)
    assert of.entropy == -PRIOR
    assert f"random weights hold {of.random}" in held.base_summary(of, ASKED)


def test_other_items_other_train_and_no_information_are_left_out_in_words() -> None:
    base, tuned = Planted("base", 1.0), Planted("tuned", 1.0, seed=1)
    table = table_of([base, tuned])
    of = held.frozen(table, ASKED, "base", None)
    products = {"tuned": lineage("f", "full", 64, 0)}
    other = tuned.items().assign(gold="VERB")

    def left(table: pd.DataFrame, items: dict[str, pd.DataFrame]) -> list[str]:
        rows, notes = held.exposure(table, ASKED, of, products, items.get, None)
        assert rows.empty
        assert "No fine-tuned product of base can be compared with it" in held.summary(rows, of)
        return notes

    assert "answered other items" in left(table, {"base": base.items(), "tuned": other})[0]
    assert "not measured in this way" in left(table, {"base": base.items()})[0]
    prior = (table["checkpoint"] == "tuned") & (table["metric"] == "v_entropy")
    moved = table.assign(value=table["value"].where(~prior, 1.7))
    assert "other sentences" in left(moved, {"base": base.items(), "tuned": tuned.items()})[0]
    with pytest.raises(BadInput, match="--measure decodability"):
        held.frozen(table[table["metric"] != "v_information"], ASKED, "base", None)


def test_only_products_of_fine_tuning_of_this_very_base_are_asked() -> None:
    made = {
        "base": None,
        "mine": lineage("f", "full", 64, 0),
        "other": lineage("g", "full", 64, 0),
        "student": lineage("f", "distill", 64, 0, how="distill"),
    }
    people = {name: checkpoint(name, 2, lineage=one, fingerprint=name[:2]) for name, one in made.items()}
    people["base"] = checkpoint("base", 2, fingerprint="f")
    kept, notes = held.products(people, "base", {TUNED_ON})
    assert (list(kept), notes) == (["mine"], [])
    kept, notes = held.products(people, "base", {"another text"})
    assert not kept
    assert notes == ["mine is left out: it was tuned on other text (animals)."]


def test_the_chart_has_a_line_a_method_and_the_base_between_floor_and_ceiling() -> None:
    base = Planted("base", 1.0)
    tuned = [Planted(f"t{i}", bits, seed=i + 1) for i, bits in enumerate((1.0, 1.0, 1.4, 1.5))]
    told = [("bitfit", 64), ("bitfit", 64), ("full", 64), ("full", 1024)]
    table, items = table_of([base, *tuned]), {one.name: one.items() for one in (base, *tuned)}
    of = held.frozen(table, ASKED, "base", None)
    products = {one.name: lineage("f", method, train, one.seed) for one, (method, train) in zip(tuned, told, strict=True)}
    rows, _ = held.exposure(table, ASKED, of, products, items.get, None)
    drawn = exposure_chart(rows, of)
    points = {trace.name: list(trace.x) for trace in drawn.data if trace.mode == "markers"}
    assert points == {"bitfit": [64, 64], "full": [64, 1024]}
    lines = {trace.legendgroup: list(trace.x) for trace in drawn.data if trace.mode == "lines"}
    assert lines == {"bitfit": [64], "full": [64, 1024]}
    assert drawn.layout.xaxis.type == "log"
    heights = {shape.y0 for shape in drawn.layout.shapes if shape.type == "line"}
    assert {of.value.value, of.entropy, of.value.value + of.margin} <= heights
    told_all = held.summary(rows, of)
    assert "By method: bitfit 2 exposed" in told_all
    assert "full 2 learned" in told_all
