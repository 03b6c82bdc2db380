"""Scores of a run to a program that tracks experiments: trackio, wandb or MLflow, by one adapter. Nothing is sent unless it is asked for by name.

None of them is needed or installed by Strata. trackio and a local MLflow keep what they get on this machine; wandb sends it to its server unless
it is set otherwise, and stays offline where STRATA_OFFLINE is set.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pandas as pd

from probing.errors import BadInput
from probing.records.run import RunRecord

LIBRARIES = ("trackio", "wandb", "mlflow")
# MLflow takes these signs alone in the name of a metric.
_REFUSED = re.compile(r"[^\w\-./ ]")


def named(text: str) -> tuple[str, str]:
    """LIBRARY and PROJECT of LIBRARY:PROJECT. Raises BadInput for an unknown library, or where it is not installed."""
    library, _, project = text.partition(":")
    if library not in LIBRARIES or not project:
        raise BadInput(f"{text!r} names no tracker: write LIBRARY:PROJECT, with one of {', '.join(LIBRARIES)}.")
    if importlib.util.find_spec(library) is None:
        raise BadInput(
            f"{library} is not installed: install it in the app's environment, or name another of {', '.join(LIBRARIES)}."
        )
    return library, project


def scores(table: pd.DataFrame) -> dict[int, dict[str, float]]:
    """Step → name → value. The step is the layer; what has no layer stands at step 0. Names are CHECKPOINT/TASK/PROBE/SPLIT/MEASURE; of all
    seeds together, without what has a setting of its own."""
    rows = table[table["seed"].isna() & table["value"].notna() & (table["setting"].astype(str) == "{}")]
    found: dict[int, dict[str, float]] = {}
    for row in rows.to_dict("records"):
        parts = (str(row[name]).strip("/") for name in ("checkpoint", "task", "probe", "split", "metric"))
        name = "/".join(_REFUSED.sub("_", part) for part in parts if part)
        found.setdefault(max(0, int(row["layer"])), {})[name] = float(row["value"])
    return dict(sorted(found.items()))


def asked(record: RunRecord) -> dict[str, Any]:
    """What is said of the run beside its scores: what was asked, flat, and what identifies it."""
    spec = record.spec.model_dump(mode="json", exclude_none=True)
    flat = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in spec.items()}
    prints = {f"fingerprint of {one.name}": one.fingerprint for one in record.checkpoints if one.requested}
    return flat | {"strata run": record.run, "corpus hash": record.corpus.hash} | prints


def track(text: str, record: RunRecord, table: pd.DataFrame, offline: bool = False) -> int:
    """Log a run to LIBRARY:PROJECT, under its id; returns how many scores. Raises BadInput where the library refuses."""
    library, project = named(text)
    found, facts = scores(table), asked(record)
    module = importlib.import_module(library)
    try:
        if library == "mlflow":
            _mlflow(module, project, record.run, facts, found)
        else:
            more = {"mode": "offline"} if offline and library == "wandb" else {}
            _steps(module, project, record.run, facts, found, more)
    except Exception as error:  # another program's, of any kind
        raise BadInput(
            f"{library} did not take the scores of {record.run} ({type(error).__name__}: {error}); the run itself is stored."
        ) from error
    return sum(map(len, found.values()))


def _steps(
    module: ModuleType, project: str, run: str, facts: Mapping[str, Any], found: Mapping[int, dict[str, float]], more: Any
) -> None:
    """wandb, and trackio, which has the same functions."""
    module.init(project=project, name=run, config=dict(facts), **more)
    try:
        for step, values in found.items():
            module.log(values, step=step)
    finally:
        module.finish()


def _mlflow(module: ModuleType, project: str, run: str, facts: Mapping[str, Any], found: Mapping[int, dict[str, float]]) -> None:
    module.set_experiment(project)
    with module.start_run(run_name=run):
        module.log_params({_REFUSED.sub("_", name): str(value)[:500] for name, value in facts.items()})
        for step, values in found.items():
            module.log_metrics(values, step=step)
