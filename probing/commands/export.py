"""`python -m probing export probe|results|metrics RUN`: a probe, scores for a model card, or metrics for a tracker, from a stored run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cache import files
from cache.store import Store
from probing.bundles import example
from probing.commands.output import print_json
from probing.errors import BadInput
from probing.records import stored
from probing.records.run import RunRecord
from probing.reports import evaluation_results, portable_probe, probe_folder, tracker
from probing.reports.subject import subject
from probing.settings import Settings, folder

FORMS = ("model-index", "eval-results")


def add_to(commands: Any) -> None:
    parser = commands.add_parser("export", help="a probe, scores for a model card, or metrics for a tracker, from a stored run")
    parser.set_defaults(answer=answer)
    add = parser.add_argument
    add("what", choices=["probe", "results", "metrics"])
    add("run", metavar="RUN", help="the id of a stored run")
    add("--out", metavar="PATH", help="probe: a new folder; results: a file")
    add("--checkpoint", metavar="CKPT", help="of the run; needed where it has several")
    add("--task", metavar="TASK", help="probe: of the run; needed where it has several")
    add("--probe", metavar="PROBE", help="probe: the family; needed where the run has several")
    add("--layer", type=int, metavar="N", help="probe: the layer (default: the one with the lowest loss on dev)")
    add("--seed", type=int, metavar="N", help="probe: of which seed (default: the first)")
    add(
        "--format", choices=FORMS, default="model-index", help="results: for the head of a README.md, or a file of .eval_results/"
    )
    add("--dataset", metavar="OWNER/NAME", help="eval-results: the data set of the hub that they stand under")
    add(
        "--to",
        metavar="LIBRARY:PROJECT",
        help=f"metrics: the tracker, one of {', '.join(tracker.LIBRARIES)}, and the project there",
    )


def answer(options: argparse.Namespace, settings: Settings) -> int:
    store = example.opened(settings)
    record = _record(store, options.run)
    said: dict[str, Any] = {"run": record.run}
    if options.what == "metrics":
        if not options.to:
            raise BadInput("export metrics needs --to LIBRARY:PROJECT, such as trackio:probes.")
        said["scores"] = tracker.track(options.to, record, store.results.table(record.run), settings.offline)
        sentence = f"{said['scores']} scores of {record.run} went to {options.to}."
    else:
        if not options.out:
            raise BadInput(f"export {options.what} needs --out PATH.")
        out = folder(options.out, "--out")
        made = _probe(options, store, record, out) if options.what == "probe" else _results(options, store, record, out)
        said |= {"out": str(out), **made}
        sentence = f"Wrote {out}."
    if options.json:
        print_json(said)
    else:
        print(sentence)
    return 0


def _record(store: Store, name: str) -> RunRecord:
    """The stored run that an id, or how it begins, names. Raises BadInput."""
    found = subject(store, name)
    if not isinstance(found, str):
        raise BadInput(f"{found.run} is a {found.kind}, and what is exported is of a run: name a run of its checkpoints.")
    return stored.run(store, found)


def _probe(options: argparse.Namespace, store: Store, record: RunRecord, out: Path) -> dict[str, Any]:
    table = store.results.table(record.run)
    chosen = portable_probe.choose(record, table, options.checkpoint, options.task, options.probe, options.layer)
    facts = probe_folder.write(out, store, record.run, chosen, options.seed)
    return {"checkpoint": facts.checkpoint.name, "task": facts.task, "layer": facts.layer, "seed": facts.seed}


def _results(options: argparse.Namespace, store: Store, record: RunRecord, out: Path) -> dict[str, Any]:
    table = store.results.table(record.run)
    asked = [one.name for one in record.checkpoints if one.requested]
    if options.checkpoint is None and len(asked) != 1:
        raise BadInput(f"The run {record.run} has several checkpoints: name one with --checkpoint, of {', '.join(asked)}.")
    name = options.checkpoint or asked[0]
    if options.format == "eval-results":
        text = evaluation_results.eval_results(record, table, name, options.dataset)
    else:
        text = evaluation_results.model_index(record, table, name)
    out.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(out, text, "the results")
    return {"checkpoint": name, "format": options.format}
