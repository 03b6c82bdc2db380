"""The noise floor: seeds that are alike and methods that are not, methods that are not apart, and too few seeds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from probing.analysis import seed_noise
from probing.analysis.seed_noise import ALL, SeedGroup
from probing.errors import BadInput
from probing.figures.seed_noise import seed_noise_map
from tests.planted.products import lineage

SENTENCES, WORDS = 200, 5


def items(shares: dict[str, float], flips: float = 0.02) -> Callable[[str, str], pd.DataFrame | None]:
    """Checkpoints that answer a share of the same items rightly, `flips` of the answers turned at random, of two tasks and layers."""

    def of(name: str, task: str) -> pd.DataFrame | None:
        draw = np.random.default_rng([ord(letter) for letter in name + task])
        frames = []
        for layer in (0, 1):
            level = np.random.default_rng(layer).random(SENTENCES * WORDS)
            right = (level < shares[name]) ^ (draw.random(len(level)) < flips)
            frames.append(
                pd.DataFrame(
                    {
                        "layer": layer,
                        "seed": pd.array([None] * len(right), dtype="Int64"),
                        "split": "test",
                        "sentence": np.repeat(np.arange(SENTENCES), WORDS),
                        "word": np.tile(np.arange(WORDS), SENTENCES),
                        "gold": "A",
                        "predicted": np.where(right, "A", "B"),
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)

    return of


def arm(**methods: tuple[str, ...]) -> SeedGroup:
    return SeedGroup("classification", "animals", 64, 300, methods)


TWO = arm(bitfit=("b0", "b1"), full=("f0", "f1"))


def test_arms_share_all_but_method_and_seed() -> None:
    told = {
        "b0": lineage("f", "bitfit", 64, 0),
        "b1": lineage("f", "bitfit", 64, 1),
        "f0": lineage("f", "full", 64, 0),
        "again": lineage("f", "full", 64, 0),  # the same seed once more is no second seed
        "larger": lineage("f", "full", 256, 1),
        "longer": lineage("f", "full", 64, 1, steps=900),
        "another": lineage("g", "full", 64, 1),
        "student": lineage("f", "distill", 64, 1, how="distill"),
        "base": None,
    }
    (found,) = seed_noise.seed_groups(told)
    assert found.methods == {"bitfit": ("b0", "b1"), "full": ("f0",)}
    assert found.repeated == ["bitfit"]
    assert found.title == "classification on animals, 64 sentences, 300 steps: bitfit × 2, full × 1"


def test_two_rates_of_a_method_are_no_two_seeds_of_it() -> None:
    fast, slow = ({"learning_rate": {"encoder": rate, "head": 5e-3}} for rate in (3e-4, 1e-5))
    told = {
        "f0": lineage("f", "full", 64, 0, **fast),
        "f1": lineage("f", "full", 64, 1, **fast),
        "slow": lineage("f", "full", 64, 1, **slow),
        "wide": lineage("f", "full", 64, 2, batch=64, **fast),
    }
    (found,) = seed_noise.seed_groups(told)
    assert found.methods == {"full, rate 0.0003": ("f0", "f1"), "full, rate 1e-05": ("slow",)}


def test_seeds_that_differ_less_than_methods_are_said_to() -> None:
    found = seed_noise.seed_noise(TWO, "accuracy", "test", ["upos", "xpos"], items({"b0": 0.7, "b1": 0.7, "f0": 0.9, "f1": 0.9}))
    assert found.seeds.value < 0.02
    assert found.methods.value == pytest.approx(0.2, abs=0.03)
    assert 0 < found.more.lower < found.more.value < found.more.upper
    assert "seeds differ less than methods" in seed_noise.summary(found, TWO, 100, "points")
    cells = found.cells.set_index(["task", "layer"])
    assert set(found.cells["task"]) == {"upos", "xpos", ALL}
    assert cells.loc[(ALL, 0), "methods"] == pytest.approx(
        (cells.loc[("upos", 0), "methods"] + cells.loc[("xpos", 0), "methods"]) / 2
    )


def test_a_cell_is_the_mean_over_pairs_counted_by_hand() -> None:
    shares = {"b0": 0.5, "b1": 0.6, "f0": 0.8, "f1": 0.9}
    found = seed_noise.seed_noise(TWO, "accuracy", "test", ["upos"], items(shares, flips=0))
    right = {
        name: [(np.random.default_rng(layer).random(1000) < share).mean() for layer in (0, 1)] for name, share in shares.items()
    }
    for layer in (0, 1):
        b0, b1, f0, f1 = (right[name][layer] for name in shares)
        row = found.cells.set_index("layer").loc[layer]
        assert row["seeds"] == pytest.approx((abs(b0 - b1) + abs(f0 - f1)) / 2)
        assert row["methods"] == pytest.approx(np.mean([abs(b - f) for b in (b0, b1) for f in (f0, f1)]))


def test_methods_that_are_not_apart_are_not_said_to_be() -> None:
    alike = {"b0": 0.8, "b1": 0.8, "f0": 0.8, "f1": 0.8}
    wrong = 0
    for flips in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3):
        found = seed_noise.seed_noise(TWO, "accuracy", "test", ["upos"], items(alike, flips))
        below, above = found.seeds.value - found.seeds.lower, found.seeds.upper - found.seeds.value
        assert below > above / 2, "noise makes every replicate's differences larger, and the interval does not follow"
        wrong += "seeds differ less than methods" in seed_noise.summary(found, TWO, 100, "points")
    assert wrong <= 1


def test_seeds_as_far_apart_as_methods_are_not_less() -> None:
    found = seed_noise.seed_noise(TWO, "accuracy", "test", ["upos"], items({"b0": 0.6, "b1": 0.9, "f0": 0.6, "f1": 0.9}))
    assert "methods differ less than seeds do" in seed_noise.summary(found, TWO, 100, "points")


def test_too_few_seeds_or_methods_cannot_tell() -> None:
    shares = {"b0": 0.7, "b1": 0.7, "f0": 0.9}
    single = arm(bitfit=("b0", "b1"), full=("f0",))
    found = seed_noise.seed_noise(single, "accuracy", "test", ["upos"], items(shares))
    assert "whether methods differ more is unclear, because full has one seed" in seed_noise.summary(found, single, 100, "points")
    alone = arm(bitfit=("b0", "b1"))
    found = seed_noise.seed_noise(alone, "accuracy", "test", ["upos"], items(shares))
    assert np.isnan(found.methods.value)
    assert found.cells["methods"].isna().all()
    assert "only bitfit was trained like this" in seed_noise.summary(found, alone, 100, "points")


def test_maps_share_their_colours_and_what_is_not_common_is_refused() -> None:
    of = items({"b0": 0.7, "b1": 0.7, "f0": 0.9, "f1": 0.9})
    found = seed_noise.seed_noise(TWO, "accuracy", "test", ["upos"], of)
    most = float(found.cells[["seeds", "methods"]].max(axis=None))
    ends = [seed_noise_map(found, column, most, 100, "points").data[0].zmax for column in ("seeds", "methods")]
    assert ends[0] == ends[1] == pytest.approx(100 * most)
    with pytest.raises(BadInput, match="No task was measured for all of b0, b1, f0, f1"):
        seed_noise.seed_noise(TWO, "accuracy", "test", ["upos"], lambda name, task: None if name == "f1" else of(name, task))
