"""Scores of a run in the two forms that model cards of a hub have. They are written to a file; nothing is sent anywhere.

`model-index` is part of the head of a README.md; `eval-results` is a file of its own, `.eval_results/NAME.yaml`, whose scores stand under a
data set of the hub. huggingface_hub has both formats; this module says what of a run they hold.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any, NamedTuple

import pandas as pd
import yaml

from probing.analysis.rows import known_values
from probing.analysis.summaries import best_layer
from probing.errors import BadInput
from probing.installation import VERSION
from probing.measures import MEASURES
from probing.records.run import RunRecord

METRICS = ("accuracy", "macro_f1", "micro_f1", "slot_f1", "mcc", "selectivity")  # that model cards compare; all are fractions
TYPES = {
    "word": "token-classification",
    "sentence": "text-classification",
    "pair": "text-classification",
    "edge": "token-classification",
}
HUB = "hub:"  # of the name that a corpus is found by


class Result(NamedTuple):
    """A score on a test split of the layer with the lowest loss on dev."""

    task: str
    level: str
    probe: str
    layer: int
    split: str
    metric: str
    value: float
    lower: float
    upper: float
    n: int

    @property
    def said(self) -> str:
        """How it was made, in one line."""
        interval = f", 95 % interval {self.lower:.4f} to {self.upper:.4f}" if self.lower == self.lower else ""
        return f"{self.probe} probe of layer {self.layer} (lowest loss on dev), {self.n} items{interval}; strata {VERSION}"


def results(record: RunRecord, table: pd.DataFrame, checkpoint: str) -> list[Result]:
    """Of each task and probe family of a checkpoint. Raises BadInput where the run has no such checkpoint, or none of these scores."""
    names = [one.name for one in record.checkpoints]
    if checkpoint not in names:
        raise BadInput(f"The run {record.run} has no checkpoint {checkpoint!r}: name one of {', '.join(names)}.")
    found = []
    splits = [str(split) for split in table["split"].unique() if split not in ("train", "dev", "")]
    for task in (task for task in record.tasks if task.level in TYPES):
        for probe in record.probes:
            layer = best_layer(table, checkpoint, task.name, probe)
            for split in splits if layer is not None else ():
                for metric in METRICS:
                    score = known_values(table, metric, split, task.name, probe).get((checkpoint, layer))  # type: ignore[arg-type]
                    if score is not None:
                        assert layer is not None
                        found.append(
                            Result(
                                task.name, task.level, probe, layer, split, metric, score.value, score.lower, score.upper, score.n
                            )
                        )
    if not found:
        raise BadInput(f"The run {record.run} has no scores of labels of {checkpoint}, which are what a model card holds.")
    return found


def model_index(record: RunRecord, table: pd.DataFrame, checkpoint: str) -> str:
    """YAML for the head of the checkpoint's README.md, between its two lines of dashes."""
    from huggingface_hub.repocard_data import EvalResult, eval_results_to_model_index

    corpus, found = record.corpus, []
    # One question at a time: the library takes scores of one kind of task on one split for those of one task.
    for (task, probe), scores in groupby(results(record, table, checkpoint), key=lambda one: (one.task, one.probe)):
        entries = [
            EvalResult(
                task_type=TYPES[one.level],
                task_name=f"{task}, read out of layer {one.layer} by a {probe} probe",
                dataset_type=data_set(record) or corpus.name,
                dataset_name=corpus.name,
                dataset_split=one.split,
                metric_type=one.metric,
                metric_name=MEASURES.get(one.metric).card.title,
                metric_value=round(one.value, 6),
                metric_args={"layer": one.layer, "probe": probe, "note": one.said, "run": record.run, "corpus_hash": corpus.hash},
            )
            for one in scores
        ]
        found += eval_results_to_model_index(checkpoint, entries)[0]["results"]
    return _yaml({"model-index": [{"name": checkpoint, "results": found}]})


def eval_results(record: RunRecord, table: pd.DataFrame, checkpoint: str, named: str | None = None) -> str:
    """YAML of `.eval_results/NAME.yaml`: accuracies under the data set `named` (OWNER/NAME), by default the hub data set that was probed.

    Raises BadInput where there is no data set of the hub to name.
    """
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

    place = named or data_set(record)
    if place is None or place.count("/") != 1 or not all(place.split("/")):
        raise BadInput(
            f"Results of this form stand under a data set of the hub, and {place or record.corpus.name} is none: name it with --dataset OWNER/NAME."
        )
    entries = [
        EvalResultEntry(
            dataset_id=place,
            task_id=one.task,
            value=round(one.value, 6),
            date=record.finished,
            notes=f"{one.metric} on {one.split}; {one.said}",
        )
        for one in results(record, table, checkpoint)
        if one.metric == "accuracy"
    ]
    return _yaml(eval_result_entries_to_yaml(entries))


def data_set(record: RunRecord) -> str | None:
    """OWNER/NAME of the hub data set that was probed; None for another corpus."""
    spec = record.corpus.spec
    return spec.removeprefix(HUB).split("?")[0].split(":")[0] if spec.startswith(HUB) else None


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
