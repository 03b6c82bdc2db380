"""What a training stands on: a checkpoint, the data and their task; and a recipe, or settings of one's own. For Fine-tune and Distil."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from pages.shared import choices, controls
from pages.shared.wording import escape, many
from probing.checkpoints import Checkpoint
from probing.corpora import Source
from probing.errors import BadInput
from probing.settings import Settings
from probing.tuning.available import Material, TuningTask, available_tasks, material_of, text_alone
from probing.tuning.parameters import Inventory, inventory_of

OWN = "own"


class Ground(NamedTuple):
    """The checkpoint, the data and the task that the rest of a form needs."""

    parent: Checkpoint
    source: Source
    task: str | None
    column: str | None
    material: Material | None  # None for text alone


class Recipe(NamedTuple):
    """Settings with a name: a title, one line that says what they are for, and the fields of a spec that they set."""

    title: str
    says: str
    fields: Mapping[str, Any]


@st.cache_data(max_entries=32, show_spinner="Reading the data …")
def offered(content: str, _source: Source) -> list[TuningTask]:  # noqa: ARG001
    """The tasks that the data can train, cached by their content hash."""
    return available_tasks(_source.load())


@st.cache_data(max_entries=64, show_spinner="Counting sentences …")
def counted(content: str, task: str, column: str | None, _source: Source) -> Material:  # noqa: ARG001
    return material_of(_source, task, column)


@st.cache_data(max_entries=32, show_spinner="Counting sentences …")
def text_of(content: str, _source: Source) -> Material:  # noqa: ARG001
    """Data without a task, cached by their content hash."""
    return text_alone(_source.load())


@st.cache_data(max_entries=32, show_spinner=False)
def inventoried(fingerprint: str, _parent: Checkpoint) -> Inventory | None:  # noqa: ARG001
    """The encoder's parameters, cached by its fingerprint."""
    return inventory_of(_parent)


def choose_ground(settings: Settings, label: str, alone: str | None = None) -> Ground:
    """Checkpoint, data and task. With `alone` one more choice of that name uses the text without a task. Raises BadInput."""
    with st.container(border=True):
        left, right = st.columns(2)
        with left:
            name = controls.choose_checkpoint(controls.own_checkpoints(settings), label)
            if not name:
                raise BadInput(f"No {label.lower()} is chosen: choose one from the list.")
            parent = controls.find_checkpoint(name, settings)
            st.caption(escape(f"{parent.facts.model_type}, {parent.facts.layers} layers × {parent.facts.hidden}"))
        with right:
            data = controls.choose_corpus(controls.own_corpora(settings), "Data", "data")
            if not data:
                raise BadInput("No data are chosen: choose grammar, the embedded corpus, or your own data.")
            source = controls.find_corpus(data, settings)
        known = offered(source.hash, source)
        here = {offer.task: offer for offer in known if offer.reason_not is None}
        names = [*here, *([alone] if alone else [])]
        if not names:
            st.page_link("pages/corpora.py", label="Add labelled data", icon=":material/upload:", query_params={"do": "Add data"})
            raise BadInput(f"{source.name} has no labels to train on: choose other data, or add labelled data.")
        task = choices.menu(left, "Task", names, "learn", help="The task of the head.")
        columns = here[task].columns if task in here else ()
        column = choices.menu(right, "Label", list(columns), "column") if len(columns) > 1 else None
        found = counted(source.hash, task, column, source) if task in here else None
        with right:
            if found is not None:
                st.caption(escape(_counts(found)))
            missing = [offer for offer in known if offer.reason_not is not None]
            if missing and st.toggle(f"{many(len(missing), 'unavailable task')}", key="tasks-not-offered"):
                reasons = {"task": [o.task for o in missing], "why not": [o.reason_not for o in missing]}
                st.dataframe(pd.DataFrame(reasons), hide_index=True, height="content")
    return Ground(parent, source, task if task in here else None, column, found)


def _counts(found: Material) -> str:
    kinds = [many(found.classes, "class", "classes")] * bool(found.classes) + [many(found.tags, "tag")] * bool(found.tags)
    return f"{', '.join(kinds)}. Sentences: {', '.join(f'{count:,} {split}' for split, count in found.sentences.items())}."


def choose_recipe(recipes: Mapping[str, Recipe], times: Mapping[str, str], fields: tuple[str, ...]) -> Recipe | None:
    """A recipe of the address, each with its time; None for settings of one's own, which an address that has one of `fields` means too."""
    named = st.query_params.get("recipe")
    if named not in recipes:
        named = OWN if named == OWN or any(name in st.query_params for name in fields) else next(iter(recipes))
    st.session_state["recipes"] = named
    st.segmented_control(
        "Recipe",
        [*recipes, OWN],
        key="recipes",
        required=True,
        format_func=lambda name: "Your own" if name == OWN else f"{recipes[name].title} · {times[name]}",
        on_change=_changed,
    )
    if named == OWN:
        return None
    st.caption(recipes[named].says)
    return recipes[named]


def _changed() -> None:
    st.query_params["recipe"] = st.session_state["recipes"]
