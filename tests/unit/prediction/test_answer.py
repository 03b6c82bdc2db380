"""A planted law is found, noise is called noise, and the shared table gives the published and the honest figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from probing.errors import BadInput
from probing.prediction import Table, honest, nulls, paper, predict, read_table, score_new
from probing.prediction import answer as answers
from probing.prediction.baselines import leave_one_out_family_mean, leave_one_out_mean, rmse
from probing.prediction.subsets import best_subsets
from probing.prediction.table import check
from tests.unit.prediction.made import LAW, planted

TARGETS = ("rte", "cola", "mrpc", "sst2", "qnli", "qqp")


@pytest.fixture(scope="module")
def glue(real_data: Path) -> Table:
    return read_table(str(real_data / "fine_tuning_prediction" / "probing_and_glue_25_checkpoints.csv"))


@pytest.fixture(scope="module")
def scores(glue: Table) -> np.ndarray:
    return np.stack([glue.target(name) for name in TARGETS], axis=1)


def test_paper_mode_gives_the_published_figures(glue: Table, scores: np.ndarray) -> None:
    assert len(glue.features) == 84
    assert len(glue.dropped) == 7
    found = best_subsets(glue.x, scores, 3)
    np.testing.assert_allclose(np.sqrt(found.rss[0] / 25), [0.0331, 0.0053, 0.0149, 0.0028, 0.0019, 0.0125], atol=5e-5)
    short = {
        "coordination_inversion": "CoordInv",
        "tree_depth": "TreeDepth",
        "bigram_shift": "BigramShift",
        "obj_number": "ObjNum",
    }
    short |= {"subj_number": "SubjNum", "odd_man_out": "SOMO", "past_present": "Tense"}
    names = [
        {short[task] + layer for task, layer in (glue.features[c].split("_layer_") for c in row)} for row in found.features[0]
    ]
    assert names == [
        {"CoordInv1", "TreeDepth1", "BigramShift12"},
        {"ObjNum2", "SubjNum2", "TreeDepth12"},
        {"TreeDepth1", "SOMO4", "ObjNum7"},
        {"SubjNum1", "BigramShift3", "CoordInv10"},
        {"SubjNum2", "Tense8", "CoordInv9"},
        {"TreeDepth6", "Tense8", "Tense12"},
    ]


def test_the_published_reductions_lie_within_the_noise_of_one_draw(glue: Table, scores: np.ndarray) -> None:
    for y, published in zip(scores.T, (0.417, 0.757, 0.476, 0.726, 0.805, 0.768), strict=True):
        found = paper.in_sample(glue.x, y, 3, 0)
        assert found is not None
        low, high = found.reduction_draws
        assert low <= published <= high


def test_honest_mode_gives_the_nested_figures(glue: Table, scores: np.ndarray) -> None:
    nested = honest.nested(glue.x, scores, 3, np.arange(25)).predicted - scores
    np.testing.assert_allclose([rmse(e) for e in nested.T], [0.0775, 0.0161, 0.0357, 0.0048, 0.0040, 0.0263], atol=5e-5)
    family = [rmse(leave_one_out_family_mean(y, glue.families) - y) for y in scores.T]
    np.testing.assert_allclose(family, [0.0648, 0.0082, 0.0262, 0.0044, 0.0038, 0.0287], atol=5e-5)
    mean = [rmse(leave_one_out_mean(y) - y) for y in scores.T]
    reductions = [1 - rmse(e) / base for e, base in zip(nested.T, mean, strict=True)]
    np.testing.assert_allclose(reductions, [-0.17, 0.31, -0.09, 0.58, 0.63, 0.59], atol=5e-3)
    assert glue.alone == ["embeddings_xlnet_base_cased"]


def test_a_planted_law_is_found_and_survives() -> None:
    table = check(planted(), "planted")
    found = predict(table, "score", 3, permutations=99)
    assert set(found.features) == set(LAW)
    weights = dict(zip(found.features, found.paper.coefficients[1:], strict=True))
    assert weights == pytest.approx(LAW, abs=0.02)
    assert found.chosen == dict.fromkeys(found.chosen, 1.0), "every fold chooses the law"
    assert found.loo_rmse < 0.05
    assert found.lofo_rmse is not None
    assert found.lofo_rmse < 0.05
    assert found.p_within_family == pytest.approx(0.01)
    assert found.survives == "probes"
    assert "a part survives" in found.sentence()
    inside = (found.intervals[:, 0] <= found.measured) & (found.measured <= found.intervals[:, 1])
    assert inside.mean() >= 0.9
    new = np.array([[1.0, 1.0, 1.0]])
    value, low, high = score_new(found, new)[0]
    assert value == pytest.approx(sum(LAW.values()), abs=0.03)
    assert low < value < high


def test_noise_is_called_noise() -> None:
    """The whole of it, 100 draws, is in docs/validation.md."""
    verdicts = []
    for seed in range(8):
        table = check(planted(20, 30, seed=seed, effect=0.0), "noise")
        y = table.target("score")
        loo = honest.nested(table.x, y[:, None], 3, np.arange(20)).predicted[:, 0]
        verdicts.append(honest.reduction(loo - y, leave_one_out_mean(y) - y, 0)[1] <= 0)
        inside = paper.in_sample(table.x, y, 3, 0)
        assert inside is not None
        assert inside.reduction > 0.1, "in sample the same noise looks like a find"
    assert sum(verdicts) >= 7


def test_what_families_alone_tell_does_not_count_as_probes() -> None:
    """A feature that names the family predicts as well as the family mean; permutations within families show it."""
    frame = planted(30, 8, seed=3, effect=0.0)
    place = np.repeat(np.arange(6.0), 5)
    frame["score"] = place + 0.1 * frame["score"]
    frame["a_layer_3"] = place
    found = predict(check(frame, "families"), "score", 1, permutations=199)
    assert found.features == ("a_layer_3",)
    assert found.against_mean[1] > 0.5
    assert found.p_within_family is not None
    assert found.p_within_family > 0.05
    assert found.survives == "families"


def test_a_fold_never_sees_its_row() -> None:
    """Whatever stands in a row's score, its own prediction does not move: neither the fit nor the choice has read it."""
    frame = planted(15, 10, noise=0.5)
    changed = frame.copy()
    changed.loc[7, "score"] += 100
    first, second = (
        honest.nested(t.x, t.target("score")[:, None], 2, np.arange(15)).predicted
        for t in (check(frame, "a"), check(changed, "b"))
    )
    assert first[7] == second[7]
    assert (first[:7] != second[:7]).all()
    table = check(changed, "b")
    fold = honest.family_out(table.families)
    out = [honest.nested(t.x, t.target("score")[:, None], 2, fold).predicted for t in (check(frame, "a"), check(changed, "b"))]
    assert (out[0][5:10] == out[1][5:10]).all()
    assert (out[0][:5] != out[1][:5]).all()


