"""What stands beside the best subset: ridge and lasso, tables from stored runs, and which probes to run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Lasso, Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from cache.results import tidy
from probing.errors import BadInput
from probing.prediction import planner, regularised, stored
from probing.prediction.baselines import rmse
from probing.prediction.table import check
from tests.unit.prediction.made import LAW, planted


@pytest.mark.parametrize("kind", ["ridge", "lasso"])
def test_a_path_is_scikit_learns(kind: Any) -> None:
    table = check(planted(24, 12, noise=0.3), "planted")
    y = table.target("score")
    path = regularised.path(table.x, y, kind)
    columns = (table.x - table.x.mean(0)) / table.x.std(0)
    for place in (0, 15, 30):
        penalty = path.penalties[place]
        model = Ridge(alpha=penalty) if kind == "ridge" else Lasso(alpha=penalty, tol=1e-8, max_iter=100_000)
        np.testing.assert_allclose(path.coefficients[place], model.fit(columns, y).coef_, atol=2e-3)
    assert rmse(path.predicted - y) < 0.75 * y.std()
    strongest = sorted(table.features, key=lambda f: -abs(path.coefficients[20][table.features.index(f)]))[:3]
    assert set(strongest) == set(LAW)


def test_ridges_choice_is_the_best_left_out_error() -> None:
    table = check(planted(18, 8, noise=0.5), "planted")
    y = table.target("score")
    path = regularised.path(table.x, y, "ridge")
    columns = (table.x - table.x.mean(0)) / table.x.std(0)
    errors = [rmse(cross_val_predict(Ridge(alpha=a), columns, y, cv=LeaveOneOut()) - y) for a in path.penalties]
    assert path.chosen == path.penalties[int(np.argmin(errors))]


def test_a_penalised_prediction_never_sees_its_row() -> None:
    frame = planted(12, 6, noise=0.5)
    other = frame.copy()
    other.loc[4, "score"] += 50
    for kind in ("ridge", "lasso"):
        first, second = (regularised.path(t.x, t.target("score"), kind).predicted for t in (check(frame, "a"), check(other, "b")))  # type: ignore[arg-type]
        assert first[4] == second[4]
        assert first[5] != second[5]


def row(checkpoint: str, task: str, layer: int, value: float | None, **more: Any) -> dict[str, Any]:
    base = {"run": "r", "checkpoint": checkpoint, "corpus": "c", "task": task, "probe": "linear", "split": "test"}
    return base | {"layer": layer, "metric": "accuracy", "value": value, "unit": "fraction"} | more


ROWS = [
    *(row(name, "upos", layer, 0.5 + layer / 10 + place) for place, name in enumerate("abc") for layer in (0, 1)),
    *(row(name, "feats:Number", 1, 0.7) for name in "abc"),
    row("a", "upos", 1, 9.0, seed=3),
    row("a", "upos", 1, 9.0, split="dev"),
    row("a", "upos", 1, 9.0, setting={"lambda": "1/n"}),
    row("a", "upos", 1, 9.0, probe="mlp"),
    row("a", "upos", -1, 9.0, metric="majority"),
    row("a", "upos", 2, 0.9),
    row("a", "upos", 1, 100.0, metric="codelength", split="train"),
    row("b", "upos", 1, 120.0, metric="codelength", split="train"),
]


def test_stored_runs_become_features() -> None:
    wide = stored.features(tidy(ROWS)).set_index("checkpoint")
    assert list(wide.columns) == ["upos_layer_0", "upos_layer_1", "feats_Number_layer_1"], "layer 2 is not known of all"
    assert wide["upos_layer_1"].to_dict() == pytest.approx({"a": 0.6, "b": 1.6, "c": 2.6})
    lengths = stored.features(tidy(ROWS), "codelength")
    assert list(lengths.columns) == ["checkpoint", "codelength_upos_layer_1"]
    with pytest.raises(BadInput, match="No stored run has esc"):
        stored.features(tidy(ROWS), "esc")


def test_scores_are_joined_and_the_rest_wait() -> None:
    probed = stored.features(tidy(ROWS))
    both, waiting = stored.join(probed, pd.DataFrame({"Checkpoint": ["c", "a", "z"], "glue": [0.3, 0.1, 0.9]}), "s.csv")
    assert both[["checkpoint", "glue"]].to_dict("list") == {"checkpoint": ["c", "a"], "glue": [0.3, 0.1]}
    assert waiting["checkpoint"].tolist() == ["b"]
    for scores, said in (
        (pd.DataFrame({"who": ["a"], "glue": [1.0]}), "no column of checkpoints"),
        (pd.DataFrame({"checkpoint": ["a", "a"], "glue": [1.0, 2.0]}), "'a' stands more than once"),
        (pd.DataFrame({"checkpoint": ["z"], "glue": [1.0]}), "names no checkpoint that has been probed here"),
        (pd.DataFrame({"checkpoint": ["a"], "upos_layer_0": [1.0]}), "as the probes have"),
    ):
        with pytest.raises(BadInput, match=said):
            stored.join(probed, scores, "s.csv")


def test_a_plan_asks_for_the_chosen_layers_of_known_tasks() -> None:
    wanted = planner.probes(["paraphrase_layer_12", "tree_depth_layer_3", "feats_Number_layer_1"])
    assert [(probe.task, probe.layer) for probe in wanted] == [(None, 12), ("tree_depth", 3), ("feats:Number", 1)]
    spec = planner.question(wanted, "minilm-l6", "grammar")
    assert spec is not None
    assert (spec.tasks, spec.layers, spec.baselines, spec.measure) == (("tree_depth", "feats:Number"), (1, 3), False, "accuracy")
    lengths = planner.question(planner.probes(["codelength_upos_layer_2"]), "minilm-l6", "grammar")
    assert lengths is not None
    assert (lengths.tasks, lengths.measure) == (("upos",), "decodability")
    assert planner.question(planner.probes(["paraphrase_layer_12"]), "minilm-l6", "grammar") is None
