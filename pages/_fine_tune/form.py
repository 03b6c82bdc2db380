"""The form of a fine-tuning: recipes, or methods with their arguments and sizes; and the parameters that will be trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from cache.store import Store
from pages.shared import cards, choices, export
from pages.shared.ground import Ground, Recipe, choose_ground, choose_recipe, inventoried
from pages.shared.wording import escape
from probing import precision
from probing.checkpoints import Checkpoint
from probing.errors import BadInput
from probing.execution import queue
from probing.records import stored
from probing.records.run import RunRecord
from probing.settings import Settings
from probing.sweeps import Sweep, SweepSpec, grid, ladder, plan, read_sizes, recorded, refuse_sizes
from probing.training_cost import Cost, Trains, cost_of_sweep, trains
from probing.tuning import METHODS
from probing.tuning.method import HEAD_RATE, method_of
from probing.tuning.parameters import Inventory

EVERY = "every bias"
TREES = "topological"  # the family whose probe the method tree begins with


RECIPES = {
    "try": Recipe(
        "Few parameters or all",
        "BitFit (biases alone) against full fine-tuning, with 64 and 256 sentences and 24 steps: four small trainings, a first look.",
        {"methods": ("bitfit", "full"), "sizes": (64, 256), "steps": 24, "batch": 16},
    ),
    "curve": Recipe(
        "Learning curve",
        "BitFit, LoRA and full fine-tuning on 64, 256 and 1,024 sentences: from how many on is more than the biases worth it?",
        {"methods": ("bitfit", "lora:8", "full"), "sizes": (64, 256, 1024)},
    ),
    "best": Recipe(
        "One good checkpoint",
        "Full fine-tuning on all of train with the recorded rate.",
        {"methods": ("full",), "sizes": ("all",)},
    ),
}
FIELDS = ("method", "sizes", "tune_seeds", "steps", "batch", "rates", "keep")  # of the address, for settings of one's own


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


def ask(settings: Settings, store: Store) -> tuple[Sweep, Cost, Ground]:
    """Checkpoint, data, and a recipe with its time or settings of one's own. Raises BadInput where something cannot be used."""
    ground = choose_ground(settings, "Checkpoint")
    what = ground.material
    assert what is not None
    named = {"checkpoint": ground.parent.spec, "data": ground.source.spec, "task": ground.task, "column": ground.column}
    whole = inventoried(ground.parent.fingerprint, ground.parent)
    queue.measured(store, precision.resolve_device(settings.device))

    def planned(fields: Mapping[str, Any]) -> tuple[Sweep, Cost]:
        have = what.sentences["train"]
        sizes = tuple(dict.fromkeys(size if size == "all" or size < have else "all" for size in fields["sizes"]))
        sweep = plan(SweepSpec.parse(named | dict(fields) | {"sizes": sizes}), settings.of_pages())
        return sweep, cost_of_sweep(sweep, store, what, whole)

    with st.container(border=True):
        times = {name: planned(recipe.fields)[1].time for name, recipe in RECIPES.items()}
        recipe = choose_recipe(RECIPES, times, FIELDS)
        if recipe is not None:
            return *planned(recipe.fields), ground
        methods = choose_methods(ground.parent, whole, store)
        budget = choose_budget(what.sentences["train"])
    sweep = plan(SweepSpec.parse(named | methods | budget), settings.of_pages())
    refuse_sizes(sweep, what.sentences["train"])
    return sweep, cost_of_sweep(sweep, store, what, whole), ground


def what_trains(sweep: Sweep, ground: Ground) -> None:
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
    assert ground.material is not None
    head = ground.material.head(sweep.parent.facts.hidden)
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
