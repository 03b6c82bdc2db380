"""The curves of a run or of trainings in progress: their points as they are done, beside what is still to come."""

from __future__ import annotations

import time
from functools import partial

import pandas as pd
import streamlit as st

from cache.store import Store
from pages.shared import choices, conditional, export, results
from pages.shared.names import marks
from pages.shared.wording import duration, escape, many
from probing import measures, probes
from probing.analysis.rows import LayerQuestion, rows_over_seeds
from probing.execution import live
from probing.execution.live import LiveRun, LiveTrainings
from probing.figures.live_curves import live_curves
from probing.figures.training_curves import training_curves
from probing.probes import Kind

LATE = 5.0  # seconds after which a layer takes longer than expected


def show(run: str, store: Store, key: str) -> None:
    """Draw what the run or training has found so far; nothing where it has not published anything."""
    found = live.read(store, run)
    if found is None:
        return
    if isinstance(found, LiveTrainings):
        _trainings(found, key)
        return
    done, total = found.count()
    if not done:
        st.caption(_wait(found.first_at))
        return
    st.markdown(
        f"**Not final yet: {done} of {many(total, 'layer')}.** The points below are done and stay as they are. "
        "The other points, the summary and the baselines without vectors follow."
    )
    tasks = list(dict.fromkeys(cell.task for cell in found.cells))
    task = choices.menu(st, "Task", tasks, f"{key}-task") if len(tasks) > 1 else tasks[0]
    names = list(dict.fromkeys(cell.probe for cell in found.cells if cell.task == task))
    probe = choices.menu(st, "Probe", names, f"{key}-probe") if len(names) > 1 else names[0]
    _curves(found, store, task, probe, probes.FAMILIES.get(probe).kind, key)


def _trainings(found: LiveTrainings, key: str) -> None:
    """The scores on dev so far of all trainings, the present one bold."""
    if not any(one.looks for one in found.trainings):
        st.caption("The first score on dev comes after a tenth of the steps.")
        return
    present = found.trainings[-1]
    st.markdown(
        f"**Training {len(found.trainings)} of {found.count}: {escape(present.label)}.** The scores on test follow when it is done."
    )
    st.plotly_chart(
        training_curves([(one.label, one.steps, one.looks) for one in found.trainings]),
        key=f"{key}-trainings",
        config=export.CONFIG,
        alt=f"Score on dev by step of {many(len(found.trainings), 'training')} so far",
    )


def _wait(first_at: float | None) -> str:
    """How long the first layer takes yet."""
    left = 0.0 if first_at is None else first_at - time.time()
    if left >= 1:
        return f"The first layer comes in about {duration(left)}."
    return "The first layer comes soon." if left > -LATE else "The first layer takes longer than expected."


def _curves(found: LiveRun, store: Store, task: str, probe: str, kind: Kind, key: str) -> None:
    table = found.table(task, probe, partial(results.cell_table, store.root))
    if kind == "conditional":
        table = conditional.choose(table)
    split = next((name for name in table["split"].unique() if name not in ("train", "dev")), "test")
    offered = measures.menu(kind) | measures.menu("decodability")
    by_metric = {metric: _points(table, metric, measures.MEASURES.get(metric).split or split, task, probe) for metric in offered}
    here = [metric for metric, points in by_metric.items() if not points.empty]
    if not here:
        st.caption(f"{escape(task)} has no point yet.")
        return
    metric = here[0]
    if len(here) > 1:
        metric = choices.menu(st, "Measure", here, f"{key}-measure", format_func=offered.__getitem__)
    points, split = by_metric[metric], measures.MEASURES.get(metric).split or split
    requested = [name for name in found.checkpoints if name not in found.baselines]
    chart, numbers = st.columns([2, 1])
    with chart:
        st.plotly_chart(
            live_curves(
                *(LayerQuestion(table, metric, split, task, probe), requested, found.baselines),
                *(found.layers(task, probe), found.done(task, probe), marks(store)),
            ),
            key=f"{key}-curves",
            config=export.CONFIG,
            alt=f"{measures.axis(metric)} of {task} by layer on {split}, as far as the run has come",
        )
    with numbers:
        shown = points[["checkpoint", "layer", "value", "lower", "upper"]].rename(columns={"value": measures.axis(metric)})
        st.dataframe(shown, hide_index=True, height=430, key=f"{key}-points", alt="The points of the chart")


def _points(table: pd.DataFrame, metric: str, split: str, task: str, probe: str) -> pd.DataFrame:
    """The rows of layers, over all seeds."""
    rows = rows_over_seeds(table, metric, split, task, probe)
    return rows[rows["layer"] >= 0]
