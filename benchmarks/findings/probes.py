"""What probes read: exposed or learned, what is answered differently, on the tuned text and on a treebank it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from benchmarks.findings.markdown import table
from benchmarks.findings.stages import INTENT, SLOT, Answers, frame
from cache.store import Store
from probing.analysis import exposure as held
from probing.analysis import seed_noise
from probing.analysis.differences import LEVEL, ComparedCheckpoint, adjust, differences, summary, together
from probing.analysis.exposure import ExposureQuestion, FrozenBase
from probing.analysis.loss_curves import collect
from probing.analysis.summaries import best_layer
from probing.records import stored

READ = ExposureQuestion(INTENT, "linear", "test")


class AnsweredRun:
    """A stored run as the pages read it: its record, its rows, its cells by checkpoint, task and probe."""

    def __init__(self, answer: dict[str, Any], store: Store) -> None:
        self.record, self.rows, self._store = stored.run(store, answer["run"]), frame(answer), store
        self.people = {entry.name: entry for entry in self.record.checkpoints}
        self.cells = {(cell.checkpoint, cell.task, cell.probe): cell.id for cell in self.record.cells}

    @property
    def asked(self) -> list[str]:
        return [name for name, entry in self.people.items() if entry.requested]

    def twin(self, base: str) -> str | None:
        return next((name for name, entry in self.people.items() if base in entry.baseline_of and name != base), None)

    def items(self, name: str, task: str, probe: str) -> pd.DataFrame | None:
        cell = self.cells.get((name, task, probe))
        return None if cell is None else self._store.results.items(cell)

    def side(self, name: str, task: str, probe: str) -> ComparedCheckpoint:
        cell = self.cells.get((name, task, probe))
        kept = self._store.results.probes(cell, lambda array: array.endswith(("/curve/task", "/code/task"))) if cell else {}
        return ComparedCheckpoint(name, self.people[name].layers, self.items(name, task, probe), kept)

    def exposure(self, base: str, asked: ExposureQuestion) -> tuple[FrozenBase, pd.DataFrame, list[str]]:
        """Exposed or learned, of every product of `base` in the run."""
        classes = self.record.task(asked.task).classes

        def losses(name: str, layer: int) -> Any:
            cell = self.cells[name, asked.task, asked.probe]
            return self._store.results.probes(cell, f"{layer}/curve/task".__eq__).get(f"{layer}/curve/task")

        of = held.frozen(self.rows, asked, base, self.twin(base))
        products, others = held.products(self.people, base, {self.record.corpus.hash})
        curves = collect(self.rows, asked.task, asked.probe, len(classes), losses)
        rows, notes = held.exposure(
            self.rows, asked, of, products, lambda name: self.items(name, asked.task, asked.probe), curves
        )
        return of, rows, [*others, *notes]

    def differences(self, base: str, name: str, task: str, probe: str, metric: str) -> pd.DataFrame:
        """`name` less `base`, layer by layer, adjusted over the layers."""
        split = (
            "test" if metric not in ("esc", "codelength") else str(self.rows.loc[self.rows["metric"] == metric, "split"].iloc[0])
        )
        return adjust(
            differences(self.rows, metric, split, task, probe, self.side(base, task, probe), self.side(name, task, probe))
        )


def exposure_section(answers: Answers, store: Store) -> list[str]:
    run = AnsweredRun(answers.intent, store)
    base = run.asked[0]
    of, rows, notes = run.exposure(base, READ)
    told = ["## Exposed or learned?", "", f"{held.base_summary(of, READ)} {held.summary(rows, of)}", ""]
    body = [
        [
            row["method"],
            f"{row['train']:,}",
            str(row["layer"]),
            f"{row['value']:.3f} [{row['lower']:.3f}, {row['upper']:.3f}]",
            f"{row['difference']:+.3f} [{row['difference_lower']:+.3f}, {row['difference_upper']:+.3f}]",
            f"{_items(row['esc'])} (base {_items(row['base_esc'])})",
            row["verdict"],
        ]
        for row in rows.to_dict("records")
    ]
    told += table(
        [
            "method",
            "trained on",
            "best layer by dev",
            "V-information, bits",
            "against the base, bits (paired)",
            "εSC, items",
            "verdict",
        ],
        body,
    )
    told += ["", "The head alone leaves the encoder as it is, so its row would be the base's own."]
    student = AnsweredRun(answers.student_intent, store)
    name = student.asked[0]
    layer = best_layer(student.rows, name, INTENT, "linear")
    own = student.rows[
        (student.rows["metric"] == "v_information") & (student.rows["split"] == "test") & (student.rows["setting"] == "{}")
    ]
    best = own[(own["checkpoint"] == name) & (own["layer"] == layer)].iloc[0]
    ends = f"{best['value']:.3f} [{best['lower']:.3f}, {best['upper']:.3f}]"
    told.append(f"The student of two layers holds {ends} bits at layer {int(best['layer'])}, its best on dev.")
    return [*told, *(f"- {note}" for note in notes)]


def _items(count: float) -> str:
    return "more than all of train" if count == float("inf") else "not known" if count != count else f"{count:,.0f}"


def curve_table(run: AnsweredRun, task: str, probe: str, metric: str, scale: float = 1.0) -> list[str]:
    """Layer by layer, a row a checkpoint."""
    own = run.rows[(run.rows["metric"] == metric) & (run.rows["task"] == task) & (run.rows["probe"] == probe)]
    own = own[(own["split"] == "test") & (own["setting"] == "{}") & (own["layer"] >= 0)]
    layers = sorted(own["layer"].unique().tolist())
    rows = []
    for name, some in own.groupby("checkpoint", sort=False):
        by = some.groupby("layer")["value"].mean()
        rows.append([str(name), *(f"{scale * by[layer]:.3f}" if layer in by else "" for layer in layers)])
    return table(["checkpoint", *(f"layer {layer}" for layer in layers)], rows)


def probes_section(answers: Answers, store: Store) -> list[str]:
    told = ["## What probes read, layer by layer", ""]
    for title, answer, task, probe, metric in (
        ("Intent, accuracy (SNIPS, the tuned text)", answers.intent, INTENT, "linear", "accuracy"),
        ("Slots, F1 of whole slots (SNIPS)", answers.slots, SLOT, "linear", "slot_f1"),
        ("Slots of the student", answers.student_slots, SLOT, "linear", "slot_f1"),
        ("Part of speech, accuracy (EWT, text that no training saw)", answers.treebank, "upos", "linear", "accuracy"),
        ("Arcs found, UUAS of the structural probe (EWT)", answers.structural, "trees", "structural", "uuas"),
    ):
        run = AnsweredRun(answer, store)
        told += [f"### {title}", "", *curve_table(run, task, probe, metric), ""]
        if metric != "slot_f1":
            told += [*(f"- {line}" for line in _parted(run, task, probe, metric)), ""]
    return told


def _parted(run: AnsweredRun, task: str, probe: str, metric: str) -> list[str]:
    base, *others = run.asked
    return [
        f"{name} against {base}: {summary(run.differences(base, name, task, probe, metric), base, name, metric)}"
        for name in others
    ]


def seeds_section(answers: Answers, store: Store) -> list[str]:
    """Whether two seeds of a method differ less than two methods."""
    run = AnsweredRun(answers.seeds, store)
    told = [
        "### Seeds as the floor of what can be told",
        "",
        f"{INTENT}, linear probe, test accuracy in points, at all layers probed:",
        "",
    ]
    for group in seed_noise.seed_groups({name: entry.lineage for name, entry in run.people.items()}):
        found = seed_noise.seed_noise(group, "accuracy", "test", [INTENT], lambda name, task: run.items(name, task, "linear"))
        told.append(f"- {group.title}: {seed_noise.summary(found, group, 100.0, 'points')}")
    return told


def hidden(run: AnsweredRun, base: str, others: Sequence[str], task: str, effort: str) -> tuple[int, int, int]:
    """Cells (product × layer) that differ from the base in accuracy, in `effort`, and in effort where accuracy tells no difference: what accuracy
    does not show of decodability. Adjusted over all cells of a measure."""
    by = {}
    for metric in ("accuracy", effort):
        found = together([run.differences(base, name, task, "linear", metric).assign(name=name) for name in others])
        by[metric] = found.set_index(["name", "layer"])["adjusted"] <= LEVEL
    both = pd.concat(by, axis=1).fillna(value=False)
    return int(both["accuracy"].sum()), int(both[effort].sum()), int((both[effort] & ~both["accuracy"]).sum())
