"""The table that a user brings: a row a checkpoint, its fine-tuning scores, and one column a probe and layer.

Feature columns are those named `…_layer_N`; every other numeric column may be a target. Nothing is guessed about a cell:
what is missing or no number is refused with its place.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
from pyarrow import parquet

from probing.errors import BadInput
from probing.files import opened
from probing.prediction.subsets import MOST_FEATURES
from probing.settings import inside_roots

FEATURE = re.compile(r".+_layer_\d+")
RELATIVE = re.compile(r"_corr_\d+$")
NAMES = ("checkpoint", "lm", "model", "name")
LARGEST = 50_000_000  # bytes
MOST_ROWS = 2_000
LARGEST_NUMBER = 1e100  # squares of what is far beyond it are beyond a double
FEW = 25  # rows up to which a search over more features than rows is warned of


def in_column(task: str) -> str:
    """A task's name as a part of a column's: `feats:Number` → `feats_Number`."""
    return re.sub(r"[^0-9A-Za-z]+", "_", str(task))


@dataclass(frozen=True)
class Table:
    """n checkpoints, p features that vary, and the columns that may be predicted."""

    source: str
    checkpoints: tuple[str, ...]  # n
    families: tuple[str, ...]  # n
    features: tuple[str, ...]  # p
    x: np.ndarray  # (n, p)
    columns: Mapping[str, np.ndarray | str]  # target → (n,) scores, or the sentence that says why it cannot be read
    dropped: tuple[str, ...]  # constant features

    @property
    def targets(self) -> list[str]:
        """Columns that may be predicted, but for those that hold no number at all."""
        return [name for name, values in self.columns.items() if not isinstance(values, str)]

    def target(self, name: str) -> np.ndarray:
        """The scores (n,) of a target. Raises BadInput where there is none, or where they cannot be predicted."""
        if name not in self.columns:
            known = ", ".join(self.targets) or "none"
            raise BadInput(f"{self.source} has no target {name!r}: its targets are {known}.")
        scores = self.columns[name]
        if isinstance(scores, str):
            raise BadInput(scores)
        if np.ptp(scores) == 0:
            raise BadInput(f"{self.source}: every row has the same {name}, so there is nothing to predict.")
        return scores

    @property
    def alone(self) -> list[str]:
        """Checkpoints that are the only one of their family."""
        sizes = Counter(self.families)
        return [name for name, family in zip(self.checkpoints, self.families, strict=True) if sizes[family] == 1]

    def warnings(self) -> list[str]:
        """What a reader of any answer from this table should know first, a sentence each."""
        said = []
        n, p = self.x.shape
        if n <= FEW and p > n:
            said.append(f"{n} rows and {p} features: a search finds something in any numbers, so trust the honest mode only.")
        if self.dropped:
            said.append(f"Constant features were left out: {', '.join(self.dropped)}.")
        if self.alone:
            said.append(f"Alone in its family, predicted by the mean of all others: {', '.join(self.alone)}.")
        return said


def read_table(path: str, family: str | None = None, roots: tuple[Path, ...] | None = None) -> Table:
    """The table in a CSV or parquet file. Raises BadInput."""
    return parse_table(*read_file(path, roots), family)


def read_file(path: str, roots: tuple[Path, ...] | None = None) -> tuple[bytes, str]:
    """A table's bytes and its file's name. Raises BadInput."""
    try:
        file = inside_roots(path, roots)
        with opened(file) as stream:
            data = stream.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise BadInput(f"{path} has more than {LARGEST:,} bytes: leave out the columns that are not needed.")
        return data, file.name
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or error}): give a CSV or parquet file.") from error


def parse_table(data: bytes, name: str, family: str | None = None) -> Table:
    """The table in the bytes of a CSV or parquet file called `name`. Raises BadInput."""
    frame, first = read_frame(data, name)
    return check(frame, name, family, first)


def read_frame(data: bytes, name: str) -> tuple[pd.DataFrame, int]:
    """The cells as they stand (text of a CSV is not read yet), and the number of the first row. Raises BadInput."""
    if data[:4] == b"PAR1":
        try:
            rows = parquet.ParquetFile(io.BytesIO(data)).metadata.num_rows
            if rows > MOST_ROWS:  # a small file may hold a value any number of times
                raise BadInput(f"{name} has {rows:,} rows: give between 3 and {MOST_ROWS:,} checkpoints.")
            return pd.read_parquet(io.BytesIO(data)).reset_index(drop=True), 1
        except BadInput:
            raise
        except (OSError, ValueError, pyarrow.ArrowException) as error:
            raise BadInput(f"{name} is a damaged parquet file: write it again.") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{name} is neither parquet nor UTF-8 text: save it as CSV in UTF-8.") from error
    try:
        lines = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error as error:
        raise BadInput(f"{name} cannot be read as CSV ({error}): save it with commas and double quotes.") from error
    if len(lines) < 2:
        raise BadInput(f"{name} has no rows: give a header and a row a checkpoint.")
    header = [cell.strip() for cell in lines[0]]
    for number, row in enumerate(lines[1:], start=2):
        if len(row) != len(header):
            raise BadInput(f"{name}, line {number}: {len(row)} cells under {len(header)} column names; give every row as many.")
    columns = pd.Index(header)
    return pd.DataFrame([[cell.strip() for cell in row] for row in lines[1:]], columns=columns, dtype=object), 2


def check(frame: pd.DataFrame, source: str, family: str | None = None, first: int = 1) -> Table:
    """The table in a frame; `first` is the number of its first row. Raises BadInput."""
    names = [str(column) for column in frame.columns]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise BadInput(f"{source} has {', '.join(map(repr, twice[:3]))} as a column name more than once: rename one.")
    frame = frame.set_axis(names, axis=1)
    features = [name for name in names if FEATURE.fullmatch(name)]
    if not features:
        raise BadInput(f"{source} has no probe features: name their columns TASK_layer_N, such as tree_depth_layer_5.")
    if len(features) > MOST_FEATURES:
        raise BadInput(
            f"{source} has {len(features):,} feature columns, more than {MOST_FEATURES:,}: keep the tasks and layers you mean."
        )
    if not 3 <= len(frame) <= MOST_ROWS:
        raise BadInput(f"{source} has {len(frame):,} rows: give between 3 and {MOST_ROWS:,} checkpoints.")
    rest = [name for name in names if name not in features]
    where = "line" if first == 2 else "row"
    named = next((name for name in rest if name.lower() in NAMES), rest[0] if rest else None)
    if named is None:
        raise BadInput(f"{source} has no column of names: put the checkpoints' names into a column called checkpoint.")
    checkpoints = _labels(frame, named, source, where, first)
    twice = [name for name, count in Counter(checkpoints).items() if count > 1]
    if twice:
        places = [str(row + first) for row, name in enumerate(checkpoints) if name == twice[0]]
        raise BadInput(
            f"{source}, {where}s {' and '.join(places[:3])}: {twice[0]!r} stands more than once in {named}; rename one."
        )
    if family is not None and family not in rest:
        raise BadInput(f"{source} has no column {family!r} to take families from: its columns are {', '.join(rest[:20])}.")
    families = _labels(frame, family, source, where, first) if family else [RELATIVE.sub("", name) for name in checkpoints]
    cells = np.column_stack([_numbers(frame, name, source, where, first) for name in features])
    varies = np.ptp(cells, axis=0) > 1e-12 * np.abs(cells).max(axis=0)
    if not varies.any():
        raise BadInput(f"{source}: every probe feature has one value in all rows, so none can predict anything.")
    columns: dict[str, np.ndarray | str] = {}
    for name in rest:
        if name in (named, family):
            continue
        try:
            columns[name] = _numbers(frame, name, source, where, first)
        except BadInput as error:
            columns[name] = str(error)
    return Table(
        source=source,
        checkpoints=tuple(checkpoints),
        families=tuple(families),
        features=tuple(name for name, keep in zip(features, varies, strict=True) if keep),
        x=cells[:, varies],
        columns=columns,
        dropped=tuple(name for name, keep in zip(features, varies, strict=True) if not keep),
    )


def new_checkpoints(data: bytes, name: str, features: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Checkpoints without a score: their names, and the features asked for (m, k). Raises BadInput."""
    frame, first = read_frame(data, name)
    where = "line" if first == 2 else "row"
    frame = frame.set_axis([str(column) for column in frame.columns], axis=1)
    missing = [feature for feature in features if list(frame.columns).count(feature) != 1]
    if missing:
        raise BadInput(f"{name} needs exactly one column {missing[0]}: the prediction reads {', '.join(features)}.")
    named = next((column for column in frame.columns if column.lower() in NAMES), frame.columns[0])
    cells = [_numbers(frame, feature, name, where, first) for feature in features]
    return _labels(frame, named, name, where, first), np.column_stack(cells)


def _labels(frame: pd.DataFrame, column: str, source: str, where: str, first: int) -> list[str]:
    said = ["" if pd.isna(cell) else str(cell).strip() for cell in frame[column]]
    if "" in said:
        raise BadInput(f"{source}, {where} {said.index('') + first}: no name in {column}; write one.")
    return said


def _numbers(frame: pd.DataFrame, column: str, source: str, where: str, first: int) -> np.ndarray:
    """A column as finite numbers (n,). Raises BadInput at the first cell that is none."""
    cells = frame[column]
    values = pd.to_numeric(cells.where(cells != "", None), errors="coerce").to_numpy(float, na_value=np.nan)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        row = int(bad[0])
        place = f"{source}, {where} {row + first}, column {column}"
        if pd.isna(cells.iloc[row]) or cells.iloc[row] == "":
            raise BadInput(f"{place}: the cell is empty; fill it or leave the row out.")
        raise BadInput(f"{place}: {str(cells.iloc[row])[:40]!r} is not a number; correct it.")
    large = np.flatnonzero(np.abs(values) > LARGEST_NUMBER)
    if len(large):
        row = int(large[0])
        raise BadInput(f"{source}, {where} {row + first}, column {column}: {values[row]:g} is too large a number; correct it.")
    return values
