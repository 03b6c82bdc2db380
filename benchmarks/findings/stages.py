"""Which commands a tier asks, in which order, and what the page is made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.findings.asking import Asker
from benchmarks.findings.tiers import Tier
from cache.keys import digest

BASE = "minilm-l6"
CHILD = "minilm-l6-sre"
INTENT, SLOT = "label:intent", "tag:slot"


@dataclass(frozen=True)
class Data:
    """Where SNIPS, CoLA and a treebank lie."""

    snips: str
    cola: str
    treebank: str

    @staticmethod
    def below(folder: Path) -> Data:
        found = [folder / name for name in ("snips_nlu", "cola", "ud_english_ewt")]
        if lacking := [path for path in found if not path.is_dir()]:
            raise SystemExit(f"{lacking[0]} is not there: --data names the folder that holds snips_nlu, cola and ud_english_ewt.")
        return Data(*map(str, found))


@dataclass(frozen=True)
class Answers:
    """What every stage said: the command line's JSON, by stage."""

    sweep: dict[str, Any]
    students: list[dict[str, Any]]
    trees: dict[str, Any]
    layer: int  # of the tree loss
    cola: list[dict[str, Any]]
    intent: dict[str, Any]
    seeds: dict[str, Any]
    student_intent: dict[str, Any]
    slots: dict[str, Any]
    student_slots: dict[str, Any]
    treebank: dict[str, Any]
    structural: dict[str, Any]
    compared: dict[str, Any]
    student_compared: dict[str, Any]
    child: dict[str, Any]
    child_compared: dict[str, Any]


def frame(answer: dict[str, Any]) -> pd.DataFrame:
    """The tidy rows of an answer."""
    return pd.DataFrame(answer["rows"])


def arm(sweep: dict[str, Any], method: str, size: int | str, seed: int) -> str:
    """The name of a training's product. Exits where it has none, because it diverged."""
    one = next(a for a in sweep["arms"] if (a["method"], a["size"], a["seed"]) == (method, size, seed))
    if one["diverged"]:
        raise SystemExit(f"{method} at {size}, seed {seed}, diverged, so nothing can be read from it.")
    return str(one["product"])


def limits(most: tuple[int, int, int]) -> list[str]:
    return [part for name, count in zip(("train", "dev", "test"), most, strict=True) for part in (f"--max-{name}", str(count))]


def carry_out(ask: Asker, tier: Tier, data: Data) -> Answers:
    """Every stage of the tier, or its kept answer."""
    training = ["--steps", str(tier.steps), "--batch", str(tier.batch)]
    sweep = ask(
        *("sweep", "sweep", "--checkpoint", BASE, "--data", data.snips, "--task", "intent+slots"),
        *("--method", *tier.methods, "--sizes", tier.sizes, "--seeds", str(tier.seeds), "--rates", tier.rates, *training),
    )
    largest = sweep_sizes(tier)[-1]
    teacher = arm(sweep, "full", largest, 0)
    # Named by what made them, so that readings of other students are not taken for theirs.
    made = digest(teacher, str(tier.student_steps), str(tier.batch))[:6]
    named = [f"lab:findings-{tier.name}-student-{made}-s{seed}" for seed in range(tier.student_seeds)]
    students = [
        ask(
            *(f"student-{seed}", "distill", "--teacher", teacher, "--data", data.snips, "--task", "intent+slots"),
            *("--layers", "2", "--steps", str(tier.student_steps), "--batch", str(tier.batch), "--seed", str(seed)),
            *("--out", name),
        )
        for seed, name in enumerate(named)
    ]
    trees = ask(
        *("trees", "run", "--checkpoint", BASE, "--corpus", data.treebank, "--task", "trees", "--probe", "topological"),
        *("--layers", tier.layers, "--no-baselines", *limits(tier.treebank)),
    )
    layer = most_tree_like(frame(trees))
    cola = [
        ask(
            *(f"cola-{method.partition(':')[0]}-{seed}", "finetune", "--checkpoint", BASE, "--data", data.cola),
            *("--task", "classification", "--method", method, *(("--init-probe", trees["run"]) if method != "full" else ())),
            *("--lr", tier.cola_rate, "--steps", str(tier.cola_steps), "--batch", str(tier.cola_batch), "--seed", str(seed)),
            *("--out", f"lab:findings-{tier.name}-cola-{method.replace(':', '-')}-s{seed}"),
        )
        for seed in range(tier.cola_seeds)
        for method in ("full", f"tree:{layer}")
    ]
    probed = {method: arm(sweep, method, largest, 0) for method in tier.methods if method != "head"}
    sizes = [arm(sweep, method, size, 0) for method in ("full", "bitfit") for size in sweep_sizes(tier)]
    student = named[0]
    snips = ["--corpus", data.snips, "--layers", tier.layers, *limits(tier.most)]
    ewt = ["--corpus", data.treebank, "--layers", tier.layers, *limits(tier.treebank)]
    everyone = list(dict.fromkeys([BASE, *sizes, *probed.values()]))
    others = [arm(sweep, method, largest, seed) for method in ("full", "bitfit") for seed in range(1, tier.seeds)]
    main = [BASE, probed["full"], probed["bitfit"]]
    linear = ["--probe", "linear"]
    return Answers(
        sweep,
        students,
        trees,
        layer,
        cola,
        intent=ask("intent", "run", "--checkpoint", *everyone, *snips, "--task", INTENT, *linear, "--measure", "decodability"),
        seeds=ask("seeds", "run", "--checkpoint", *main, *others, *snips, "--task", INTENT, *linear),
        student_intent=ask(
            *("student-intent", "run", "--checkpoint", student, "--corpus", data.snips, *limits(tier.most)),
            *("--task", INTENT, *linear, "--measure", "decodability"),
        ),
        slots=ask("slots", "run", "--checkpoint", *main, *snips, "--task", SLOT, *linear),
        student_slots=ask(
            *(
                "student-slots",
                "run",
                "--checkpoint",
                student,
                "--corpus",
                data.snips,
                *limits(tier.most),
                "--task",
                SLOT,
                *linear,
            )
        ),
        treebank=ask("treebank", "run", "--checkpoint", *main, *ewt, "--task", "upos", *linear),
        structural=ask("structural", "run", "--checkpoint", *main, *ewt, "--task", "trees", "--probe", "structural"),
        compared=ask(
            *("compared", "compare", "--checkpoint", BASE, *probed.values(), *others, "--corpus", data.snips),
            *("--items", "sentences"),
        ),
        student_compared=ask(
            *("student-compared", "compare", "--checkpoint", teacher, student, "--corpus", data.snips, "--items", "sentences")
        ),
        child=ask("child", "run", "--checkpoint", BASE, CHILD, *ewt, "--task", "upos", "deprel", *linear),
        child_compared=ask(
            *("child-compared", "compare", "--checkpoint", BASE, CHILD, "--corpus", data.treebank),
            *("--max-test", str(tier.treebank[2])),
        ),
    )


def sweep_sizes(tier: Tier) -> list[int | str]:
    return [size if size == "all" else int(size) for size in tier.sizes.split(",")]


def most_tree_like(rows: pd.DataFrame) -> int:
    """The layer whose depths a probe reads best on dev (lowest sp); layer 0 is left out, since no layer trains it alone."""
    own = rows[(rows["metric"] == "sp") & (rows["split"] == "dev") & (rows["layer"] > 0)]
    return int(own.groupby("layer")["value"].mean().idxmin())
