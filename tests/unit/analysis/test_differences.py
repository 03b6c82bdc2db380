"""Differences between checkpoints: planted ones are found, none is found where there is none, pairs are paired."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cache.table import tidy
from probing.analysis import differences as parted
from probing.analysis.differences import ComparedCheckpoint, adjust, differences, matched, summary
from probing.errors import BadInput
from probing.measures import curve
from probing.measures.statistics import mcnemar, normal_p
from tests.planted.products import BEST, PROBE, SIZES, TASK, Planted

SENTENCES, WORDS = 100, 5


def items(right: dict[int, np.ndarray], seed: int | None = None, order: np.ndarray | None = None) -> pd.DataFrame:
    """Items by layer whose answers are `right` [500]."""
    frames = []
    for layer, some in right.items():
        frame = pd.DataFrame(
            {
                "layer": layer,
                "seed": pd.array([seed] * len(some), dtype="Int64"),
                "split": "test",
                "sentence": np.repeat(np.arange(SENTENCES), WORDS),
                "word": np.tile(np.arange(WORDS), SENTENCES),
                "gold": "A",
                "predicted": np.where(some, "A", "B"),
                "log2p": -1.0,
            }
        )
        frames.append(frame if order is None else frame.iloc[order])
    return pd.concat(frames, ignore_index=True)


def table(
    values: dict[tuple[str, int], tuple[float, float, float]], metric: str = "accuracy", task: str = "upos"
) -> pd.DataFrame:
    base: dict[str, Any] = {
        "run": "r",
        "corpus": "c",
        "task": task,
        "probe": "linear",
        "split": "test",
        "metric": metric,
        "unit": "fraction",
    }
    return tidy(
        base | {"checkpoint": name, "layer": layer, "value": value, "lower": lower, "upper": upper, "n": 500}
        for (name, layer), (value, lower, upper) in values.items()
    )


def answers(share: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(SENTENCES * WORDS) < share


@pytest.fixture(name="two")
def both() -> tuple[pd.DataFrame, ComparedCheckpoint, ComparedCheckpoint]:
    """Layer 0: the same answers. Layer 1: the second loses 60 items of 500 that the first had, and gains 10."""
    was = {0: answers(0.8, 0), 1: answers(0.8, 1)}
    now = {layer: some.copy() for layer, some in was.items()}
    now[1][np.flatnonzero(was[1])[:360:6]] = False
    now[1][np.flatnonzero(~was[1])[:80:8]] = True
    shares = {("a", layer): some.mean() for layer, some in was.items()} | {
        ("b", layer): some.mean() for layer, some in now.items()
    }
    rows = table({key: (float(v), float(v) - 0.04, float(v) + 0.04) for key, v in shares.items()})
    shuffled = np.random.default_rng(2).permutation(SENTENCES * WORDS)
    return rows, ComparedCheckpoint("a", 1, items(was)), ComparedCheckpoint("b", 1, items(now, order=shuffled))


def test_a_planted_difference_is_found_and_the_same_answers_are_not(
    two: tuple[pd.DataFrame, ComparedCheckpoint, ComparedCheckpoint],
) -> None:
    rows, first, second = two
    found = adjust(differences(rows, "accuracy", "test", "upos", "linear", first, second)).set_index("layer")
    assert found.loc[0, ["difference", "lower", "upper", "p", "adjusted"]].tolist() == [0, 0, 0, 1, 1]
    assert found.loc[1, "difference"] == pytest.approx(-50 / 500)
    assert found.loc[1, "lower"] < -0.1 < found.loc[1, "upper"] < 0
    right = np.zeros(500, bool)
    right[:60] = True
    gained = np.zeros(500, bool)
    gained[60:70] = True
    assert found.loc[1, "p"] == mcnemar(right, gained), "60 lost and 10 won, whatever the order the items are stored in"
    assert found.loc[1, "adjusted"] == pytest.approx(2 * found.loc[1, "p"])
    assert found.loc[1, "least"] == pytest.approx(2.801585 * np.sqrt(70) / 500, rel=1e-5)
    assert found["n"].tolist() == [500, 500]
    assert found["paired"].all()
    told = summary(found.reset_index(), "a", "b", "accuracy")
    assert told.startswith(
        "1 of 2 cells differ at 5 % after Benjamini–Hochberg: b is higher in 0 and lower in 1; the largest is upos at layer 1, -10.0"
    )


def test_pairing_sees_what_separate_intervals_do_not(two: tuple[pd.DataFrame, ComparedCheckpoint, ComparedCheckpoint]) -> None:
    rows, first, second = two
    found = differences(
        rows, "accuracy", "test", "upos", "linear", first._replace(items=None), second._replace(items=None)
    ).set_index("layer")
    assert not found["paired"].any()
    assert found.loc[1, "upper"] - found.loc[1, "lower"] == pytest.approx(2 * np.hypot(0.04, 0.04))
    paired = differences(rows, "accuracy", "test", "upos", "linear", first, second).set_index("layer")
    assert paired.loc[1, "upper"] - paired.loc[1, "lower"] < 0.08
    assert "intervals are unpaired" in summary(adjust(found.reset_index()), "a", "b", "accuracy")


def test_seeds_are_paired_with_themselves() -> None:
    """The second answers as the first does, under each of two seeds: nothing differs, though seeds do."""
    frames = pd.concat([items({0: answers(0.5, seed)}, seed) for seed in (0, 1)], ignore_index=True)
    rows = table({("a", 0): (0.5, 0.4, 0.6), ("b", 0): (0.5, 0.4, 0.6)})
    found = differences(
        rows,
        "accuracy",
        "test",
        "upos",
        "linear",
        ComparedCheckpoint("a", 1, frames),
        ComparedCheckpoint("b", 1, frames.iloc[::-1]),
    )
    assert found.loc[0, ["difference", "lower", "upper", "p"]].tolist() == [0, 0, 0, 1]


def test_chance_alone_marks_few_cells() -> None:
    """Two probes of one accuracy that err on other items: at most one of 60 cells in several draws."""
    wrong = 0
    for draw in range(3):
        ps = [
            differences(
                table({("a", 0): (0.7, 0.6, 0.8), ("b", 0): (0.7, 0.6, 0.8)}),
                *("accuracy", "test", "upos", "linear"),
                ComparedCheckpoint("a", 1, items({0: answers(0.7, 1000 * draw + cell)})),
                ComparedCheckpoint("b", 1, items({0: answers(0.7, 1000 * draw + cell + 500)})),
            )
            for cell in range(20)
        ]
        wrong += int((adjust(pd.concat(ps, ignore_index=True))["adjusted"] <= parted.LEVEL).sum())
    assert wrong <= 1


def test_other_items_are_refused(two: tuple[pd.DataFrame, ComparedCheckpoint, ComparedCheckpoint]) -> None:
    rows, first, second = two
    assert second.items is not None
    for change, complaint in (
        ({"gold": "C"}, "answered other items"),
        ({"sentence": second.items["sentence"] + 1000}, "share no items"),
    ):
        other = second._replace(items=second.items.assign(**change))
        with pytest.raises(BadInput, match=complaint):
            differences(rows, "accuracy", "test", "upos", "linear", first, other)


def test_trees_are_paired_by_sentence_and_weighted_by_their_arcs() -> None:
    arcs = np.tile([2, 10], 20)
    frame = pd.DataFrame(
        {"layer": 0, "seed": pd.array([0] * 40, dtype="Int64"), "split": "test", "sentence": np.arange(40), "arcs": arcs}
    )
    first, second = frame.assign(found=arcs // 2), frame.assign(found=np.where(arcs == 10, 10, 1))
    rows = table({("a", 0): (0.5, 0.4, 0.6), ("b", 0): (0.9, 0.8, 1.0)}, "uuas", "trees")
    found = differences(
        rows, "uuas", "test", "trees", "linear", ComparedCheckpoint("a", 1, first), ComparedCheckpoint("b", 1, second)
    ).loc[0]
    assert found["difference"] == pytest.approx(5 * 20 / 240)
    assert 0 < found["lower"] < found["difference"] < found["upper"]
    assert found["p"] < 1e-6


def test_what_is_not_known_is_neither_a_difference_nor_the_same() -> None:
    rows = table({("a", 0): (900.0, 800.0, 1000.0), ("b", 0): (float("nan"), 1200.0, float("nan"))}, "esc")
    found = adjust(
        differences(rows, "esc", "test", "upos", "linear", ComparedCheckpoint("a", 1, None), ComparedCheckpoint("b", 1, None))
    )
    assert found[["difference", "p", "adjusted"]].isna().all(axis=None)
    assert "no difference can be tested" in summary(found, "a", "b", "esc")


def test_layers_meet_at_the_nearest_share_of_the_depth() -> None:
    assert matched(range(7), 6, range(7), 6) == [(layer, layer) for layer in range(7)]
    assert matched(range(13), 12, range(4), 3) == [(0, 0), (4, 1), (8, 2), (12, 3)]
    assert matched([0, 2], 2, [1], 2) == [(0, 1)], "of two as near, the lower"
    assert matched([], 2, [1], 2) == []


def replicated(metric: str, second: Planted, change: Any = None) -> pd.DataFrame:
    """Second minus a base, from the replicates that both keep; `change` is done to the table before."""
    base = Planted("base", 1.4, pace=0.8)
    rows = tidy([row | {"run": "r", "corpus": "c"} for one in (base, second) for row in one.rows()])
    rows = rows if change is None else change(rows)
    split = "train" if metric == "codelength" else "dev"
    sides = [ComparedCheckpoint(one.name, 2, None, one.arrays()) for one in (base, second)]
    return adjust(differences(rows, metric, split, TASK, PROBE, *sides)).set_index("layer")


@pytest.mark.parametrize("metric", ["codelength", "esc"])
def test_replicates_of_the_same_sentences_are_paired(metric: str) -> None:
    """Both share the errors of their sentences, ten times as large as their own: the pair sees what separate intervals do not."""

    def other_sentences(rows: pd.DataFrame) -> pd.DataFrame:
        moved = (rows["checkpoint"] == "tuned") & (rows["metric"] == "v_entropy")
        return rows.assign(upper=rows["upper"].where(~moved, 2.2))

    tuned = Planted("tuned", 1.4, pace=0.75, seed=1)
    paired, apart = replicated(metric, tuned), replicated(metric, tuned, other_sentences)
    assert paired.loc[BEST, "paired"]
    assert not apart["paired"].any()
    for column in ("difference", "first", "second"):
        assert paired.loc[BEST, column] == apart.loc[BEST, column]
    widths = [frame.loc[BEST, "upper"] - frame.loc[BEST, "lower"] for frame in (paired, apart)]
    assert widths[0] < widths[1] / 2
    assert paired.loc[BEST, "lower"] < paired.loc[BEST, "difference"] < paired.loc[BEST, "upper"]
    assert paired.loc[BEST, "p"] < 0.05 < apart.loc[BEST, "p"]


def test_a_paired_codelength_is_the_percentiles_of_what_replicates_differ() -> None:
    tuned = Planted("tuned", 1.4, pace=0.75, seed=1)
    told = replicated("codelength", tuned).loc[BEST]
    apart = tuned.arrays()[f"{BEST}/code/task"] - Planted("base", 1.4, pace=0.8).arrays()[f"{BEST}/code/task"]
    assert (told["lower"], told["upper"]) == pytest.approx(tuple(np.quantile(apart, [0.025, 0.975])))


def test_the_p_of_sample_complexity_is_that_of_the_ratio() -> None:
    tuned = Planted("tuned", 1.4, pace=0.75, seed=1)
    told = replicated("esc", tuned).loc[BEST]
    drawn = [
        curve.sample_complexity(SIZES, one.arrays()[f"{BEST}/curve/task"], 1.4) for one in (Planted("base", 1.4, pace=0.8), tuned)
    ]
    log = np.log(drawn[1] / drawn[0])
    assert told["p"] == pytest.approx(
        normal_p(float(np.log(told["second"] / told["first"])), *np.quantile(log, [0.025, 0.975]).tolist())
    )


def test_a_target_that_replicates_miss_has_no_interval_and_other_targets_are_refused() -> None:
    # The last loss lies a hair below the target, and the replicates on either side of it.
    close = Planted("tuned", 0.6 + 1e-3, pace=3.0, seed=1)
    told = replicated("esc", close).loc[BEST]
    assert np.isfinite(told["difference"])
    assert told[["lower", "upper", "p"]].isna().all()

    def other_target(rows: pd.DataFrame) -> pd.DataFrame:
        moved = (rows["checkpoint"] == "tuned") & (rows["metric"] == "epsilon")
        return rows.assign(value=rows["value"].where(~moved, 0.7))

    with pytest.raises(BadInput, match="other target losses"):
        replicated("esc", close, other_target)


def test_a_cell_without_replicates_is_unpaired() -> None:
    base, tuned = Planted("base", 1.4), Planted("tuned", 1.4, seed=1)
    rows = tidy([row | {"run": "r", "corpus": "c"} for one in (base, tuned) for row in one.rows()])
    older = {name: values for name, values in tuned.arrays().items() if "/code/" not in name}
    sides = ComparedCheckpoint("base", 2, None, base.arrays()), ComparedCheckpoint("tuned", 2, None, older)
    assert not differences(rows, "codelength", "train", TASK, PROBE, *sides)["paired"].any()
    assert differences(rows, "esc", "dev", TASK, PROBE, *sides)["paired"].any()


def test_colours_of_maps_end_at_the_largest_difference_of_all() -> None:
    frames = [pd.DataFrame({"difference": values}) for values in ([0.1, -0.4], [np.nan, 0.2], [], [np.nan])]
    assert parted.largest(frames) == 0.4
    assert parted.largest([]) == 0.0


def test_rows_of_layers_and_seeds_may_stand_in_any_order() -> None:
    frames = [
        pd.concat([items({0: answers(0.7, 10 * side + seed), 1: answers(0.9, 50 * side + seed)}, seed) for seed in (1, 2)])
        for side in (1, 2)
    ]
    mixed = [frame.sample(frac=1.0, random_state=3 + side) for side, frame in enumerate(frames)]
    rows = table({(name, layer): (0.8, 0.7, 0.9) for name in ("a", "b") for layer in (0, 1)})
    plain, shuffled = (
        differences(
            rows,
            "accuracy",
            "test",
            TASK,
            PROBE,
            *(ComparedCheckpoint(name, 1, one) for name, one in zip("ab", some, strict=True)),
        )
        for some in (frames, mixed)
    )
    assert len(plain) == 2
    pd.testing.assert_frame_equal(plain, shuffled)


def test_a_measure_that_the_table_lacks_has_no_differences(
    two: tuple[pd.DataFrame, ComparedCheckpoint, ComparedCheckpoint],
) -> None:
    rows, first, second = two
    assert differences(rows, "uuas", "test", "upos", "linear", first, second).empty, "items of labels have no arcs"
