"""The form of a distillation, and what became of one: student beside teacher, the loss term by term, the layer map."""

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
from pages.shared.wording import plain
from probing.checkpoints import lineage, products
from probing.checkpoints.names.modules import SCORED
from probing.distillations import Distillation, plan
from probing.errors import BadInput
from probing.settings import Settings
from probing.tuning.data import TEXT
from probing.tuning.specs import DistillSpec
from probing.tuning.terms import LACKING, TERMS, read

ALONE = "text alone"
OWN = {"seed": "student_seed"}  # names in the address of what New run has too
MADE, GIVEN = "made from the teacher", "a checkpoint"


def ask(settings: Settings) -> tuple[dict[str, Any], Ground, tuple[int, int]]:
    """The values of a DistillSpec, what it stands on, and the student's layers and width. Raises BadInput."""
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
    """(the checkpoint that is given, or None; layers; width). Raises BadInput."""
    facts = ground.parent.facts
    how = st.segmented_control("Student", [MADE, GIVEN], default=MADE, required=True, key="student_is", bind="query-params")
    if how == GIVEN:
        name = controls.choose_checkpoint(controls.own_checkpoints(settings), "Student", "student")
        if not name:
            raise BadInput("No student is chosen: choose a checkpoint, or have one made from the teacher.")
        given = controls.find_checkpoint(name, settings)
        return given.spec, given.facts.layers, given.facts.hidden
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
        help="Another width than the teacher's begins at random; the heads have to divide it.",
    )
    return None, layers, int(hidden or facts.hidden)


def choose_loss(ground: Ground, hidden: int, given: bool) -> str | None:
    """The terms with their weights, joined by +. Those that cannot be had are listed with the reason. Raises BadInput where none is chosen."""
    record = lineage.record(ground.parent)
    headed = ground.task is not None and record.get("task", TEXT) != TEXT
    if headed and record.get("task") != ground.task:
        raise BadInput(
            f"The head of {ground.parent.name} answers {record.get('task')}, and {ground.task} is chosen: take the task that it knows, or text alone."
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
    st.caption(plain(" · ".join(f"{name}: {TERMS[name].says} ({TERMS[name].source})" for name in chosen)))
    lacking = {name: next(need for need in term.needs if need not in has) for name, term in TERMS.items() if name not in here}
    for name, need in lacking.items():
        st.caption(f":material/block: {plain(f'{name}: {LACKING[need].format(name)}')}.")
    with st.expander("Weights of the terms", icon=":material/tune:"):
        weights = {
            name: column.number_input(name, 0.001, 1e6, 1.0, key=f"weight_{name}", bind="query-params")
            for column, name in zip(st.columns(len(chosen)), chosen, strict=True)
        }
    if given:
        st.caption("Whether tokenizers, depths and attention heads of teacher and student fit is looked at when it starts.")
    return "+".join(name if weight == 1 else f"{weight:g}*{name}" for name, weight in weights.items())


def choose_budget() -> dict[str, Any]:
    """Steps, batch, seed, and how much of train."""
    fields = DistillSpec.model_fields
    found: dict[str, Any] = {}
    columns = st.columns(4)
    usual = {"steps": (1, 1_000_000), "batch": (1, 1024), "seed": (0, 2**31 - 1)}
    for column, (name, (least, most)) in zip(columns, usual.items(), strict=False):
        said = str(fields[name].description).capitalize() + "."
        value = int(fields[name].default)
        found[name] = int(
            column.number_input(name.capitalize(), least, most, value, key=OWN.get(name, name), bind="query-params", help=said)
        )
    most_train = columns[3].number_input(
        "Train sentences",
        2,
        None,
        None,
        key="student_train",
        bind="query-params",
        placeholder="all",
        help="Drawn under the seed.",
    )
    return found | {"max_train": int(most_train) if most_train else None}


def asked_by(job: Job, settings: Settings) -> Distillation:
    """The distillation that a job asks. Raises BadInput where its teacher or data are gone or changed."""
    asked = plan(DistillSpec.parse(job.spec), settings, settings.page_roots())
    if asked.run != job.run:
        raise BadInput(
            f"The data or the teacher of “{job.label}” changed since, and its scores belong to what was: start it again from Distil."
        )
    return asked


def show(asked: Distillation, store: Store) -> None:
    """The job while it is one; then scores, the loss by term, the layer map, and what to do with the student."""
    job = store.jobs.get(asked.run)
    if job is not None and job.state != "done":
        jobs.panel(asked.run, store, "distillation-job")
    if not store.results.has_cell(asked.id):
        if job is None or job.state == "done":
            st.caption("Nothing of it is in the store: start it again from Distil.")
        return
    table, facts = asked.table(store), asked.facts(store)
    scores(table, asked)
    terms(facts["loss"], facts["terms"])
    mapped = ", ".join(f"{own} from {theirs}" for own, theirs in enumerate(facts["layer_map"] or [], 1))
    if mapped:
        st.caption(f"Layer map (student from teacher): {mapped}. The Compare page lays it over the similarity of the two.")
    if asked.product in products.listed(store.root):
        product_links(asked.product, asked.parent.spec, store)
    for note in facts["notes"]:
        st.caption(plain(note))


def scores(table: pd.DataFrame, asked: Distillation) -> None:
    own = table[table["metric"] != "distillation_loss"]
    if own.empty:
        st.caption("The text alone was read, so there is no score: probe student and teacher, or read how far the loss fell.")
        return
    who = ["teacher" if json.loads(text).get("role") == "teacher" else "student" for text in own["setting"].astype(str)]
    shown = own.assign(who=who)[["who", "split", "metric", "value", "lower", "upper", "n"]]
    st.subheader("Student and teacher", anchor=False)
    st.dataframe(shown, hide_index=True, height="content", alt="Scores of student and teacher")
    if "teacher" not in who:
        st.caption("The teacher has no head for this task, so it has no scores beside the student's.")
    st.caption(
        "How to read it: both answer the same sentences; intervals are 95 %, bootstraps over sentences. When it misleads: one seed of one "
        "student; a difference within the intervals says nothing."
    )
    export.table(shown, f"distilled-{asked.run}", "distilled-table")


def terms(loss: dict[str, dict[str, Any]], weights: dict[str, float]) -> None:
    st.subheader("The loss, term by term", anchor=False)
    table = pd.DataFrame(
        [
            {"term": name, "weight": weights.get(name), "begun": told["begun"], "ended": told["ended"], "unit": told["unit"]}
            | {"what": TERMS[name].says}
            for name, told in loss.items()
        ]
    )
    st.dataframe(table, hide_index=True, height="content", alt="Each term of the loss on dev before and after")
    st.caption(
        "On dev, without its weight, before the first step and of the weights kept. Terms of different units do not compare."
    )
    export.table(table, "distillation-loss", "loss-table")
