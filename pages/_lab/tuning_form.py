"""The form of a fine-tuning: checkpoint, data, task, methods with their arguments, sizes; and the parameters that will be trained."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from cache.store import Store
from pages.shared import cards, choices, controls, export
from pages.shared.wording import escape, many
from probing.checkpoints import Checkpoint
from probing.corpora import Source
from probing.errors import BadInput
from probing.records import stored
from probing.records.run import RunRecord
from probing.settings import Settings
from probing.sweeps import Sweep, SweepSpec, grid, ladder, read_sizes, recorded
from probing.training_cost import Trains, trains
from probing.tuning import METHODS
from probing.tuning.available import Material, TuningTask, available_tasks, material, text_alone
from probing.tuning.method import HEAD_RATE, method_of
from probing.tuning.parameters import Inventory, inventory_of

EVERY = "every bias"
TREES = "topological"  # the family whose probe the method tree begins with


class Ground(NamedTuple):
    """The checkpoint, the data and the task that the rest of a form needs."""

    parent: Checkpoint
    source: Source
    task: str | None
    column: str | None
    material: Material | None  # None for text alone


@st.cache_data(max_entries=32, show_spinner="Reading the data …")
def offered(content: str, _source: Source) -> list[TuningTask]:  # noqa: ARG001
    """The tasks that the data can train, cached by their content hash."""
    return available_tasks(_source.load())


@st.cache_data(max_entries=64, show_spinner="Counting sentences …")
def counted(content: str, task: str, column: str | None, _source: Source) -> Material:  # noqa: ARG001
    return material(_source.load(), task, column)


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
        name = controls.choose_checkpoint(controls.own_checkpoints(settings), label)
        if not name:
            raise BadInput(f"No {label.lower()} is chosen: choose one from the list.")
        parent = controls.find_checkpoint(name, settings)
        st.caption(escape(f"{parent.facts.model_type}, {parent.facts.layers} layers × {parent.facts.hidden}"))
    with st.container(border=True):
        data = controls.choose_corpus(controls.own_corpora(settings), "Data", "data")
        st.page_link("pages/data.py", label="Add your own data", icon=":material/upload:")
        if not data:
            raise BadInput("No data are chosen: choose grammar, the embedded corpus, or your own data.")
        source = controls.find_corpus(data, settings)
        known = offered(source.hash, source)
        here = {offer.task: offer for offer in known if offer.reason_not is None}
        names = [*here, *([alone] if alone else [])]
        if not names:
            raise BadInput(f"{source.name} has no labels to train on: add labelled data on the Data page.")
        left, right = st.columns(2)
        task = choices.menu(left, "Task", names, "learn", help="The task of the head.")
        columns = here[task].columns if task in here else ()
        column = choices.menu(right, "Label", list(columns), "column") if len(columns) > 1 else None
        found = counted(source.hash, task, column, source) if task in here else None
        if found is not None:
            kinds = [many(found.classes, "class", "classes")] * bool(found.classes) + [many(found.tags, "tag")] * bool(found.tags)
            sizes = ", ".join(f"{count:,} {split}" for split, count in found.sentences.items())
            st.caption(escape(f"{', '.join(kinds)}. Sentences: {sizes}."))
        missing = [offer for offer in known if offer.reason_not is not None]
        if missing and st.toggle(f"{many(len(missing), 'unavailable task')}", key="tasks-not-offered"):
            reasons = {"task": [o.task for o in missing], "why not": [o.reason_not for o in missing]}
            st.dataframe(pd.DataFrame(reasons), hide_index=True, height="content")
    return Ground(parent, source, task if task in here else None, column, found)


def choose_methods(parent: Checkpoint, whole: Inventory | None, store: Store) -> dict[str, Any]:
    """Methods with their arguments, and what the tree needs. Raises BadInput where an argument is missing."""
    chosen = st.pills(
        "Methods", METHODS.names(), selection_mode="multi", default=["full", "bitfit"], key="method", bind="query-params"
    )
    if not chosen:
        raise BadInput("No method is chosen: choose at least one, such as bitfit.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name in chosen:
            cards.popover(METHODS.get(name).card)
    found: list[str] = []
    more: dict[str, Any] = {}
    for name in chosen:
        if name == "bitfit":
            found += _bitfit(whole)
        elif name == "lora":
            rank = st.number_input("Rank of lora", 1, 256, 8, key="lora_rank", bind="query-params")
            found.append(f"lora:{rank}")
        elif name == "top":
            count = st.number_input("Top layers that train", 1, parent.facts.layers, 1, key="top_layers", bind="query-params")
            found.append(f"top:{count}")
        elif name == "tree":
            layer, more = _tree(parent, store)
            found.append(f"tree:{layer}")
        else:
            found.append(name)
    return {"methods": tuple(found)} | more


def _bitfit(whole: Inventory | None) -> list[str]:
    """A method for each choice of biases: of every kind, of one, or of several joined by +."""
    kinds = list(dict.fromkeys(bias.kind for bias in whole.biases)) if whole else []
    options = [EVERY, *(["query+intermediate"] if {"query", "intermediate"} <= set(kinds) else []), *kinds]
    chosen = st.multiselect(
        "Biases of bitfit",
        options,
        default=[EVERY],
        key="biases",
        bind="query-params",
        accept_new_options=True,
        help="Each choice is a method of its own. Join kinds with +, as in query+value, then press Enter.",
    )
    if not chosen:
        raise BadInput("No biases are chosen for bitfit: choose every bias, or a kind.")
    return ["bitfit" if name == EVERY else f"bitfit:{name}" for name in chosen]


def _tree(parent: Checkpoint, store: Store) -> tuple[int, dict[str, Any]]:
    """The layer, and the stored run whose probe it begins with. Raises BadInput where no run has one of this checkpoint."""
    left, right = st.columns(2)
    layer = int(
        left.number_input("Layer of tree", 0, parent.facts.layers, parent.facts.layers, key="tree_layer", bind="query-params")
    )
    weight = right.number_input("Weight of the tree loss", 0.01, 1000.0, 10.0, key="weight", bind="query-params")
    here = {record.run: record.label for record in stored.runs(store) if _probed(record, parent, layer)}
    if not here:
        st.page_link(
            "pages/new_run.py",
            label="Train that probe",
            icon=":material/account_tree:",
            query_params={"checkpoint": [parent.spec], "task": ["trees"], "probe": [TREES]},
        )
        raise BadInput(
            f"tree:{layer} starts from a trained probe, and no stored run has a topological probe of {parent.name} at layer {layer}: "
            "first run the task trees with the topological family on it."
        )
    run = choices.menu(st, "Run with the initial probe", list(here), "init_probe")
    st.caption(escape(here[run]))
    return layer, {"init_probe": run, "weight": float(weight)}


def _probed(record: RunRecord, parent: Checkpoint, layer: int) -> bool:
    """Whether a run has a topological probe of this very checkpoint at that layer."""
    names = [entry.name for entry in record.checkpoints if entry.fingerprint == parent.fingerprint]
    layers = record.spec.layers
    topological = any(cell.probe == TREES and cell.checkpoint in names for cell in record.cells)
    return topological and (layers == "all" or layer in layers)


def choose_budget(most: int) -> dict[str, Any]:
    """Sizes of train, seeds, steps, batch, rates, and whose checkpoints stay. `most` is what the data have."""
    fields = SweepSpec.model_fields
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    text = left.text_input(
        "Train sentences",
        "all",
        key="sizes",
        bind="query-params",
        help="Sizes separated by commas, or all. Sampled with the seed: a smaller sample is the beginning of a larger one.",
    )
    spaced = ",".join(str(size) for size in ladder(most))
    right.button("Log-spaced sizes", key="spaced", icon=":material/stairs:", on_click=_fill, args=(spaced,), help=spaced)
    columns = st.columns(3)
    budget: dict[str, Any] = {"sizes": read_sizes(text or "all")}
    usual = {"seeds": (1, 20), "steps": (1, 1_000_000), "batch": (1, 1024)}
    for column, (name, (least, highest)) in zip(columns, usual.items(), strict=True):
        value = int(fields[name].default)
        help_ = str(fields[name].description).capitalize() + "."
        # New run has seeds too, of another default: a name of its own keeps one page's choice from the other.
        key = "tune_seeds" if name == "seeds" else name
        budget[name] = int(
            column.number_input(name.capitalize(), least, highest, value, key=key, bind="query-params", help=help_)
        )
    rate, keep = st.columns(2)
    budget["rates"] = rate.segmented_control(
        "Learning rates", ["recorded", "grid"], default="recorded", required=True, key="rates", bind="query-params",
        help=str(fields["rates"].description).capitalize() + ".",
    )  # fmt: skip
    budget["keep"] = keep.segmented_control(
        "Stored checkpoints", ["all", "first", "none"], default="all", required=True, key="keep", bind="query-params",
        help=str(fields["keep"].description).capitalize() + ".",
    )  # fmt: skip
    return budget


def _fill(sizes: str) -> None:
    st.session_state["sizes"] = sizes


def ask(settings: Settings, store: Store) -> tuple[dict[str, Any], Ground]:
    """The whole form: the values of a SweepSpec, and its checkpoint and data. Raises BadInput where something cannot be used."""
    ground = choose_ground(settings, "Checkpoint")
    assert ground.material is not None
    assert ground.task is not None
    with st.container(border=True):
        methods = choose_methods(ground.parent, inventoried(ground.parent.fingerprint, ground.parent), store)
    with st.container(border=True):
        budget = choose_budget(ground.material.sentences["train"])
    named = {"checkpoint": ground.parent.spec, "data": ground.source.spec, "task": ground.task, "column": ground.column}
    return named | methods | budget, ground


def what_trains(sweep: Sweep, what: Material) -> None:
    """For each method the trained values, their share, the rate and its reason; all names in an expander. Raises BadInput."""
    whole = inventoried(sweep.parent.fingerprint, sweep.parent)
    found = [trains(method, whole, sweep.spec.task) for method in sweep.spec.methods]
    table = pd.DataFrame(
        {
            "method": [one.method for one in found],
            "values": [one.values for one in found],
            "share": [one.share for one in found],
            "rate": [_rates(sweep, one.method) for one in found],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config={
            "method": "Method",
            "values": st.column_config.NumberColumn("Values", format="localized", help="Trained values of the encoder."),
            "share": st.column_config.NumberColumn("Share", format="percent", help="Of all values of the encoder."),
            "rate": "Rate",
        },
    )
    head = what.head(sweep.parent.facts.hidden)
    sentence = (
        f"Every method also trains the head: {head:,} values at a rate of {HEAD_RATE:g} (the method head has its own rate)."
    )
    if whole is None:
        sentence += f" The trained values of a {sweep.parent.facts.model_type} are counted when the training starts."
    st.caption(escape(sentence))
    with st.expander("Why these rates", icon=":material/speed:"):
        for name in dict.fromkeys(method_of(one.method)[0].card.name for one in found):
            st.caption(f"**{name}**, {METHODS.get(name).rate.value:g}: {escape(METHODS.get(name).rate.reason)}.")
    if whole is not None:
        with st.expander("Names of all trained tensors", icon=":material/list:"):
            names = _names(found, whole)
            st.dataframe(names, hide_index=True, height=300, alt="The tensors that train in each method")
            export.table(names, f"trains-{sweep.parent.name}", "trains")


def _rates(sweep: Sweep, method: str) -> str:
    if sweep.spec.rates == "recorded":
        return f"{recorded(method):.2g}"
    return " or ".join(f"{rate:.2g}" for rate in grid(method))


def _names(found: list[Trains], whole: Inventory) -> pd.DataFrame:
    known = {parameter.name: parameter for parameter in whole.parameters}
    rows = []
    for one in found:
        for name in one.names:
            of = known.get(name) or known[name.rpartition(".")[0]]
            low = one.choice is not None and one.choice.rank is not None
            rows.append(
                {
                    "method": one.method,
                    "name": name,
                    "kind": of.kind,
                    "layer": of.layer,
                    "of a tensor of": "×".join(map(str, of.shape)),
                }
                | {"matrices of rank": one.choice.rank if low and one.choice else None}
            )
    return pd.DataFrame(rows, columns=["method", "name", "kind", "layer", "of a tensor of", "matrices of rank"])
