"""The form of a distillation: recipes, or the student, the terms of the loss and the budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cache.store import Store
from pages.shared import controls
from pages.shared.ground import Ground, Recipe, choose_ground, choose_recipe, text_of
from pages.shared.wording import escape
from probing import precision
from probing.checkpoints import products
from probing.checkpoints.names.modules import SCORED
from probing.distillations import Distillation, plan
from probing.errors import BadInput
from probing.execution import queue
from probing.settings import Settings
from probing.training_cost import Cost, cost_of_distillation
from probing.tuning.data import TEXT
from probing.tuning.specs import DistillSpec
from probing.tuning.terms import LACKING, TERMS, read

ALONE = "text alone"
RECIPES = {  # `share`: the student has one of so many layers
    "try": Recipe(
        "Small try",
        "A student with a third of the teacher's layers, on 500 sentences and 60 steps: a first look.",
        {"share": 3, "max_train": 500, "steps": 60},
    ),
    "half": Recipe("Half the layers", "A student with half of the teacher's layers, on all of train.", {"share": 2}),
    "third": Recipe("A third of the layers", "A student with a third of the teacher's layers, on all of train.", {"share": 3}),
}
FIELDS = ("student", "student_is", "student_layers", "hidden", "terms", "steps", "batch", "student_seed", "student_train")
OWN = {"seed": "student_seed"}  # names in the address of what New run has too
MADE, EXISTING = "made from the teacher", "a checkpoint"


def ask(settings: Settings, store: Store) -> tuple[Distillation, Cost]:
    """Teacher, data, and a recipe with its time or settings of one's own. Raises BadInput where something cannot be used."""
    ground = choose_ground(settings, "Teacher", ALONE)
    facts, what = ground.parent.facts, ground.material or text_of(ground.source.hash, ground.source)
    named = {"teacher": ground.parent.spec, "data": ground.source.spec, "task": ground.task, "column": ground.column}
    queue.measured(store, precision.resolve_device(settings.device))

    def planned(fields: Mapping[str, Any], layers: int, hidden: int) -> tuple[Distillation, Cost]:
        requested = plan(DistillSpec.parse(named | dict(fields)), settings.of_pages())
        return requested, cost_of_distillation(requested, store, what, layers, hidden)

    def sized(recipe: Recipe) -> tuple[dict[str, Any], int, int]:
        layers = max(1, facts.layers // recipe.fields["share"])
        return (
            {name: value for name, value in recipe.fields.items() if name != "share"} | {"layers": layers},
            layers,
            facts.hidden,
        )

    with st.container(border=True):
        times = {name: planned(*sized(recipe))[1].time for name, recipe in RECIPES.items()}
        recipe = choose_recipe(RECIPES, times, FIELDS)
        if recipe is not None:
            return planned(*sized(recipe))
        student, layers, hidden = choose_student(ground, settings)
        loss = choose_loss(ground, hidden, student is not None)
        budget = choose_budget()
    made: dict[str, Any] = {"student": student}
    if student is None:
        made = {"layers": layers, "hidden": hidden if hidden != facts.hidden else None}
    return planned({"loss": loss} | made | budget, layers, hidden)


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
