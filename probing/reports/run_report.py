"""The report of a stored run: findings first, then what was asked, the figures, what could not be seen, how to reproduce it, and methods.

Sentences and figures are those of the pages: both come from analysis/ and figures/.
"""

from __future__ import annotations

import pandas as pd

from probing import measures
from probing.analysis import differences as paired
from probing.analysis.data_needed import headline as data_headline
from probing.installation import SOFTWARE
from probing.records.run import RecordedCheckpoint
from probing.registry import Card
from probing.reports import exposed, limits, methods, reproduce
from probing.reports.compared import Differences, compared, least, surest, tested, tests
from probing.reports.document import Bullets, DataTable, Document, Fact, Heading, Paragraph, Part, facts
from probing.reports.exposed import Exposed
from probing.reports.run_figures import LONG, curves, data, differences, heat, multiples, target_reached
from probing.reports.stored_run import StoredRun
from probing.reports.wording import some

MOST_TASKS = 12  # tasks with a chart of their own
MOST_SAID = 6  # findings of a kind


def report(run: StoredRun, made: str = "") -> Document:
    """The document. `made` is when it is written (ISO, UTC)."""
    record = run.record
    found = compared(run)
    beside = exposed.found(run)
    used = cards(run)
    return Document(
        title=title(run),
        subtitle=subtitle(run),
        facts=overview(run),
        parts=tuple(parts(run, found, beside)),
        references=methods.cited(used, tests(found)),
        made=made,
        software=SOFTWARE,
        link="/layers?" + "&".join(f"run={one}" for one in record.run.split(", ")),
    )


def title(run: StoredRun) -> str:
    """Who is probed on which corpus."""
    names = run.requested
    named = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{named} on {run.record.corpus.name}"


def subtitle(run: StoredRun) -> str:
    """What was read from where."""
    names = run.record.probes
    probes = f"the {names[0]} probe reads" if len(names) == 1 else f"the {some(names[:-1], 3)} and {names[-1]} probes read"
    return f"What {probes} of {some([task.name for task in run.record.tasks], 4)} from each layer"


def parts(run: StoredRun, found: Differences | None, beside: list[Exposed]) -> list[Part]:
    """All chapters."""
    every: list[Part] = [Heading(text="Findings"), *findings(run, found, beside)]
    every += [Heading(text="What was asked"), *asked(run)]
    every += [Heading(text="Results by task"), *results(run)]
    if found is not None and found.frames:
        every += [Heading(text=f"Differences from {run.base}"), *differences(run, found)]
    if beside:
        every += [Heading(text="Exposed or learned"), *exposed.parts(run, beside)]
    if effort := data(run):
        every += [Heading(text="Data needed"), *effort]
    every += [Heading(text="Limits"), *limits.parts(run, found.frames if found and found.unit == "points" else {})]
    own = reproduce.fingerprints(run.record.checkpoints, run.own, run.record.corpus.name, run.record.corpus.hash)
    every += [Heading(text="How to reproduce"), *reproduce.parts("run", run.record.spec, run.record.run, own)]
    if (made := reproduce.making(run.record.checkpoints)) is not None:
        every.append(made)
    return [*every, Heading(text="Methods"), *methods.parts(cards(run))]


def overview(run: StoredRun) -> tuple[Fact, ...]:
    record, spec = run.record, run.record.spec
    read = ", ".join(f"{limit:,} {name}" for name, limit in spec.limits.items() if limit)
    return facts(
        Checkpoints=some(run.requested),
        Corpus=record.corpus.name + (f" (first sentences: {read})" if read else ""),
        Tasks=some([task.name for task in record.tasks]),
        Probes=some(list(record.probes)),
        Measure="" if spec.measure == "accuracy" else spec.measure,
        Layers="all" if spec.layers == "all" else ", ".join(map(str, spec.layers)),
        Seeds=spec.seeds,
        Finished=record.finished.replace("T", " ").partition("+")[0] + " UTC",
        Run=record.run,
    )


