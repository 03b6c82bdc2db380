"""The report of a training sweep: scores by training size, one line a method, and every training."""

from __future__ import annotations

import pandas as pd

from cache.jobs import Job
from cache.store import Store
from probing import measures, sweeps
from probing.analysis.size_curves import COLLAPSED, DIVERGED, means, points, summary
from probing.errors import BadInput
from probing.figures.size_curve import size_curve
from probing.installation import SOFTWARE
from probing.records import stored
from probing.records.training import TrainingRecord
from probing.reports import methods, reproduce
from probing.reports.document import Bullets, Chart, DataTable, Document, Heading, Paragraph, Part, facts
from probing.reports.references import INTERVALS, OVER_SEEDS
from probing.reports.wording import about, capital, some
from probing.settings import Settings
from probing.sweeps import Arm, Sweep, SweepSpec
from probing.tuning.available import material_of

CALLED = {"n": "train sentences", "wrong": "failed", "value_sound": "value without failed"}  # columns of means, for a reader
Answers = list[tuple[Arm, TrainingRecord]]


def report(store: Store, job: Job, settings: Settings, made: str = "") -> Document:
    """The document. Raises BadInput where the parent or the data are gone or have changed."""
    sweep = sweeps.plan(SweepSpec.parse(job.spec), settings)
    if sweep.run != job.run:
        raise BadInput(
            f"The data, the checkpoint or the recorded rates of “{job.label}” changed since, so its scores no longer apply: start it again."
        )
    answers, table, spec = sweep.answers(store), sweep.table(store), sweep.spec
    if table.empty:
        raise BadInput(f"The trainings of “{job.label}” are gone from this store: start it again, then ask for its report.")
    found, said = _curves(sweep, answers, table)
    used = methods.cards(
        measures=[name for name in measures.MEASURES.names() if name in set(table["metric"])], methods=spec.methods
    )
    sizes = ", ".join(f"{size:,}" if isinstance(size, int) else size for size in spec.sizes)
    parts: list[Part] = [
        Heading(text="Findings"),
        Bullets(items=tuple(said), role="finding"),
        Heading(text="Scores by training size"),
        *found,
        Heading(text="Trainings"),
        *_trainings(sweep, answers, store),
        Heading(text="Limits"),
        Bullets(items=(*_limits(sweep), *sweep.notes(store))),
        Heading(text="How to reproduce"),
        *reproduce.parts("sweep", spec, sweep.run, _fingerprints(sweep)),
        Heading(text="Methods"),
        *methods.parts(used),
    ]
    return Document(
        title=f"Fine-tuning {sweep.parent.name} on {sweep.source.name}",
        subtitle=job.label,
        facts=facts(
            Checkpoint=sweep.parent.name,
            Data=sweep.source.name,
            Task=spec.task,
            Methods=some(spec.methods, 8),
            Sizes=f"{sizes} sentences",
            Seeds=spec.seeds,
            Rates="recorded for each method" if spec.rates == "recorded" else "chosen on dev from three",
            Sweep=sweep.run,
        ),
        parts=tuple(parts),
        references=methods.cited(used, (INTERVALS, *([OVER_SEEDS] if spec.seeds > 1 else []))),
        made=made,
        software=SOFTWARE,
        link=f"/fine_tune?make=Results&sweep={sweep.run}",
    )


