"""The controls of a run. Each is bound to the URL under its key, so that a run is a link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.shared.wording import escape
from probing import checkpoints, corpora
from probing.checkpoints import Checkpoint, products
from probing.corpora import Source
from probing.errors import BadInput
from probing.settings import Settings
from probing.tasks.available import AvailableTask, available_tasks

CHECKPOINT_HELP = (
    "Choose from the list (lab:NAME is a product of the lab), or type a folder with config.json and safetensors, a hub id, or random:NAME@SEED "
    "(the same architecture with random weights), then press Enter."
)
CORPUS_HELP = (
    "Choose from the list, or type the path of a file, of a folder with train, dev and test files, or hub:OWNER/NAME, "
    "then press Enter. Uploads, and files whose columns must be chosen, go through Add data on the page Corpora and data."
)


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
    return corpora.named(refuse_dots(name), settings.of_pages())


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