def findings(run: StoredRun, found: Differences | None, beside: list[Exposed]) -> list[Part]:
    """The headlines, with intervals and tests."""
    said: list[str] = []
    more: list[str] = []
    if found is not None and found.frames:
        frames = sorted(found.frames.items(), key=lambda pair: -surest(pair[1]))
        for name, frame in frames[:MOST_SAID]:
            said.append(paired.headline(frame, run.base, name, found.metric))
            more.append(least(frame, found))
        if len(frames) > MOST_SAID:
            said.append(f"{len(frames) - MOST_SAID} more checkpoints were compared: see below.")
            more.append("")
    for tuned in beside:
        said.append(tuned.finding)
        more.append(f"V-information on {tuned.asked.task}, paired by item, {tuned.asked.probe} probe.")
    for one in run.asked[:MOST_SAID]:
        if sentence := run.finding(one):
            said.append(sentence)
            more.append(f"{one.probe} probe, scored on {one.split} of {run.record.corpus.name}.")
    for one in run.asked:
        if (needed := target_reached(run, one)) is not None:
            said.append(data_headline(needed, run.requested, one.task, needed.most).replace("\n", " "))
            more.append(f"{one.probe} probe; the target loss is nine tenths of the V-information of the best layer.")
    if not said:
        return [Paragraph(text="This run scored nothing on a test split, so it has no finding.", role="warning")]
    every: list[Part] = [Bullets(items=tuple(said), details=tuple(more), role="finding")]
    if found is not None and found.frames:
        every.append(
            Paragraph(
                text=f"Differences of {measures.axis(found.metric)} with the {found.probe} probe on {found.split}. {tested(found)}",
                role="note",
            )
        )
    if found is not None and found.refused:
        every.append(Paragraph(text=found.refused, role="warning"))
    return every


def asked(run: StoredRun) -> list[Part]:
    """What was asked, in words and as tables."""
    record, spec = run.record, run.record.spec
    tasks = len(record.tasks)
    sentence = (
        f"A probe was trained on every layer{'' if spec.layers == 'all' else ' that was named'} of {len(run.requested)} "
        f"{'checkpoint' if len(run.requested) == 1 else 'checkpoints'} for {tasks} {'task' if tasks == 1 else 'tasks'} of {record.corpus.name}, "
        f"with {spec.seeds} {'seed' if spec.seeds == 1 else 'seeds'} from {spec.seed}. Vectors are of the {spec.submodule}, with {spec.pooling} "
        f"pooling, in {spec.precision}."
    )
    rows = [
        {
            "checkpoint": one.name,
            "made": _made(one),
            "layers": one.layers,
            "width": one.hidden,
            "parameters": one.parameters,
        }
        for one in record.checkpoints
    ]
    table = DataTable.of(pd.DataFrame(rows), title="Checkpoints", folded=len(rows) > LONG)
    tasks_table = pd.DataFrame(
        [{"task": one.name, "group": one.group, "level": one.level, "classes": len(one.classes) or None} for one in record.tasks]
    )
    return [Paragraph(text=sentence), table, DataTable.of(tasks_table, title="Tasks", folded=tasks > LONG)]


def _made(one: RecordedCheckpoint) -> str:
    made = one.lineage
    if made is None:
        return f"random weights of {some(one.baseline_of, 3)}" if one.baseline_of else "as published"
    how = {"finetune": "fine-tuned", "distill": "distilled"}.get(made.how, made.how)
    by = f" by {made.method}" if made.method and made.how == "finetune" else ""
    on = f" on {made.train:,} sentences of {made.data}" if made.train and made.data else f" on {made.data}" if made.data else ""
    seed = f", seed {made.seed}" if made.seed is not None else ""
    parent = f" from {made.parent}" if made.parent else ""
    return f"{how}{parent}{by}{on}{seed}"


def results(run: StoredRun) -> list[Part]:
    """All tasks at once, a chart of each, and what the best layers reach."""
    every: list[Part] = []
    if len({one.task for one in run.asked}) > 1:
        every += [multiples(run)]
        if grid := heat(run):
            every.append(grid)
    for one in run.asked[:MOST_TASKS]:
        every.append(curves(run, one))
    if len(run.asked) > MOST_TASKS:
        every.append(
            Paragraph(
                text=f"{len(run.asked) - MOST_TASKS} more tasks have no chart of their own here: see the tables.", role="note"
            )
        )
    best = pd.concat([run.best(one) for one in run.asked], ignore_index=True) if run.asked else pd.DataFrame()
    if len(best):
        shown = best.dropna(axis=1, how="all")
        note = "The layer is chosen on dev; lower and upper are the 95 % interval."
        every.append(DataTable.of(shown, title="Each checkpoint at its best layer", note=note, folded=len(shown) > LONG))
    return every


def cards(run: StoredRun) -> list[Card]:
    """Of every family, measure and task of the run, and of its known checkpoints and corpus."""
    here = set(run.table["metric"].unique())
    used = [name for name in measures.MEASURES.names() if name in here]
    record = run.record
    found = methods.cards(record.probes, used, [task.name for task in record.tasks])
    tuned = {
        one.lineage.method for one in record.checkpoints if one.lineage and one.lineage.how == "finetune" and one.lineage.method
    }
    found += methods.cards(methods=sorted(tuned))
    return [*found, *methods.of_checkpoints([run.own.get(name, name) for name in run.entries], record.corpus.spec)]
