"""What a report could not see: differences too small to detect, what is missing, what was read in another way, and what a probe does not say."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cache import files
from probing import measures
from probing.analysis.rows import rows_over_seeds
from probing.checkpoints import selfcheck
from probing.checkpoints.selfcheck import SelfCheck
from probing.errors import first_few
from probing.reports.document import Bullets, DataTable, Paragraph, Part
from probing.reports.stored_run import StoredRun

GENERAL = (
    "A probe shows that a task can be read from a layer by this family of probes. It does not show that the model uses it.",
    "Intervals are over the scored sentences and the seeds of the probes. They do not hold for other text, or for another training of a checkpoint.",
)


def parts(run: StoredRun, differences: Mapping[str, pd.DataFrame]) -> list[Part]:
    """The chapter without its heading. `differences` are those of the report, by checkpoint."""
    found: list[Part] = [Bullets(items=GENERAL)]
    least = least_by_task(differences) if differences else alone(run)
    if len(least):
        said = (
            "Median over layers of the smallest difference from the base that these items would show"
            if differences
            else "Smallest difference from this accuracy that so many items would show, taken as independent"
        )
        found.append(
            DataTable.of(
                least, title="Least detectable differences, in points of accuracy", note=f"{said} (two-sided 5 %, power 80 %)."
            )
        )
    if warned := warnings(run):
        found.append(Paragraph(text="What the self-checks of the checkpoints found:"))
        found.append(Bullets(items=tuple(warned)))
    if lacking := missing(run):
        found.append(Paragraph(text="What is missing:"))
        found.append(Bullets(items=tuple(lacking)))
    if run.record.notes:
        found.append(Paragraph(text="Notes of the run:"))
        found.append(Bullets(items=run.record.notes))
    return found


def least_by_task(differences: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A row a task, a column a checkpoint: the median of `least` over layers, in points."""
    rows = pd.concat([frame.assign(checkpoint=name) for name, frame in differences.items()], ignore_index=True)
    table = rows.assign(least=100 * rows["least"]).pivot_table(
        index="task", columns="checkpoint", values="least", aggfunc="median", sort=False
    )
    return table.reset_index().rename_axis(None, axis=1).round(2)


def alone(run: StoredRun) -> pd.DataFrame:
    """A row a task of a run of one checkpoint: items, the highest accuracy, and the smallest difference from it in points."""
    rows = []
    for asked in run.asked:
        scored = rows_over_seeds(*run.question(asked, "accuracy"))
        own = scored[(scored["checkpoint"] == run.base) & (scored["layer"] >= 0)].dropna(subset=["value", "n"])
        if len(own):
            n, best = int(own["n"].max()), float(own["value"].max())
            least = 100 * measures.smallest_detectable_difference(n, best)
            rows.append(
                {"task": asked.task, "probe": asked.probe, "items": n, "accuracy": best, "least difference": round(least, 2)}
            )
    return pd.DataFrame(rows)


def warnings(run: StoredRun) -> list[str]:
    """What the stored self-checks say of checkpoints that are not read as usual, a sentence each."""
    found = []
    for one in run.record.checkpoints:
        stored = files.unsealed(run.store.root / selfcheck.FOLDER / f"{one.fingerprint}.json")
        try:
            check = SelfCheck.model_validate(stored)
        except ValueError:
            continue
        found += check.notes(one.name) if check.ok else [f"{one.name}: {check.refused}"]
    return list(dict.fromkeys(found))


def missing(run: StoredRun) -> list[str]:
    """Baselines that were left out, layers that were not probed, checkpoints that lack a task, and seeds."""
    record, found = run.record, []
    if not record.spec.baselines:
        found.append(
            "The run was asked for without baselines: no control task, random weights or majority stand beside its numbers."
        )
    elif not run.baselines:
        found.append("No checkpoint with random weights stands beside these.")
    if record.spec.layers != "all":
        found.append(f"Only the layers {', '.join(map(str, record.spec.layers))} were probed.")
    if record.spec.seeds == 1:
        found.append("There is one seed, so the numbers do not show how much the draw of a probe changes them.")
    limits = {name: limit for name, limit in record.spec.limits.items() if limit}
    if limits:
        found.append(
            f"Not all of the corpus was read: the first {', '.join(f'{limit:,} sentences of {name}' for name, limit in limits.items())}."
        )
    have = {(cell.checkpoint, cell.task) for cell in record.cells}
    for name in run.requested:
        if lacking := [task.name for task in record.tasks if (name, task.name) not in have]:
            found.append(f"{name} lacks {first_few(lacking, 5)}.")
    scored = {one.task for one in run.asked}
    if unscored := [task.name for task in record.tasks if task.name not in scored]:
        found.append(f"Nothing was scored on test for {first_few(unscored, 5)}.")
    return found