def test_baselines_by_hand() -> None:
    y = np.array([1.0, 3.0, 5.0, 11.0])
    np.testing.assert_allclose(leave_one_out_mean(y), [19 / 3, 17 / 3, 5, 3])
    np.testing.assert_allclose(leave_one_out_family_mean(y, ["a", "a", "a", "b"]), [4, 3, 2, 3])


def test_intervals_by_hand() -> None:
    assert honest.conformal(np.arange(1.0, 20.0)) == (19.0, 0.95)
    assert honest.conformal(np.arange(1.0, 40.0)) == (38.0, 0.95)
    half, level = honest.conformal(np.array([-3.0, 1.0, 2.0]))
    assert (half, level) == (3.0, 0.75)
    assert honest.reduction(np.ones(5), np.full(5, 2.0), 0) == pytest.approx((0.5, 0.5, 0.5))


def test_permutations_stay_within_families() -> None:
    y = np.arange(12.0)
    families = ["a"] * 5 + ["b"] * 6 + ["c"]
    moved = nulls.within_families(y, families, np.random.default_rng(0))
    assert (moved != y).any()
    assert moved[11] == 11
    assert sorted(moved[:5]) == list(y[:5])
    x = np.random.default_rng(1).normal(size=(12, 4))
    assert nulls.family_permutation_p(x, y, list("abcdefghijkl"), 1, 99, 0) is None


def test_permutation_p_is_even_where_nothing_is_there() -> None:
    found = []
    for seed in range(60):
        table = check(planted(20, 10, seed=seed, effect=0.0), "noise")
        found.append(nulls.family_permutation_p(table.x, table.target("score"), table.families, 2, 49, seed))
    p = np.array(found, float)
    assert 0.35 < p.mean() < 0.65
    assert (p <= 0.1).mean() < 0.25


def test_the_same_seed_gives_the_same_answer() -> None:
    table = check(planted(12, 8), "planted")
    first, second = (predict(table, "score", 2, permutations=19, seed=5).as_dict() for _ in range(2))
    assert first.pop("seconds") > 0
    second.pop("seconds")
    assert first == second
    assert predict(table, "score", 2, permutations=19, seed=6).noise_loo_rmse != first["mode_honest"]["noise_loo_rmse"]


def test_work_that_is_cut_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PERMUTED_FITS", 28 * 30)
    found = predict(check(planted(12, 8), "planted"), "score", 2, permutations=99)
    assert found.permutations == 30
    assert "30 permutations instead of 99: each searches 28 subsets anew." in found.warnings


@pytest.mark.parametrize(
    ("rows", "columns", "k", "said"),
    [
        (5, 8, 3, "5 rows, too few to choose 3 features and judge them: give at least 6"),
        (10, 3, 4, "3 features that vary, fewer than the 4"),
        (10, 8, 6, "choose between 1 and 5"),
        (10, 8, 0, "choose between 1 and 5"),
        (10, 400, 4, "1,050,739,900 subsets, more than"),
    ],
)
def test_what_cannot_be_judged_is_refused(rows: int, columns: int, k: int, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        predict(check(planted(rows, columns), "planted"), "score", k)


def test_one_family_has_nobody_to_be_left_out_for() -> None:
    found = predict(check(planted(12, 6).assign(kin="all"), "planted", "kin"), "score", 2, permutations=0)
    assert found.lofo_rmse is None
    assert found.p_within_family is None
    assert any("family out leaves too few" in said for said in found.warnings)
    assert found.level == pytest.approx(11 / 12)
