"""`python -m probing compare`: similarity of two checkpoints layer by layer, drift of parameters, and differences in probe accuracy."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import pandas as pd

from cache.store import Store
from cache.table import tidy
from probing.analysis.differences import RATIOS, ComparedCheckpoint, differences, together
from probing.commands.options import add_options, given
from probing.commands.output import print_json, print_table, records, rounded
from probing.commands.run import carry_out, layers
from probing.comparisons import ComparisonSpec, plan
from probing.errors import BadInput
from probing.execution.progress import SAID
from probing.execution.worker import evict
from probing.measures import MEASURES
from probing.records import stored
from probing.runs import Plan, RunSpec
from probing.runs import plan as plan_run
from probing.settings import Settings

P_VALUES = {"p": "p", "p_adjusted": "adjusted"}  # metric → column of the differences
PARTS = {"parameter", "head", "of"}  # settings of rows that tell of a part of a layer, or of one of the two alone


def add_to(commands: Any) -> None:
    parser = commands.add_parser("compare", help="compare the layers, parameters and answers of checkpoints")
    parser.set_defaults(answer=answer)
    add = parser.add_argument
    fields = ComparisonSpec.model_fields
    add("--checkpoint", nargs="+", action="extend", required=True, metavar="CKPT", help=fields["checkpoints"].description)
    add_options(parser, ComparisonSpec, corpus="CORPUS")
    described = "also probe these tasks, and print the differences on the same items"
    add("--task", nargs="+", action="extend", metavar="TASK", help=described)
    add("--probe", nargs="+", action="extend", metavar="PROBE", help="with --task: probe families (default: linear)")
    add_options(parser, ComparisonSpec, items="words|sentences")
    add("--layers", type=layers, default="all", metavar="all|0,3,6", help=fields["layers"].description)
    add("--max-train", type=int, metavar="N", help="with --task: take the first N sentences of train")
    add("--max-dev", type=int, metavar="N", help="with --task: take the first N sentences of dev")
    add_options(parser, ComparisonSpec, max_test="N", pooling="mean|first|last|max", precision="auto|fp32|bf16")
    add_options(parser, ComparisonSpec, submodule="layer|attention|mlp")
    add("--no-baselines", action="store_true", help="leave out random weights, and with --task the control task")


def answer(options: argparse.Namespace, settings: Settings) -> int:
    began = time.monotonic()
    _refuse_unread(options)
    of = {"checkpoints": tuple(options.checkpoint), "baselines": not options.no_baselines}
    comparison = plan(ComparisonSpec.parse(of | given(options, ComparisonSpec)), settings)
    store = Store(settings.store)
    requested_run = _run_spec(options)
    planned = plan_run(requested_run, settings) if requested_run else None
    from probing.execution import comparison as comparing
    from probing.execution import engine

    open_before = not comparison.answered(store) or (planned is not None and not planned.answered(store))
    carry_out(comparison, store, comparing.execute)
    rows, notes = comparison.table(store), comparison.notes(store)
    if planned is not None:
        carry_out(planned, store, engine.execute)
        notes += stored.run(store, planned.run).notes
        rows = pd.concat([rows, difference_rows(store, planned)], ignore_index=True)
    if open_before:
        evict(store, settings.store_limit_bytes)
    for note in dict.fromkeys(notes):
        SAID.say(note)
    seconds = time.monotonic() - began
    if options.json:
        print_json({"rows": records(rows), "seconds": seconds})
        return 0
    _print(records(rows))
    SAID.say(f"comparison {comparison.run}: {seconds:.1f} s")
    return 0


def _refuse_unread(options: argparse.Namespace) -> None:
    """Raise BadInput for an option that nothing reads."""
    if options.task and not options.corpus:
        raise BadInput("--task asks about text: name a corpus with --corpus.")
    unread = next((name for name in ("probe", "max_train", "max_dev") if getattr(options, name) and not options.task), None)
    if unread:
        raise BadInput(f"--{unread.replace('_', '-')} is read with --task alone: add it, or leave this out.")


def _run_spec(options: argparse.Namespace) -> RunSpec | None:
    """The run whose items are compared, or None without a task."""
    if not options.task:
        return None
    requested: dict[str, Any] = {"checkpoints": tuple(options.checkpoint), "tasks": tuple(options.task)}
    if options.probe:
        requested["probes"] = tuple(options.probe)
    return RunSpec.parse(requested | given(options, RunSpec) | {"baselines": not options.no_baselines})


def difference_rows(store: Store, planned: Plan) -> pd.DataFrame:
    """Tidy rows of second minus first for every task, probe and split: the metric's own name with `{"difference": "second - first"}`, and
    beside it `p`, `p_adjusted` (over all cells of a metric and split) and `least_difference`; `layer` is the first's."""
    table = store.results.table(planned.run)
    first, *others = [one for one in planned.checkpoints if one.name not in planned.baselines]
    items = {(cell.checkpoint.name, cell.task, cell.probe): store.results.items(cell.id) for cell in planned.cells}
    splits = [split for split in table["split"].drop_duplicates() if split not in ("train", "dev")]
    rows: list[dict[str, Any]] = []
    for metric in RATIOS:
        for other in others:
            for split in splits:
                frames = []
                for task, probe in dict.fromkeys((cell.task, cell.probe) for cell in planned.cells):
                    sides = [
                        ComparedCheckpoint(one.name, one.facts.layers, items[one.name, task, probe]) for one in (first, other)
                    ]
                    frames.append(differences(table, metric, split, task, probe, *sides).assign(probe=probe))
                base = {"run": planned.run, "checkpoint": first.name, "corpus": planned.source.name, "split": split}
                rows += [row | base for row in _tidy(together(frames), metric, other.name)]
    return tidy(rows)


def _tidy(frame: pd.DataFrame, metric: str, second: str) -> list[dict[str, Any]]:
    unit = MEASURES.get(metric).unit
    rows = []
    for one in frame.to_dict("records"):
        setting = {"difference": "second - first", "second": second, "second_layer": one["layer"]}
        base = {"task": one["task"], "probe": one["probe"], "layer": one["first_layer"], "setting": setting, "n": one["n"]}
        common = base | {"unit": unit, "value": one["difference"]}
        rows.append(common | {"metric": metric, "lower": one["lower"], "upper": one["upper"]})
        rows.append(common | {"metric": "least_difference", "value": one["least"]})
        rows += [base | {"metric": name, "value": one[column], "unit": "fraction"} for name, column in P_VALUES.items()]
    return rows


def _print(rows: list[dict[str, Any]]) -> None:
    """Layers against the same layer, parameters by layer, and answers: what fits a screen; --json has all."""
    shown: list[dict[str, Any]] = []
    for row in rows:
        setting = json.loads(row["setting"])
        if not PARTS & setting.keys() and setting.get("second_layer", row["layer"]) == row["layer"]:
            shown.append(rounded(row, ".4g") | {"second": setting["second"]})
    columns = ["checkpoint", "second", "task", "probe", "layer", "split", "metric", "value", "lower", "upper", "unit", "n"]
    print_table(shown, columns)
