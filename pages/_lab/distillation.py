"""The form of a distillation, and its results: student beside teacher, the loss by term, the layer map."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import streamlit as st

from cache.jobs import Job
from cache.store import Store
from pages._lab.sweep_results import product_links
from pages._lab.tuning_form import Ground, choose_ground
from pages.shared import controls, export, jobs
from pages.shared.wording import escape
from probing.checkpoints import products
from probing.checkpoints.names.modules import SCORED
from probing.distillations import Distillation, plan
from probing.errors import BadInput
from probing.records.training import LossTerm
from probing.settings import Settings
from probing.tuning.data import TEXT
from probing.tuning.specs import DistillSpec
from probing.tuning.terms import LACKING, TERMS, read

ALONE = "text alone"
OWN = {"seed": "student_seed"}  # names in the address of what New run has too
MADE, EXISTING = "made from the teacher", "a checkpoint"


def ask(settings: Settings) -> tuple[dict[str, Any], Ground, tuple[int, int]]:
    """The values of a DistillSpec, its teacher and data, and the student's layers and width. Raises BadInput."""
    ground = choose_ground(settings, "Teacher", ALONE)
    with st.container(border=True):
        student, layers, hidden = choose_student(ground, settings)
    with st.container(border=True):
        loss = choose_loss(ground, hidden, student is not None)
    with st.container(border=True):
        budget = choose_budget()
    named = {
        "teacher": ground.parent.spec,
        "data": ground.source.spec,
        "task": ground.task,
        "column": ground.column,
        "loss": loss,
    }
    if student is not None:
        made: dict[str, Any] = {"student": student}
    else:
        made = {"layers": layers, "hidden": hidden if hidden != ground.parent.facts.hidden else None}
    return named | made | budget, ground, (layers, hidden)