def _curves(sweep: Sweep, answers: Answers, table: pd.DataFrame) -> tuple[list[Part], list[str]]:
    """A chart of each score on test, and the sentences of the first."""
    what = material_of(sweep.source, sweep.spec.task, sweep.spec.column)
    available = what.sentences["train"]
    lost = [
        (arm.spec.method, available if arm.size == "all" else int(arm.size), arm.spec.seed)
        for arm, record in answers
        if record.diverged
    ]
    splits = sorted(dict.fromkeys(table["split"]), key=lambda split: (split == "dev", split != "test"))
    found: list[Part] = []
    said: list[str] = []
    for metric in dict.fromkeys(table["metric"]):
        scored = points(table, metric, splits[0], lost)
        if scored.empty:
            continue
        middle = means(scored)
        names = [name for name in sweep.spec.methods if (scored["method"] == name).any()]
        sentences = summary(scored, names)
        said = said or [_best(middle, metric, splits[0]), *sentences]
        read, misleads = about(metric) if metric in measures.MEASURES else ("", "")
        found.append(
            Chart.of(
                size_curve(scored, middle, names, metric, what.majority.get((splits[0], metric)), available),
                title=f"{capital(measures.axis(metric))} by training size",
                finding="\n".join(sentences),
                drawn=f"{capital(measures.axis(metric))} on {splits[0]} by train sentences, one line per method; bands are 95 % intervals.",
                facts=facts(
                    checkpoint=sweep.parent.name, data=sweep.source.name, split=splits[0], seeds=sweep.spec.seeds, run=sweep.run
                ),
                read=f"A line is the mean of a method's trainings at each size, small markers are seeds. {read}".strip(),
                misleads=f"Methods need different learning rates, and few seeds hide the variation between samples. {misleads}".strip(),
            )
        )
        note = f"Means over seeds of {measures.axis(metric)} on {splits[0]}; failed: collapsed or diverged."
        found.append(
            DataTable.of(
                middle.rename(columns=CALLED),
                title=f"{capital(measures.axis(metric))} by method and size",
                note=note,
                folded=len(middle) > 24,
            )
        )
    return found, said


def _best(middle: pd.DataFrame, metric: str, split: str) -> str:
    """Which method reaches the most at the largest size."""
    largest = middle[middle["n"] == middle["n"].max()].dropna(subset=["value"])
    if largest.empty:
        return "No training at the largest size has a score."
    row = largest.sort_values("value").iloc[-1]
    return (
        f"With {int(row['n']):,} sentences {row['method']} has the highest mean {measures.axis(metric)} on {split}: {row['value']:.3f} "
        f"[{row['lower']:.3f}, {row['upper']:.3f}]."
    )


def _trainings(sweep: Sweep, answers: Answers, store: Store) -> list[Part]:
    """A row a training, and the rates that were tried."""
    rows = []
    for arm, record in answers:
        state = DIVERGED if record.diverged else COLLAPSED if record.collapsed else None
        row = {"method": arm.spec.method, "size": str(arm.size), "seed": arm.spec.seed, "rate": arm.spec.lr}
        row |= {
            "values": record.trainable and record.trainable.parameters,
            "share": record.trainable and record.trainable.fraction,
        }
        rows.append(
            row | {"best step": record.best_step, "seconds": record.seconds, "dev score": record.dev_score, "state": state}
        )
    shown = pd.DataFrame(rows).dropna(axis=1, how="all")
    found: list[Part] = [DataTable.of(shown, title="Every training", folded=len(shown) > 40)]
    pilots = [
        {"method": pilot.spec.method, "rate": pilot.spec.lr, "dev score": stored.cell(store, pilot.id, TrainingRecord).dev_score}
        for pilot in sweep.pilots()
        if store.results.has_cell(pilot.id)
    ]
    if pilots:
        note = "Each was tried once, at the middle size with the first seed; the rate with the best score on dev was taken."
        found.append(DataTable.of(pd.DataFrame(pilots), title="Learning rates that were tried", note=note))
    if len(answers) < sweep.count - len(sweep.pilots()):
        found.append(Paragraph(text=f"{len(answers)} of {sweep.count - len(sweep.pilots())} trainings are done.", role="warning"))
    return found


def _limits(sweep: Sweep) -> list[str]:
    said = ["A method's score holds for this number of steps: few steps favour methods that learn fast."]
    if sweep.spec.seeds == 1:
        said.append("There is one seed, so the band is that of the test sentences alone and holds no seed noise.")
    elif sweep.spec.seeds < 4:
        said.append(f"There are {sweep.spec.seeds} seeds, so intervals over seeds are wide.")
    if sweep.spec.rates == "recorded":
        said.append("Learning rates are those recorded for each method, which come from other data.")
    return said


def _fingerprints(sweep: Sweep) -> DataTable:
    rows = [
        {"what": "checkpoint", "name": sweep.parent.name, "fingerprint": sweep.parent.fingerprint},
        {"what": "data", "name": sweep.source.name, "fingerprint": sweep.source.hash},
    ]
    return DataTable.of(pd.DataFrame(rows), title="Fingerprints of what was read")
