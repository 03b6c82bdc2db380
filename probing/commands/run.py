"""`python -m probing run`: extract once, probe every layer, print the table."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any

from cache.errors import StoreError
from cache.store import Store
from probing import corpora, threads
from probing.calibration import calibrate
from probing.commands.options import add_options, given
from probing.commands.output import print_json, print_table, records, rounded
from probing.errors import BadInput
from probing.estimate import LARGE, LONG, estimate
from probing.execution import queue
from probing.execution.progress import SAID, Progress, Terminal, Whole
from probing.execution.worker import evict, tell
from probing.numerals import several
from probing.presets import ORDER, PRESETS, preset_named
from probing.records import stored
from probing.reports import tracker
from probing.runs import Plan, RunSpec, plan
from probing.settings import Settings
from probing.tasks.available import in_order


def add_to(commands: Any) -> None:
    parser = commands.add_parser("run", help="probe checkpoints on a corpus and print the tidy table")
    parser.set_defaults(answer=answer)
    add = parser.add_argument
    described = RunSpec.model_fields["checkpoints"].description
    add("--checkpoint", nargs="+", action="extend", required=True, metavar="CKPT", help=described)
    add_options(parser, RunSpec, corpus="CORPUS")
    add(
        "--task",
        nargs="+",
        action="extend",
        metavar="TASK",
        help="task names; feats:* for every feature, label:* for every column of labels; needed without --preset",
    )
    add("--probe", nargs="+", action="extend", metavar="PROBE", help="probe families (default: linear)")
    add("--layers", type=layers, default="all", metavar="all|0,3,6")
    add_options(parser, RunSpec, seeds="N", seed="N", max_train="N", max_dev="N", max_test="N", dimension="N")
    for name in ("width", "rank"):
        add(f"--{name}", type=int, nargs="+", action="extend", metavar="N", help=RunSpec.model_fields[name].description)
    add_options(parser, RunSpec, pooling="mean|first|last|max", precision="auto|fp32|bf16", measure="accuracy|decodability")
    add_options(parser, RunSpec, epsilon="X", conditional_on="LAYER|CKPT:LAYER", submodule="layer|attention|mlp")
    described = "the former name of --conditional-on"
    add("--baseline", dest="conditional_on", action=_Renamed, metavar="LAYER|CKPT:LAYER", help=described)
    add("--as-published", action="store_true", default=None, help=RunSpec.model_fields["as_published"].description)
    described = "sentences, seeds and tasks of one of three sizes; options that are given go first"
    add("--preset", metavar="|".join(PRESETS), help=described)
    add(
        "--track",
        metavar="LIBRARY:PROJECT",
        help="log the scores to trackio, wandb or mlflow when the run is done (default: nowhere)",
    )
    add("--yes", action="store_true", help="start without a question, however long it takes")
    add("--no-baselines", action="store_true", help="leave out control task, majority, random weights and layer 0")


def layers(text: str) -> str | tuple[int, ...]:
    if text == "all":
        return "all"
    if (found := several(text)) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is neither all nor numbers such as 0,3,6")
    return found


def answer(options: argparse.Namespace, settings: Settings) -> int:
    from probing.execution.engine import execute

    if options.track:
        tracker.named(options.track)
    store = Store(settings.store)
    planned = plan(_spec(options, settings), settings)
    if not planned.answered(store):
        threads.limit(settings.threads)
        if not _agreed(planned, store, options.yes):
            SAID.say("Not started.")
            return 1
    outcome = carry_out(planned, store, execute)
    if not outcome.cached:
        evict(store, settings.store_limit_bytes)
    for note in stored.run(store, planned.run).notes:
        SAID.say(note)
    table = store.results.table(planned.run)
    if options.track:
        tracker.track(options.track, stored.run(store, planned.run), table, settings.offline)
    rows = records(table)
    if options.json:
        seconds = {"extract": outcome.extract_seconds, "fit": outcome.fit_seconds, "total": outcome.total_seconds}
        print_json(
            {
                "run": planned.run,
                "cached": outcome.cached,
                "forward_passes": outcome.forward_passes,
                "seconds": seconds,
                "rows": rows,
            }
        )
        return 0
    shown = [rounded(row) for row in rows if row["split"] != "dev" and row["setting"] == "{}" and row["seed"] is None]
    print_table(shown, ["checkpoint", "task", "probe", "layer", "split", "metric", "value", "lower", "upper", "unit", "n"])
    SAID.say(f"run {planned.run}: {outcome.forward_passes} forward passes, {outcome.total_seconds:.1f} s")
    return 0


class _Renamed(argparse.Action):
    """An option under its former name: it does the same, and says what to use."""

    def __call__(self, _parser: object, options: argparse.Namespace, value: Any, option: str | None = None) -> None:
        SAID.say(f"{option} is now called --{self.dest.replace('_', '-')}, and works as before.")
        setattr(options, self.dest, value)


def _agreed(planned: Plan, store: Store, yes: bool) -> bool:
    """Say what the run costs; on a terminal, ask before a large one. Without a terminal it starts, as it always did."""
    calibrate(store, planned.device)
    cost = estimate(planned, store)
    SAID.say(f"Estimate: {cost.time}, {cost.disk_bytes / 1e6:,.0f} MB of vectors. {cost.basis}")
    if yes or not cost.large:
        return True
    bounds = f"more than {LONG // 60} minutes or {LARGE / 1e9:.0f} GB"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        SAID.say(f"This may be {bounds}. It starts without a question, since there is no terminal; --yes leaves this line out.")
        return True
    print(f"This may be {bounds}. Start it? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _spec(options: argparse.Namespace, settings: Settings) -> RunSpec:
    requested: dict[str, Any] = {"checkpoints": tuple(options.checkpoint), "baselines": not options.no_baselines}
    if options.probe:
        requested["probes"] = tuple(options.probe)
    if options.preset is not None:
        chosen, families = preset_named(options.preset), requested.get("probes", RunSpec.model_fields["probes"].default)
        requested |= chosen.fields
        if not options.task:
            source = corpora.find(options.corpus, store_uploads=settings.store / "uploads", roots=settings.roots)
            requested["tasks"] = chosen.choose(in_order(source.load(), ORDER), families)
    if options.task:
        requested["tasks"] = tuple(options.task)
    if "tasks" not in requested:
        raise BadInput("The run has no task: name one with --task, or take --preset quick.")
    return RunSpec.parse(requested | given(options, RunSpec))


def carry_out(planned: queue.JobPlan, store: Store, execute: Callable[[Any, Store, Progress], Any]) -> Any:
    """`execute` here, listed among the jobs so that the pages show it; a page's job for the same question is waited for."""
    terminal = Terminal()
    if planned.answered(store):
        return execute(planned, store, terminal)
    threads.limit(Settings.read().threads)
    spec = planned.spec.model_dump(mode="json")
    store.jobs.submit(planned.run, spec, planned.label, device=planned.device, origin="cli", kind=planned.kind)
    mine = store.jobs.start(planned.run, os.getpid())

    def progress(stage: str, done: int, total: int, whole: Whole | None = None) -> None:
        terminal(stage, done, total, whole)
        if mine:
            tell(store, planned.run, stage, done, total, whole)

    try:
        outcome = execute(planned, store, progress)
    except BaseException as error:
        if mine:
            state = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            known = isinstance(error, (BadInput, StoreError))
            store.jobs.finish(planned.run, state, str(error) if known else type(error).__name__)
        raise
    if mine:
        store.jobs.finish(planned.run, "done")
    return outcome
