"""What a run is measured with: probe families, measure, baselines, and what else has a good default."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.shared import cards, controls
from probing import probes
from probing.errors import BadInput
from probing.extraction.submodules import SUBMODULES
from probing.numerals import several
from probing.runs import RunSpec


def choose_probes() -> list[str]:
    names = probes.FAMILIES.names()
    chosen = st.pills("Probe families", names, selection_mode="multi", default=names[:1], key="probe", bind="query-params")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name in chosen:
            cards.popover(probes.FAMILIES.get(name).card)
    return list(chosen)


def parse_layers(text: str) -> str | tuple[int, ...]:
    """`all`, or layer numbers such as 0,3,6."""
    if text.strip().lower() in {"", "all"}:
        return "all"
    if (found := several(text.strip(" ,"))) is None:
        raise BadInput(f"Layers are {text!r}: write all, or numbers such as 0,3,6 (0 is the embedding output).")
    return found


def parse_sizes(text: str, what: str) -> tuple[int, ...]:
    """One number, or several for the frontier's sweep."""
    if not text.strip(" ,"):
        return ()
    if (found := several(text.strip(" ,"))) is None:
        raise BadInput(f"The {what} is {text!r}: write a number such as 64, or several such as 16,64,256.")
    return found


def choose_measure(families: list[str]) -> dict[str, Any]:
    """Accuracy, or decodability with its ε; and the baseline of conditional probes."""
    measure = st.segmented_control(
        "Measure",
        ["accuracy", "decodability"],
        default="accuracy",
        required=True,
        key="measure",
        bind="query-params",
        help="Decodability trains each probe on growing parts of train, and measures amount of data, codelength and complexity. "
        "It takes several times as long.",
    )
    conditional = any(probes.FAMILIES.get(name).kind == "conditional" for name in families)
    if measure != "decodability" and not conditional:
        return {"measure": "accuracy"}
    first, second = st.columns(2) if measure == "decodability" else (st, st)
    epsilon = None
    if measure == "decodability":
        epsilon = first.number_input(
            "ε, bits an item",
            0.0,
            None,
            None,
            step=0.1,
            key="epsilon",
            bind="query-params",
            placeholder="from the run",
            help=described("epsilon") + " You can change it on the page afterwards.",
        )
    conditional_on = second.text_input(
        "Conditional on",
        "",
        key="baseline",  # as the address of this page has called it from the beginning
        bind="query-params",
        placeholder="layer 0",
        help=described("conditional_on"),
    )
    if conditional_on:
        controls.refuse_dots(conditional_on)
    return {
        "measure": measure or "accuracy",
        "epsilon": epsilon or None,
        "conditional_on": conditional_on.strip() or None if conditional_on else None,
    }


def choose_more() -> dict[str, Any]:
    """The settings that have a good default: layers, first seed, pooling, precision, width, rank, dimension, submodule."""
    first, second, third = st.columns(3)
    layers = first.text_input("Layers", "all", key="layers", bind="query-params", help="all, or numbers such as 0,3,6.")
    found: dict[str, Any] = {"layers": parse_layers(layers or "all")}
    found["seed"] = third.number_input("First seed", 0, 2**31 - 1, 0, key="seed", bind="query-params")
    for column, name, names in (
        (second, "pooling", ["mean", "first", "last", "max"]),
        (first, "precision", ["auto", "fp32", "bf16"]),
    ):
        found[name] = column.selectbox(name.capitalize(), names, key=name, bind="query-params", help=described(name))
    for column, name, default in ((third, "width", "128 (edge probes: 256)"), (second, "rank", "8 (tree probes: 64)")):
        text = column.text_input(name.capitalize(), "", key=name, bind="query-params", placeholder=default, help=described(name))
        found[name] = parse_sizes(text or "", name)
    found["dimension"] = third.number_input(
        "Common dimension",
        1,
        8192,
        None,
        step=32,
        key="dimension",
        bind="query-params",
        placeholder="unchanged",
        help="Reduces every vector to this number of principal components, fitted on train, so that checkpoints of different width compare.",
    )
    found["submodule"] = first.selectbox(
        "Submodule",
        SUBMODULES,
        key="submodule",
        bind="query-params",
        help="The output of the layer, or the part that its attention or feed-forward network (mlp) adds. Layer 0 is always the embeddings.",
    )
    found["as_published"] = third.toggle(
        "Also compute the paper's version",
        value=False,
        key="as_published",
        bind="query-params",
        help="For the topological probe (ssp and essp on the published labels) and for codelengths (nats and bits mixed).",
    )
    return found


def choose_baselines() -> bool:
    return st.toggle(
        "Baselines",
        value=True,
        key="baselines",
        bind="query-params",
        help="Control task (random labels) and random baseline (the same architecture with random weights). Without them "
        "accuracies have no reference: leave them on.",
    )


def described(name: str) -> str:
    """What a field of a run is, as a sentence."""
    return (RunSpec.model_fields[name].description or "").capitalize() + "."
