"""A stored run, or several as one, as a report reads them: rows under the names that pages show, and what is stored behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from cache.store import Store
from probing import measures, probes
from probing.analysis import floors, summaries
from probing.analysis.differences import RATIOS, ComparedCheckpoint, differences, together
from probing.analysis.loss_curves import LossCurves, collect
from probing.analysis.rows import LayerQuestion, matching, rows_over_seeds
from probing.figures.marks import Mark, of_checkpoints
from probing.records import names, stored
from probing.records.run import RecordedCheckpoint, RunRecord
from probing.records.selection import base_of
from probing.reports.joined import joined

GROUPS = ("surface", "syntax", "meaning")
TEXT = ("checkpoint", "task", "probe", "setting", "split", "metric")


class TaskAsked(NamedTuple):
    """A task with a probe family, the split whose scores are shown, and the measure that stands for it: the first of the family's kind."""

    task: str
    probe: str
    split: str
    metric: str

    @property
    def title(self) -> str:
        return f"{self.task}, {self.probe} probe"


@dataclass(frozen=True)
class StoredRun:
    """`record` has the names that pages show; `own` maps them to the checkpoints' own. `table` is tidy, under the shown names."""

    store: Store
    record: RunRecord
    own: Mapping[str, str]
    table: pd.DataFrame
    look: Mapping[str, Mark]

    @classmethod
    def open(cls, store: Store, *runs: str) -> StoredRun | None:
        """A run, or several as one; None where these cannot stand side by side. Raises StoreError where one is not there, is damaged or is of a
        newer release."""
        record = joined([stored.run(store, run) for run in runs])
        if record is None:
            return None
        known = names.of_store(store)
        shown = {one.name: known[one.name].nickname if one.name in known else one.name for one in record.checkpoints}
        table = pd.concat([store.results.table(run) for run in runs], ignore_index=True)
        table = table.drop_duplicates([column for column in table if column != "run"])
        table = table.assign(checkpoint=table["checkpoint"].map(lambda name: shown.get(name, name)))
        random = {name for name, one in known.items() if one.role == "random"}
        every = of_checkpoints({name: one.family for name, one in known.items()}, random)
        look = {shown[name]: every[name] for name in shown if name in every}
        base = shown[base_of(record)]
        renamed = record.model_copy(update=record.renamed(shown))
        first = sorted(renamed.checkpoints, key=lambda one: (not one.requested, one.name != base))
        record = renamed.model_copy(update={"checkpoints": tuple(first)})
        return cls(store, record, {new: old for old, new in shown.items()}, table.astype(dict.fromkeys(TEXT, "category")), look)

    @cached_property
    def _parts(self) -> dict[tuple[str, str], pd.DataFrame]:
        return {}

    def rows(self, task: str, probe: str) -> pd.DataFrame:
        """The rows of a task and a probe family: a question of them is answered many times as quickly as of all."""
        if (task, probe) not in self._parts:
            self._parts[task, probe] = matching(self.table, task=task, probe=probe)
        return self._parts[task, probe]

    @cached_property
    def entries(self) -> dict[str, RecordedCheckpoint]:
        """By name: the base, what was asked for beside it, random baselines."""
        return {one.name: one for one in self.record.checkpoints}

    @property
    def requested(self) -> list[str]:
        """The base first."""
        return [one.name for one in self.record.checkpoints if one.requested] or list(self.entries)

    @property
    def base(self) -> str:
        return self.requested[0]

    @property
    def baselines(self) -> list[str]:
        return [name for name in self.entries if name not in self.requested]

    @property
    def random_of(self) -> dict[str, Sequence[str]]:
        """Random baseline → the checkpoints that it stands beside."""
        return {name: one.baseline_of for name, one in self.entries.items() if one.baseline_of}

    @property
    def depths(self) -> dict[str, int] | None:
        """Layers of each, where they differ: charts are by relative depth then."""
        depths = {name: one.layers for name, one in self.entries.items()}
        return depths if len({depths[name] for name in self.requested}) > 1 else None

    @cached_property
    def asked(self) -> list[TaskAsked]:
        """Every task with each probe family that answered it and has scores, by group and name."""
        order = {
            one.name: (GROUPS.index(one.group) if one.group in GROUPS else len(GROUPS), one.name) for one in self.record.tasks
        }
        pairs = dict.fromkeys((cell.task, cell.probe) for cell in self.record.cells)
        found = []
        for task, probe in sorted(pairs, key=lambda pair: (order.get(pair[0], (9, pair[0])), self.record.probes.index(pair[1]))):
            rows = self.rows(task, probe)
            splits = [str(split) for split in rows["split"].dropna().unique() if split not in ("train", "dev")]
            split = "test" if "test" in splits else splits[0] if splits else "dev"
            scored = set(matching(rows, split=split)["metric"].astype(str))
            menu = measures.menu(probes.FAMILIES.get(probe).kind)
            metric = next((name for name in menu if name in scored), None)
            if metric is not None:
                found.append(TaskAsked(task, probe, split, metric))
        return found

    def question(self, asked: TaskAsked, metric: str | None = None, split: str | None = None) -> LayerQuestion:
        return LayerQuestion(
            self.rows(asked.task, asked.probe), metric or asked.metric, split or asked.split, asked.task, asked.probe
        )

    def chosen(self, asked: TaskAsked) -> dict[str, int | None]:
        """The layer of each requested checkpoint that dev chose: by its loss, or where there is none by the measure itself."""
        own = self.rows(asked.task, asked.probe)
        if (matching(own, metric="loss", split="dev")["layer"] >= 0).any():
            return {name: summaries.best_layer(own, name, asked.task, asked.probe) for name in self.requested}
        on_dev = floors.highlights(self.question(asked, split="dev"), self.requested, {})
        return {name: layer for name, layer, _ in on_dev}

    def finding(self, asked: TaskAsked) -> str:
        """The sentence of the chart by layer."""
        return floors.finding(self.question(asked), self.requested, self.baselines, self.chosen(asked))

    def items(self, checkpoint: str, task: str, probe: str) -> pd.DataFrame | None:
        """The scored items of a cell; None where the run has no such cell."""
        cell = self.record.cell(checkpoint, task, probe)
        return None if cell is None else self.store.results.items(cell)

    def curves(self, asked: TaskAsked) -> LossCurves | None:
        """The loss–data curves of a run of decodability."""
        kept: dict[str, dict[str, np.ndarray]] = {}

        def losses(checkpoint: str, layer: int) -> np.ndarray | None:
            cell = self.record.cell(checkpoint, asked.task, asked.probe)
            if cell is None:
                return None
            if cell not in kept:
                kept[cell] = self.store.results.probes(cell, lambda name: name.endswith("/curve/task"))
            return kept[cell].get(f"{layer}/curve/task")

        classes = len(self.record.task(asked.task).classes)
        return collect(self.rows(asked.task, asked.probe), asked.task, asked.probe, classes, losses)

    def differences(self, metric: str, split: str, probe: str, tasks: Sequence[str]) -> dict[str, pd.DataFrame]:
        """Of each requested checkpoint from the base, paired by items where the measure is of items; adjusted over all tasks and layers of a
        checkpoint. Raises BadInput where two do not compare."""
        found = {}
        kept: dict[tuple[str, str], pd.DataFrame | None] = {}
        for name in self.requested[1:]:
            frames = []
            for task in tasks:
                if not all(self.record.cell(side, task, probe) for side in (self.base, name)):
                    continue
                sides = []
                for side in (self.base, name):
                    if metric in RATIOS and (side, task) not in kept:
                        kept[side, task] = self.items(side, task, probe)
                    sides.append(ComparedCheckpoint(side, self.entries[side].layers, kept.get((side, task))))
                frames.append(differences(self.rows(task, probe), metric, split, task, probe, *sides))
                kept.pop((name, task), None)
            frame = together(frames)
            if len(frame):
                found[name] = frame
        return found

    def best(self, asked: TaskAsked) -> pd.DataFrame:
        """A row a checkpoint at the layer that dev chose: the value with its interval, and what stands beside it."""
        question, chosen = self.question(asked), self.chosen(asked)
        rows = rows_over_seeds(*question)
        table = []
        for name, layer, value in floors.highlights(question, self.requested, chosen):
            own = rows[(rows["checkpoint"] == name) & (rows["layer"] == layer)].iloc[0]
            row = {"task": asked.task, "probe": asked.probe, "checkpoint": name, "layer": layer, "measure": asked.metric}
            row |= {"value": value, "lower": own["lower"], "upper": own["upper"], "n": own["n"]}
            row["selectivity"] = self._at(asked, "selectivity", name, layer)
            random = next((one for one, of in self.random_of.items() if name in of), None)
            row["random weights"] = self._at(asked, asked.metric, random, layer) if random else None
            row["majority"] = self._at(asked, "majority", name, -1) if asked.metric == "accuracy" else None
            table.append(row)
        return pd.DataFrame(table)

    def _at(self, asked: TaskAsked, metric: str, name: str, layer: int) -> float | None:
        rows = rows_over_seeds(*self.question(asked, metric))
        own = rows.loc[(rows["checkpoint"] == name) & (rows["layer"] == layer), "value"]
        return float(own.iloc[0]) if len(own) else None