def choose_student(ground: Ground, settings: Settings) -> tuple[str | None, int, int]:
    """(an existing checkpoint as student, or None; layers; width). Raises BadInput."""
    facts = ground.parent.facts
    how = st.segmented_control("Student", [MADE, EXISTING], default=MADE, required=True, key="student_is", bind="query-params")
    if how == EXISTING:
        name = controls.choose_checkpoint(controls.own_checkpoints(settings), "Student", "student")
        if not name:
            raise BadInput("No student is chosen: choose a checkpoint, or make one from the teacher.")
        existing = controls.find_checkpoint(name, settings)
        return existing.spec, existing.facts.layers, existing.facts.hidden
    left, right = st.columns(2)
    usual = max(1, facts.layers // 3)
    layers = int(left.number_input("Layers", 1, facts.layers, usual, key="student_layers", bind="query-params"))
    hidden = right.number_input(
        "Width",
        facts.heads or 1,
        16384,
        None,
        step=facts.heads or 1,
        key="hidden",
        bind="query-params",
        placeholder=f"{facts.hidden}, as the teacher",
        help="A width other than that of the teacher starts at random weights; it must be a multiple of the number of heads.",
    )
    return None, layers, int(hidden or facts.hidden)


def choose_loss(ground: Ground, hidden: int, existing: bool) -> str | None:
    """The terms with their weights, joined by +. Unavailable terms are listed with the reason. Raises BadInput where none is chosen."""
    record = products.record(ground.parent)
    headed = ground.task is not None and record.get("task", TEXT) != TEXT
    if headed and record.get("task") != ground.task:
        raise BadInput(
            f"The head of {ground.parent.name} was trained on {record.get('task')}, and {ground.task} is chosen: choose its own task, or text alone."
        )
    facts = ground.parent.facts
    has = {
        *(("head",) if headed else ()),
        *(("labels",) if ground.task else ()),
        *(("width",) if hidden == facts.hidden else ()),
        *(("scores",) if facts.model_type in SCORED else ()),
    }
    here = [name for name, term in TERMS.items() if set(term.needs) <= has]
    usual = list(read(None, has))
    for name in st.session_state.get("terms") or []:
        if name not in here:
            st.session_state["terms"] = [one for one in st.session_state["terms"] if one in here]
            break
    chosen = st.pills("Loss", here, selection_mode="multi", default=usual, key="terms", bind="query-params")
    if not chosen:
        raise BadInput("No term of the loss is chosen: choose at least one.")
    st.caption(escape(" · ".join(f"{name}: {TERMS[name].says} ({TERMS[name].source})" for name in chosen)))
    lacking = {name: next(need for need in term.needs if need not in has) for name, term in TERMS.items() if name not in here}
    for name, need in lacking.items():
        st.caption(f":material/block: {escape(f'{name}: {LACKING[need].format(name)}')}.")
    with st.expander("Weights of the terms", icon=":material/tune:"):
        weights = {
            name: column.number_input(name, 0.001, 1e6, 1.0, key=f"weight_{name}", bind="query-params")
            for column, name in zip(st.columns(len(chosen)), chosen, strict=True)
        }
    if existing:
        st.caption("When it starts, Strata checks that tokenizers, depths and attention heads of teacher and student fit.")
    return "+".join(name if weight == 1 else f"{weight:g}*{name}" for name, weight in weights.items())


def choose_budget() -> dict[str, Any]:
    """Steps, batch, seed, and how much of train."""
    fields = DistillSpec.model_fields
    found: dict[str, Any] = {}
    columns = st.columns(4)
    usual = {"steps": (1, 1_000_000), "batch": (1, 1024), "seed": (0, 2**31 - 1)}
    for column, (name, (least, most)) in zip(columns, usual.items(), strict=False):
        help_ = str(fields[name].description).capitalize() + "."
        value = int(fields[name].default)
        found[name] = int(
            column.number_input(name.capitalize(), least, most, value, key=OWN.get(name, name), bind="query-params", help=help_)
        )
    most_train = columns[3].number_input(
        "Train sentences",
        2,
        None,
        None,
        key="student_train",
        bind="query-params",
        placeholder="all",
        help="Sampled with the seed.",
    )
    return found | {"max_train": int(most_train) if most_train else None}


def requested_by(job: Job, settings: Settings) -> Distillation:
    """The distillation of a job. Raises BadInput where its teacher or data are gone or changed."""
    distillation = plan(DistillSpec.parse(job.spec), settings.of_pages())
    if distillation.run != job.run:
        raise BadInput(
            f"The data or the teacher of “{job.label}” changed since, so its scores no longer apply: start it again from Distil."
        )
    return distillation


def show(distillation: Distillation, store: Store) -> None:
    """The job until it is done; then scores, the loss by term, the layer map, and links for the student."""
    job = store.jobs.get(distillation.run)
    if job is not None and job.state != "done":
        jobs.panel(distillation.run, store, "distillation-job")
    if not store.results.has_cell(distillation.id):
        if job is None or job.state == "done":
            st.caption("The store has no results of it: start it again from Distil.")
        return
    table, record = distillation.table(store), distillation.record(store)
    scores(table, distillation)
    terms(record.loss, record.terms)
    mapped = ", ".join(f"{own} from {theirs}" for own, theirs in enumerate(record.layer_map or [], 1))
    if mapped:
        st.caption(f"Layer map (student from teacher): {mapped}. The Compare page shows it on the similarity map of the two.")
    if distillation.product in products.listed(store.root):
        product_links(distillation.product, distillation.parent.spec, store)
    for note in record.notes:
        st.caption(escape(note))


def scores(table: pd.DataFrame, distillation: Distillation) -> None:
    own = table[table["metric"] != "distillation_loss"]
    if own.empty:
        st.caption("Text alone gives no score: probe student and teacher, or compare the loss before and after.")
        return
    who = ["teacher" if json.loads(text).get("role") == "teacher" else "student" for text in own["setting"].astype(str)]
    shown = own.assign(who=who)[["who", "split", "metric", "value", "lower", "upper", "n"]]
    st.subheader("Student and teacher", anchor=False)
    st.dataframe(shown, hide_index=True, height="content", alt="Scores of student and teacher")
    if "teacher" not in who:
        st.caption("The teacher has no head for this task, so it has no scores.")
    st.caption(
        "How to read it: student and teacher are scored on the same sentences; intervals are 95 % sentence bootstraps. When it misleads: this is "
        "one student with one seed; a difference within the intervals is not significant."
    )
    export.table(shown, f"distilled-{distillation.run}", "distilled-table")


def terms(loss: dict[str, LossTerm], weights: dict[str, float]) -> None:
    st.subheader("Loss by term", anchor=False)
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
