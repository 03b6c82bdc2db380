"""Results of a sweep: the size curve, the best method by size, every training, the learning rates chosen on dev."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from cache.jobs import Job
from cache.store import Store
from pages.shared import cards, chart, choices, export, frame, jobs, report, sections, training
from pages.shared.ground import counted
from pages.shared.wording import escape, many
from probing import measures
from probing.analysis.size_curves import COLLAPSED, DIVERGED, means, points, summary
from probing.checkpoints import products
from probing.figures.size_curve import size_curve
from probing.records import stored
from probing.records.training import TrainingRecord
from probing.settings import Settings
from probing.sweeps import Arm, Sweep, SweepSpec, plan
from probing.tuning import METHODS
from probing.tuning.method import method_of


def show(sweep: Sweep, store: Store, settings: Settings) -> None:
    """The job until it is done, and the finished trainings: their curve first."""
    answers = sweep.answers(store)
    job = store.jobs.get(sweep.run)
    if job is not None and job.state != "done":
        jobs.panel(sweep.run, store, "sweep-job")
    if job is not None and job.state in jobs.LIVE:
        frame.fragment(_follow, run_every="3s")(sweep, store, len(answers))
    if not answers:
        if job is None or job.state == "done":
            st.caption("The store has no results of it: start it again under New.")
        return
    table = sweep.table(store)
    training.facts_of(sweep.parent, sweep.source, sweep.run)
    if len(table):
        curve(sweep, answers, table)
        if job is not None and job.state == "done":
            report.button([sweep.run], "sweep-report")
    stored = set(products.listed(store.root))
    kept = [str(arm.product) for arm, _ in answers if arm.spec.seed == 0 and arm.product in stored]
    training.probe_links(store, settings, sweep.source, sweep.parent.spec, kept)
    offered = {"Every training": lambda: arms(sweep, answers, table, stored, store)}
    if sweep.spec.rates == "grid":
        offered["Learning rates"] = lambda: pilots(sweep, store)
    if notes := sweep.notes(store):
        offered[many(len(notes), "note")] = lambda: st.markdown("\n".join(f"- {escape(note)}" for note in notes))
    sections.show(offered)


def _follow(sweep: Sweep, store: Store, shown: int) -> None:
    """Draw the page again when another training is done."""
    if len(sweep.answers(store)) != shown:
        st.rerun()


def curve(sweep: Sweep, answers: list[tuple[Arm, TrainingRecord]], table: pd.DataFrame) -> None:
    """The chart, its summary, how to read it, its numbers."""
    what = counted(sweep.source.hash, sweep.spec.task, sweep.spec.column, sweep.source)
    available = what.sentences["train"]
    left, right = st.columns(2)
    metric = choices.menu(left, "Score", list(dict.fromkeys(table["metric"])), "score", format_func=measures.axis)
    splits = sorted(dict.fromkeys(table["split"]), key=lambda split: (split == "dev", split != "test"))
    split = choices.menu(right, "Scored on", splits, "split")
    lost = [
        (arm.spec.method, available if arm.size == "all" else int(arm.size), arm.spec.seed)
        for arm, record in answers
        if record.diverged
    ]
    scored = points(table, metric, split, lost)
    middle = means(scored)
    methods = [name for name in sweep.spec.methods if (scored["method"] == name).any()]
    seeds = "There is one seed, so the band is a 95 % sentence bootstrap and does not include seed noise."
    if sweep.spec.seeds > 1:
        seeds = (
            "Small markers are seeds; the band is 95 %: Student's t over seeds and a bootstrap over the test sentences, added in squares "
            "(with two or three seeds it is wide)."
        )
    chart.show(
        size_curve(scored, middle, methods, metric, what.majority.get((split, metric)), available),
        f"sizes-{Path(sweep.parent.name).name}-{metric}",
        "size-curve",
        f"{measures.axis(metric)} on {split} by train sentences, one line per method.",
        chart.Help(
            f"A line is the mean of a method's trainings at each size. {seeds} All have the same steps and batches. A smaller sample is part of a "
            "larger one, and the best checkpoint on dev is scored. The majority is the score of the most frequent label of train; the axis does "
            "not begin at 0. A cross is a training that predicts one label only, or whose loss diverged; it is in the mean if it has a score.",
            "Methods need different learning rates, and the recorded rates come from other data (use the grid). Few steps favour methods that "
            "learn fast. Few seeds hide the variation between samples of 64 sentences.",
            [metric] if metric in measures.MEASURES else [],
        ),
        "\n".join(summary(scored, methods)),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for name in dict.fromkeys(method_of(method)[0].card.name for method in methods):
            cards.popover(METHODS.get(name).card)
        export.numbers(middle, "sizes", "sizes-table", "Means over seeds with intervals, and without failed trainings")


def arms(sweep: Sweep, answers: list[tuple[Arm, TrainingRecord]], table: pd.DataFrame, stored: set[str], store: Store) -> None:
    """One row per training; the chosen one has links."""
    rows = [_row(arm, record, table, stored) for arm, record in answers]
    shown = pd.DataFrame(rows).dropna(axis=1, how="all")
    event: Any = st.dataframe(
        shown,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="arms",
        column_config={
            "values": st.column_config.NumberColumn("values", format="localized", help="Trained values of the encoder."),
            "share": st.column_config.NumberColumn("share", format="percent"),
            "rate": st.column_config.NumberColumn("rate", format="%.2g"),
            "best step": st.column_config.NumberColumn("best step", help="The step with the best dev score."),
        }
        | {name: st.column_config.NumberColumn(name, format="%.4f") for name in shown.columns if ": " in str(name)},
        alt="Every training that is done",
    )
    st.caption("Tick a row to probe its checkpoint, compare it with its parent, or delete it.")
    export.table(shown, "trainings", "arms-table")
    picked = [index for index in event["selection"]["rows"] if index < len(answers)]
    if picked:
        product = answers[picked[0]][0].product
        if product not in stored:
            st.caption("The checkpoint of this training was not stored, or was deleted; its scores remain.")
        else:
            training.product_links(str(product), sweep.parent.spec, store)


def _row(arm: Arm, record: TrainingRecord, table: pd.DataFrame, stored: set[str]) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "method": arm.spec.method,
        "size": str(arm.size),
        "seed": arm.spec.seed,
        "rate": arm.spec.lr,
        "values": record.trainable and record.trainable.parameters,
        "share": record.trainable and record.trainable.fraction,
        "best step": record.best_step,
        "seconds": record.seconds,
        "state": DIVERGED if record.diverged else COLLAPSED if record.collapsed else None,
    }
    settings = [json.loads(text) for text in table["setting"].astype(str)]
    count = None if record.diverged or record.data is None else record.data.train
    own = [
        one.get("method") == arm.spec.method and one.get("train") == count and seed == arm.spec.seed
        for one, seed in zip(settings, table["seed"].tolist(), strict=True)
    ]
    for row in table[own].itertuples():
        cells[f"{row.split}: {row.metric}"] = row.value
    return cells | {"product": arm.product if arm.product in stored else None}


def pilots(sweep: Sweep, store: Store) -> None:
    """The tried learning rates with their dev scores, the chosen one marked; nothing where the recorded rates were used."""
    if sweep.spec.rates == "recorded":
        return
    chosen = sweep.chosen(store)
    rows = [
        {
            "method": pilot.spec.method,
            "rate": pilot.spec.lr,
            "dev score": stored.cell(store, pilot.id, TrainingRecord).dev_score,
            "chosen": chosen.get(pilot.spec.method) == pilot.spec.lr,
        }
        for pilot in sweep.pilots()
        if store.results.has_cell(pilot.id)
    ]
    if rows:
        table = pd.DataFrame(rows)
        st.dataframe(
            table, hide_index=True, height="content", column_config={"rate": st.column_config.NumberColumn(format="%.2g")}
        )
        st.caption(
            "Each rate was tried once, at the middle size with the first seed, and scored on dev. A rate without a score diverged."
        )
        export.table(table, "rates", "rates-table")


def requested_by(job: Job, settings: Settings) -> Sweep:
    """The sweep of a job. Raises BadInput where its parent or data are gone or changed."""
    sweep = plan(SweepSpec.parse(job.spec), settings.of_results())
    training.of_job(job, sweep, "The data, the checkpoint or the recorded rates")
    return sweep
