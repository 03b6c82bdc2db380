"""The table that a user brings: what is read, and the sentence for what cannot be."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from probing.errors import BadInput
from probing.prediction.table import LARGEST, new_checkpoints, parse_table, read_table
from tests.unit.prediction.made import planted

FRAME = planted(10, 6)


def csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


def test_what_is_what() -> None:
    frame = FRAME.assign(other=range(10), flat_layer_0=0.5, kin=["x", "y"] * 5)
    table = parse_table(csv(frame), "t.csv")
    assert table.checkpoints[:2] == ("base0", "base0_corr_100")
    assert table.families == ("base0",) * 5 + ("base1",) * 5
    assert len(table.features) == 6
    assert table.dropped == ("flat_layer_0",)
    assert table.targets == ["score", "other"]
    np.testing.assert_allclose(table.target("score"), FRAME["score"])
    np.testing.assert_allclose(table.x, FRAME[list(table.features)])
    assert parse_table(csv(frame), "t.csv", "kin").families == ("x", "y") * 5
    assert "flat_layer_0" in " ".join(table.warnings())


def test_parquet_says_the_same() -> None:
    buffer = io.BytesIO()
    FRAME.to_parquet(buffer, index=False)
    table = parse_table(buffer.getvalue(), "t.parquet")
    np.testing.assert_array_equal(table.x, parse_table(csv(FRAME), "t.csv").x)


def test_a_checkpoint_alone_in_its_family_is_named() -> None:
    frame = pd.concat([FRAME, FRAME.iloc[:1].assign(checkpoint="hermit")])
    table = parse_table(csv(frame), "t.csv")
    assert table.alone == ["hermit"]
    assert any("mean of all others: hermit" in said for said in table.warnings())


def put(row: int, column: str, value: str) -> Callable[[pd.DataFrame], bytes]:
    def change(frame: pd.DataFrame) -> bytes:
        frame = frame.astype(object)
        frame.loc[row, column] = value
        return csv(frame)

    return change


WRONG: list[tuple[str, Callable[[pd.DataFrame], bytes], str]] = [
    ("missing", put(2, "a_layer_3", ""), "t.csv, line 4, column a_layer_3: the cell is empty"),
    ("text", put(0, "b_layer_1", "high"), "t.csv, line 2, column b_layer_1: 'high' is not a number"),
    ("beyond a double's square", put(0, "b_layer_1", "-1e300"), "line 2, column b_layer_1: -1e+300 is too large a number"),
    ("infinite", put(0, "b_layer_1", "inf"), "'inf' is not a number"),
    ("twice", put(3, "checkpoint", "base0"), "lines 2 and 5: 'base0' stands more than once"),
    ("nameless", put(3, "checkpoint", " "), "line 5: no name in checkpoint"),
    ("column twice", lambda f: csv(f).replace(b"b_layer_1", b"a_layer_3", 1), "'a_layer_3' as a column name more than once"),
    ("no features", lambda f: csv(f[["checkpoint", "score"]]), "no probe features"),
    ("few rows", lambda f: csv(f.head(2)), "has 2 rows"),
    ("ragged", lambda f: csv(f) + b"x,1\n", "line 12: 2 cells under 8 column names"),
    ("empty", lambda _f: b"", "has no rows"),
    ("bytes", lambda _f: b"\xff\xfe\x00", "neither parquet nor UTF-8"),
    ("damaged", lambda _f: b"PAR1 and nothing", "damaged parquet"),
    ("all flat", lambda f: csv(f.assign(**{c: 1.0 for c in f if "_layer_" in c})), "one value in all rows"),
    (
        "wide",
        lambda f: csv(
            pd.concat([f[["checkpoint", "score"]], pd.DataFrame(np.ones((10, 10_000))).add_prefix("t_layer_")], axis=1)
        ),
        "10,000 feature columns, more than 1,000",
    ),
]


@pytest.mark.parametrize(("data", "said"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_cannot_be_read_is_told_with_its_place(data: Callable[[pd.DataFrame], bytes], said: str) -> None:
    with pytest.raises(BadInput) as told:
        parse_table(data(FRAME.copy()), "t.csv")
    assert said in str(told.value)
    assert str(told.value).endswith(".")
    assert "\n" not in str(told.value)


def test_a_column_that_is_no_target_says_why() -> None:
    table = parse_table(put(4, "score", "")(FRAME), "t.csv")
    assert table.targets == []
    for name, said in (("score", "line 6, column score: the cell is empty"), ("mood", "no target 'mood': its targets are none")):
        with pytest.raises(BadInput, match=said):
            table.target(name)
    with pytest.raises(BadInput, match="every row has the same score"):
        parse_table(csv(FRAME.assign(score=1.0)), "t.csv").target("score")
    with pytest.raises(BadInput, match="no column 'kin' to take families from"):
        parse_table(csv(FRAME), "t.csv", "kin")


def test_paths_are_the_allowed_ones(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(csv(FRAME))
    assert read_table(str(file), roots=(tmp_path,)).source == "t.csv"
    with pytest.raises(BadInput, match="outside the allowed folders"):
        read_table(str(file), roots=(tmp_path / "elsewhere",))
    with pytest.raises(BadInput, match="cannot be read"):
        read_table(str(tmp_path / "none.csv"))
    with file.open("wb") as big:
        big.truncate(LARGEST + 1)
    with pytest.raises(BadInput, match="more than 50,000,000 bytes"):
        read_table(str(file))


def test_new_checkpoints_need_only_what_was_chosen() -> None:
    frame = FRAME[["checkpoint", "b_layer_1", "a_layer_3"]].head(2)
    names, x = new_checkpoints(csv(frame), "new.csv", ["a_layer_3", "b_layer_1"])
    assert names == ["base0", "base0_corr_100"]
    np.testing.assert_allclose(x, frame[["a_layer_3", "b_layer_1"]])
    with pytest.raises(BadInput, match="exactly one column c_layer_2"):
        new_checkpoints(csv(frame), "new.csv", ["c_layer_2"])
