"""What the heads score: sizes, methods, student and teacher, with and without the tree loss."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from benchmarks.findings.markdown import table
from benchmarks.findings.stages import Answers, frame
from probing.analysis.size_curves import crossing, lead, means, points

METRICS = {"accuracy": "intent accuracy", "slot_f1": "slot F1"}


def of_sweep(answers: Answers, metric: str) -> pd.DataFrame:
    """Scores of test, a row a training."""
    lost = [(a["method"], a["data"]["train"], a["seed"]) for a in answers.sweep["arms"] if a["diverged"]]
    return points(frame(answers.sweep), metric, "test", lost)


def section(answers: Answers) -> list[str]:
    told = ["## Scores by method and training size", ""]
    trained = {a["method"]: a["trainable"] for a in answers.sweep["arms"]}
    rates = answers.sweep["rates"]
    rows = [
        [method, f"{some['parameters']:,}", f"{some['fraction']:.3%}", f"{rates[method]:.2g}", f"{some['head']['parameters']:,}"]
        for method, some in trained.items()
    ]
    told += table(
        ["method", "values of the encoder", "share", "learning rate", "values of the head (all intents and tags)"], rows
    )
    for metric, name in METRICS.items():
        scored = of_sweep(answers, metric)
        middle = means(scored).set_index(["method", "n"])
        sizes = sorted(scored["n"].unique().tolist())
        body = [[method, *(_cell(middle, method, n) for n in sizes)] for method in trained]
        told += ["", f"Test {name}, mean over seeds [95 %: seeds and sentences]:", ""]
        told += table(["method", *(f"{n:,} sentences" for n in sizes)], body)
        told += ["", *(f"- {crossing(scored, one, other)}" for one, other in pairs(trained))]
    told += ["", *_wrong(answers)]
    return told


def pairs(methods: Any) -> list[tuple[str, str]]:
    """BitFit against full, against a part of itself, against as many other values; and full against the head alone."""
    wanted = (("bitfit", "full"), ("bitfit", "bitfit:query+intermediate"), ("bitfit", "random"), ("full", "head"))
    return [pair for pair in wanted if set(pair) <= set(methods)]


def _cell(middle: pd.DataFrame, method: str, n: int) -> str:
    if (method, n) not in middle.index:
        return "none"
    one = middle.loc[(method, n)]
    wrong = f", {int(one['wrong'])} of {int(one['seeds'])} collapsed" if one["wrong"] else ""
    return f"{one['value']:.3f} [{max(0, one['lower']):.3f}, {min(1, one['upper']):.3f}]{wrong}"  # Student's t knows no bounds


def _wrong(answers: Answers) -> list[str]:
    gone = [f"{a['method']} at {a['size']}, seed {a['seed']}" for a in answers.sweep["arms"] if a["collapsed"] or a["diverged"]]
    return [
        f"Collapsed or diverged, and counted as they are: {', '.join(gone)}." if gone else "No training collapsed or diverged."
    ]


def student_section(answers: Answers) -> list[str]:
    """The student of two layers beside its teacher, and what distillation did to each term of its loss."""
    told = ["## Distillation", ""]
    rows, losses = [], []
    for seed, answer in enumerate(answers.students):
        scored = frame(answer)
        scored = scored[(scored["split"] == "test") & scored["metric"].isin(METRICS)]
        for whose in ("student", "teacher") if seed == 0 else ("student",):
            own = scored[[(json.loads(text).get("role") == "teacher") == (whose == "teacher") for text in scored["setting"]]]
            values = own.set_index("metric")
            label = f"student, seed {seed}" if whose == "student" else "its teacher"
            rows.append(
                [
                    label,
                    *(
                        f"{values.loc[m, 'value']:.3f} [{values.loc[m, 'lower']:.3f}, {values.loc[m, 'upper']:.3f}]"
                        for m in METRICS
                    ),
                ]
            )
        losses += [
            [f"seed {seed}", term, f"{one['begun']:.3f}", f"{one['ended']:.3f}", one["unit"]]
            for term, one in answer["loss"].items()
        ]
    told += table(["test", *METRICS.values()], rows)
    told += ["", "Terms of the loss on dev, before and after:", "", *table(["", "term", "begun", "ended", "unit"], losses)]
    return told


def cola(answers: Answers, split: str) -> pd.DataFrame:
    """Matthews correlation of the CoLA arms on a split, a row a training."""
    every = pd.concat([frame(answer) for answer in answers.cola], ignore_index=True)
    return points(every, "mcc", split)


def cola_section(answers: Answers) -> list[str]:
    told = [
        "## Regularised by a tree",
        "",
        f"CoLA, all of train; `tree:{answers.layer}` adds 10 times the ssp loss of layer {answers.layer}, the layer whose depths the topological "
        "probe reads best on dev (after Li, Yin & Lin 2023). Matthews correlation of the whole split:",
        "",
    ]
    splits = {"test": "in domain", "test_out_of_domain": "out of domain"}
    rows = []
    for split in splits:
        for row in cola(answers, split).to_dict("records"):
            rows.append(
                [
                    splits[split],
                    row["method"],
                    str(row["seed"]),
                    f"{row['value']:.3f} [{row['lower']:.3f}, {row['upper']:.3f}]",
                    row["state"] or "",
                ]
            )
    told += table(["text", "method", "seed", "MCC [95 %]", ""], rows)
    return [*told, "", *(f"- {name.capitalize()}: {tree_gain(answers, split)}" for split, name in splits.items())]


def tree_gain(answers: Answers, split: str) -> str:
    """The tree loss's gain with its interval, in words."""
    scored = cola(answers, split)
    found = lead(scored, f"tree:{answers.layer}", "full").iloc[0]
    own = scored[scored["method"] == f"tree:{answers.layer}"]
    lost = int((own["state"] != "").sum())
    told = f"with the tree loss less without, {found['value']:+.3f} [{found['lower']:+.3f}, {found['upper']:+.3f}]"
    gone = f"; {lost} of {len(own)} trainings with it collapsed" if lost else ""
    return f"{told}: {'a difference' if found['decided'] else 'no difference can be told'}{gone}."
