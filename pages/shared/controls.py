"""The controls of a run. Each is bound to the URL under its key, so that a run is a link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared import cards
from pages.shared.wording import escape, many
from probing import checkpoints, corpora, probes
from probing.checkpoints import Checkpoint, products
from probing.corpora import Source
from probing.errors import BadInput
from probing.extraction.submodules import SUBMODULES
from probing.numerals import several
from probing.runs import RunSpec
from probing.settings import Settings
from probing.tasks.available import AvailableTask, available_tasks

CHECKPOINT_HELP = (
    "Choose from the list (lab:NAME is a product of the lab), or type a folder with config.json and safetensors, a hub id, or random:NAME@SEED "
    "(the same architecture with random weights), then press Enter."
)
CORPUS_HELP = (
    "Choose from the list, or type the path of a file, of a folder with train, dev and test files, or hub:OWNER/NAME, "
    "then press Enter. Uploads, and files whose columns must be chosen, go through the Data page."
)


DEFAULT_TASK = "upos"


def titles(registry: Any, names: Sequence[str]) -> str:
    """What the registered ones among `names` are called in full. (A menu shows the names themselves: with a format
    function, Streamlit would put the titles into the URL.)"""
    known = [f"{name}: {registry.get(name).card.title}" for name in names if name in registry]
    return escape(" · ".join(known))


def refuse_dots(text: str) -> str:
    """A page accepts no path with "..": it may lead to another folder than it seems."""
    if re.search(r"(^|[/\\:])\.\.($|[/\\@])", text):
        raise BadInput(f"{text} contains '..': write the full path.")
    return text


def find_checkpoint(name: str, settings: Settings) -> Checkpoint:
    """The checkpoint a user named on a page: only folders under the page's roots are read. Raises BadInput."""
    return checkpoints.find(refuse_dots(name), settings.of_pages())


def find_corpus(name: str, settings: Settings) -> Source:
    """The corpus a user named on a page: only files under the page's roots are read. Raises BadInput."""
    return corpora.find(refuse_dots(name), store_uploads=settings.store / "uploads", roots=settings.page_roots())


def own_corpora(settings: Settings) -> list[str]:
    """The corpora registered in this store, by the names that a run takes."""
    return corpora.registered.names(settings.store / "uploads")


def own_checkpoints(settings: Settings) -> list[str]:
    """The products of this store's lab, by the names that a run takes."""
    return products.listed(settings.store)


def choose_checkpoints(own: list[str]) -> list[str]:
    """Checkpoints by name. `own` are the lab's products."""
    known = checkpoints.CHECKPOINTS.names()
    return st.multiselect(
        "Checkpoints",
        [*known, *own],
        default=known[:1],
        key="checkpoint",
        bind="query-params",
        accept_new_options=True,
        placeholder="A known name, a folder, a hub id or random:NAME@SEED",
        help=CHECKPOINT_HELP,
    )


def choose_checkpoint(own: list[str], label: str = "Checkpoint", key: str = "checkpoint", **more: Any) -> str | None:
    """One checkpoint by name, bound to the address under `key`. `own` are the lab's products; `more` is for the menu."""
    more = {"help": CHECKPOINT_HELP, "placeholder": "A known name, a folder, a hub id or random:NAME@SEED"} | more
    names = [*checkpoints.CHECKPOINTS.names(), *own]
    return st.selectbox(label, names, key=key, bind="query-params", accept_new_options=True, **more)


def choose_corpus(own: list[str], label: str = "Corpus", key: str = "corpus") -> str | None:
    """A corpus by name. `own` are the specs of those registered in this store."""
    known = corpora.CORPORA.names()
    return st.selectbox(
        label,
        [*known, *own],
        key=key,
        bind="query-params",
        accept_new_options=True,
        placeholder="A known name, a path or hub:OWNER/NAME",
        help=CORPUS_HELP,
    )


@st.cache_data(max_entries=32, show_spinner="Reading the corpus …")
def offered_tasks(content: str, _source: Source) -> list[AvailableTask]:  # noqa: ARG001
    """The available and unavailable tasks of the corpus, words before sentences, cached by its content hash."""
    return sorted(available_tasks(_source.load()), key=lambda offer: offer.level == "sentence")


def choose_tasks(source: Source) -> list[str]:
    """The tasks available for the corpus; unavailable ones are listed with the reason."""
    known = offered_tasks(source.hash, source)
    here = {offer.name: offer for offer in known if offer.reason_not is None}
    missing = [offer for offer in known if offer.reason_not is not None]
    chosen = st.multiselect(
        "Tasks",
        list(here),
        default=[DEFAULT_TASK] if DEFAULT_TASK in here else list(here)[:1],
        key="task",
        bind="query-params",
        placeholder="Choose tasks",
    )
    chosen_titles = [f"{name}: {here[name].title}{_classes(here[name])}" for name in chosen]
    with st.container(horizontal=True, vertical_alignment="top"):
        st.caption(escape(" · ".join(chosen_titles)) or f"{many(len(here), 'available task')}.", width="stretch")
        show = bool(missing) and st.toggle(f"{many(len(missing), 'unavailable task')}", key="not-offered", bind="query-params")
    if show:
        reasons = pd.DataFrame({"task": [o.name for o in missing], "why not": [o.reason_not for o in missing]})
        st.dataframe(reasons, hide_index=True, height="content")
    return chosen


def _classes(offer: AvailableTask) -> str:
    classes = "" if offer.level == "tree" else f", {many(offer.classes, 'class', 'classes')}"
    return classes + (f", too few: {many(offer.test_items, 'item')} in test" if offer.too_few else "")


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
        refuse_dots(conditional_on)
    return {
        "measure": measure or "accuracy",
        "epsilon": epsilon or None,
        "conditional_on": conditional_on.strip() or None if conditional_on else None,
    }


def choose_more() -> dict[str, Any]:
    """The settings that have a good default: layers, seeds, limits, pooling, precision, width, rank, dimension, submodule."""
    with st.expander("More settings", icon=":material/tune:"):
        first, second, third = st.columns(3)
        found = {
            name: column.number_input(
                label, min_value=1, value=None, step=500, key=name, bind="query-params", placeholder="all", help=help_
            )
            for column, name, label, help_ in (
                (first, "max_train", "Train sentences", "Number of sentences from the beginning of train; empty for all."),
                (second, "max_dev", "Dev sentences", "Settings are chosen on dev; empty for all."),
                (third, "max_test", "Test sentences", "Scores are computed on test; empty for all."),
            )
        }
        layers = first.text_input("Layers", "all", key="layers", bind="query-params", help="all, or numbers such as 0,3,6.")
        found["layers"] = parse_layers(layers or "all")
        found["seeds"] = second.number_input("Seeds", 1, 100, 3, key="seeds", bind="query-params", help=described("seeds"))
        found["seed"] = third.number_input("First seed", 0, 2**31 - 1, 0, key="seed", bind="query-params")
        for column, name, options in (
            (first, "pooling", ["mean", "first", "last", "max"]),
            (second, "precision", ["auto", "fp32", "bf16"]),
        ):
            found[name] = column.selectbox(name.capitalize(), options, key=name, bind="query-params", help=described(name))
        for column, name, default in ((third, "width", "128 (edge probes: 256)"), (second, "rank", "8 (tree probes: 64)")):
            text = column.text_input(
                name.capitalize(), "", key=name, bind="query-params", placeholder=default, help=described(name)
            )
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
