"""How alike layers stay, what moved, and whether attention changed its shape."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from benchmarks.findings.markdown import table
from benchmarks.findings.probes import AnsweredRun
from benchmarks.findings.stages import Answers, frame
from cache.store import Store
from probing.analysis import drift, similarity
from probing.analysis.differences import summary

TWIN = "random:"


def seconds(rows: pd.DataFrame) -> list[str]:
    """Those that the first was compared with, in order."""
    return list(dict.fromkeys(str(json.loads(text)["second"]) for text in rows["setting"]))


def cka(rows: pd.DataFrame, second: str) -> pd.Series:
    """Debiased CKA of each layer with the same of the second."""
    own = similarity.similarity_rows(rows, second)
    own = own[(own["metric"] == "cka_debiased") & (own["layer"] == own["other"])]
    return own.set_index("layer")["value"]


def section(answers: Answers) -> list[str]:
    rows = frame(answers.compared)
    base, others = str(rows["checkpoint"].iloc[0]), seconds(rows)
    twin = next(name for name in others if name.startswith(TWIN))
    floor = similarity.similarity_rows(rows, twin)
    told = [
        "## How alike layers stay, and what moved",
        "",
        "Debiased CKA of each layer with the base's own (sentence vectors of SNIPS test):",
        "",
    ]
    alike = {name: cka(rows, name) for name in others}
    layers = alike[others[0]].index.tolist()
    told += table(
        ["checkpoint", *(f"layer {i}" for i in layers)], [[name, *(f"{alike[name][i]:.3f}" for i in layers)] for name in others]
    )
    told.append("")
    for name in others:
        if name != twin:
            told.append(f"- {similarity.summary(similarity.similarity_rows(rows, name), floor, base, name)}")
    told += ["", "Parameters, by kind and layer (‖Δθ‖/‖θ₀‖):", ""]
    for name in others:
        moved = drift.drift_rows(rows, name, "drift_relative")
        if len(moved):
            told.append(f"- {name}: {drift.summary(moved, name, '‖Δθ‖/‖θ₀‖')}")
    told += ["", *_attention(rows, others)]
    mapped = frame(answers.student_compared)
    teacher, student = str(mapped["checkpoint"].iloc[0]), seconds(mapped)[0]
    near = similarity.nearest(similarity.similarity_rows(mapped, student), "cka_debiased")
    told += [
        "",
        f"Of the student, each layer is most like this layer of its teacher {teacher} (debiased CKA): "
        + ", ".join(f"{mine} → {theirs}" for mine, theirs in near.items())
        + f"; declared {_declared(answers)}.",
    ]
    return told


def _attention(rows: pd.DataFrame, others: list[str]) -> list[str]:
    """How far the graphs of attention are from the base's, layer by layer."""
    own = rows[rows["metric"] == "topology_drift"]
    own = own[["head" not in json.loads(text) for text in own["setting"]]]
    own = own.assign(second=[json.loads(text)["second"] for text in own["setting"]])
    layers = sorted(own["layer"].unique().tolist())
    cells = {(row["second"], row["layer"]): row["value"] for row in own.to_dict("records")}
    body = [[name, *(f"{cells[name, layer]:.3f}" for layer in layers)] for name in others if (name, layers[0]) in cells]
    head = "Drift of the attention graphs from the base's (edges, components, cycles and bars over heads and thresholds):"
    return [head, "", *table(["checkpoint", *(f"layer {layer}" for layer in layers)], body)]


def _declared(answers: Answers) -> str:
    """The student's layer map: every k-th of the teacher's."""
    return ", ".join(f"{place} → {layer}" for place, layer in enumerate(answers.students[0]["layer_map"], 1))


def child_section(answers: Answers, store: Store) -> list[str]:
    """A parent and its child as they were published."""
    rows = frame(answers.child_compared)
    base, child = str(rows["checkpoint"].iloc[0]), seconds(rows)[0]
    twin = next((name for name in seconds(rows) if name.startswith(TWIN)), None)
    own = similarity.similarity_rows(rows, child)
    floor = similarity.similarity_rows(rows, twin) if twin else own.iloc[:0]
    told = [
        "## A published parent and child",
        "",
        f"{Path(base).name} and {child}, fine-tuned from it on 636 pairs of sentences, on EWT:",
        "",
    ]
    told.append(f"- {similarity.summary(own, floor, base, child)}")
    moved = drift.drift_rows(rows, child, "drift_relative")
    if len(moved):
        told.append(f"- {drift.summary(moved, child, '‖Δθ‖/‖θ₀‖')}")
    run = AnsweredRun(answers.child, store)
    for task in ("upos", "deprel"):
        told.append(f"- {task}: {summary(run.differences(base, child, task, 'linear', 'accuracy'), base, child, 'accuracy')}")
    return told
