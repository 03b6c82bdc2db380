"""Results of a distillation: student against teacher, the loss by term, the layer map, the links of the student."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from cache.jobs import Job
from cache.store import Store
from pages.shared import chart, export, jobs, report, training
from pages.shared.wording import escape
from probing import measures
from probing.analysis import student_teacher as analysis
from probing.checkpoints import products
from probing.distillations import Distillation, plan
from probing.figures.student_teacher import student_teacher
from probing.records.training import LossTerm
from probing.settings import Settings
from probing.tuning.specs import DistillSpec
from probing.tuning.terms import TERMS


def requested_by(job: Job, settings: Settings) -> Distillation:
    """The distillation of a job. Raises BadInput where its teacher or data are gone or changed."""
    distillation = plan(DistillSpec.parse(job.spec), settings.of_results())
    training.of_job(job, distillation, "The data or the teacher")
    return distillation


def show(distillation: Distillation, store: Store, settings: Settings) -> None:
    """The job until it is done; then scores, the loss by term, the layer map, and links for the student."""
    job = store.jobs.get(distillation.run)
    if job is not None and job.state != "done":
        jobs.panel(distillation.run, store, "distillation-job")
    if not store.results.has_cell(distillation.id):
        if job is None or job.state == "done":
            st.caption("The store has no results of it: start it again under New.")
        return
    table, record = distillation.table(store), distillation.record(store)
    training.facts_of(distillation.parent, distillation.source, distillation.run)
    scores(table, distillation)
    if job is not None and job.state == "done":
        report.button([distillation.run], "distillation-report")
    kept = [distillation.product] if distillation.product in products.listed(store.root) else []
    training.probe_links(store, settings, distillation.source, distillation.parent.spec, kept)
    st.markdown("**Loss by term**")
    terms(record.loss, record.terms)
    mapped = ", ".join(f"{own} from {theirs}" for own, theirs in enumerate(record.layer_map or [], 1))
    if mapped:
        st.caption(f"Layer map (student from teacher): {mapped}. The Compare page shows it on the similarity map of the two.")
    if kept:
        training.product_links(distillation.product, distillation.parent.spec, store)
    for note in record.notes:
        st.caption(escape(note))


def scores(table: pd.DataFrame, distillation: Distillation) -> None:
    shown = analysis.scores(table)
    if shown.empty:
        st.caption("Text alone gives no score: probe student and teacher, or compare the loss before and after.")
        return
    chart.show(
        student_teacher(shown),
        f"distilled-{distillation.run}",
        "student-teacher",
        "Scores of student and teacher by measure and split.",
        chart.Help(
            "Student and teacher are scored on the same sentences; bars are 95 % sentence bootstraps."
            + ("" if "teacher" in set(shown["who"]) else " The teacher has no head for this task, so it has no scores."),
            "This is one student with one seed; a difference within the intervals is not significant.",
            [name for name in dict.fromkeys(shown["metric"]) if name in measures.MEASURES],
        ),
        analysis.finding(shown),
    )
    export.numbers(shown, f"distilled-{distillation.run}", "distilled-table", "The scores behind the chart")


def terms(loss: dict[str, LossTerm], weights: dict[str, float]) -> None:
    table = pd.DataFrame(
        [
            {"term": name, "weight": weights.get(name), "begun": term.begun, "ended": term.ended, "unit": term.unit}
            | {"what": TERMS[name].says}
            for name, term in loss.items()
        ]
    )
    st.dataframe(table, hide_index=True, height="content", alt="Each term of the loss on dev before and after")
    st.caption(
        "Unweighted loss on dev, before the first step and for the stored weights. Terms with different units do not compare."
    )
    export.table(table, "distillation-loss", "loss-table")
