"""`python -m probing predict`: how well a checkpoint will fine-tune, from probe scores; in sample and honestly, side by side."""

from __future__ import annotations

import argparse
from typing import Any

from probing.commands.output import print_json, print_table
from probing.errors import BadInput
from probing.execution.progress import SAID, Terminal
from probing.prediction import answer as answers
from probing.prediction import regularised
from probing.prediction.baselines import rmse
from probing.prediction.table import new_checkpoints, read_file, read_table
from probing.settings import Settings


def add_to(commands: Any) -> None:
    parser = commands.add_parser("predict", help="predict fine-tuning scores from probe scores, and say what of it survives")
    parser.set_defaults(answer=answer)
    add = parser.add_argument
    add("--table", required=True, metavar="FILE", help="CSV or parquet: a row a checkpoint, scores, and columns TASK_layer_N")
    add("--target", required=True, metavar="COLUMN", help="the score to predict")
    add("--features", type=int, default=3, metavar="K", help="how many features are chosen, 1 to 5 (default: 3)")
    add("--family", metavar="COLUMN", help="which checkpoints are relatives (default: the name without _corr_N)")
    add(
        "--permutations",
        type=int,
        default=answers.PERMUTATIONS,
        metavar="N",
        help=f"of scores within families, for p; 0 for none (default: {answers.PERMUTATIONS})",
    )
    add("--seed", type=int, default=0, metavar="N", help="of noise, permutations and bootstraps (default: 0)")
    add("--regularised", action="store_true", help="ridge and lasso on all features beside the best subset")
    add("--new", metavar="FILE", help="CSV or parquet of checkpoints without a score, with the chosen features: predict them")


def answer(options: argparse.Namespace, settings: Settings) -> int:
    if not 0 <= options.seed < 2**31:
        raise BadInput(f"--seed is {options.seed}: give a number from 0 to {2**31 - 1:,}.")
    table = read_table(options.table, options.family, settings.roots)
    terminal = Terminal()
    found = answers.predict(table, options.target, options.features, options.permutations, options.seed, terminal)
    report = found.as_dict()
    if options.regularised:
        y = table.target(options.target)
        report["regularised"] = {}
        kinds: tuple[regularised.Kind, ...] = ("ridge", "lasso")
        for kind in kinds:
            path = regularised.path(table.x, y, kind, lambda done, total, kind=kind: terminal(kind, done, total))  # type: ignore[misc]
            report["regularised"][kind] = {"loo_rmse": rmse(path.predicted - y), "penalty": path.chosen}
    if options.new:
        report["new"] = _new(found, options.new, settings)
    if options.json:
        print_json(report)
        return 0
    _print(found, report)
    for warning in found.warnings:
        SAID.say(warning)
    return 0


def _new(found: answers.Prediction, path: str, settings: Settings) -> list[dict[str, Any]]:
    data, name = read_file(path, settings.roots)
    names, x = new_checkpoints(data, name, found.features)
    scored = answers.score_new(found, x)
    return [
        {"checkpoint": name, "predicted": row[0], "lower": row[1], "upper": row[2]}
        for name, row in zip(names, scored.tolist(), strict=True)
    ]


def _print(found: answers.Prediction, report: dict[str, Any]) -> None:
    honest = report["mode_honest"]
    lines = [
        ("paper mode, in sample", found.paper.rmse, ", ".join(found.features)),
        ("honest, leave one out", found.loo_rmse, "chosen and fitted without the checkpoint"),
        ("honest, leave one family out", found.lofo_rmse, "chosen and fitted without its family"),
        ("family mean of the others", found.family_mean_rmse, "no probe"),
        ("mean of the others", found.mean_rmse, "no probe"),
        ("noise features, leave one out", honest["noise_loo_rmse"], "the same search"),
        ("permuted rows, leave one out", honest["permuted_loo_rmse"], "the same search"),
        *((f"{kind}, leave one out", one["loo_rmse"], "all features") for kind, one in report.get("regularised", {}).items()),
    ]
    print_table(
        [{"": name, "rmse": None if v is None else f"{v:.4f}", "note": note} for name, v, note in lines], ["", "rmse", "note"]
    )
    print()
    columns = ["checkpoint", "measured", "predicted", "lower", "upper"]
    rows = [*report["predictions"], *report.get("new", [])]
    print_table(
        [{"checkpoint": row["checkpoint"]} | {c: f"{row[c]:.4f}" for c in columns[1:] if c in row} for row in rows], columns
    )
    print(f"\n{found.sentence()}")
