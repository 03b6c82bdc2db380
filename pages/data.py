"""Data: own data of any usual shape. Its format is recognised, its columns are chosen, and what is in it is shown before it is registered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from cache.keys import digest
from pages.shared import choices, controls, corpus, frame
from pages.shared.wording import many, plain, size
from probing.corpora import registered
from probing.corpora.bundle import Bundle, Piece, bundle, files_of
from probing.corpora.formats import FORMATS, Format, recognised
from probing.corpora.formats.format import opening
from probing.corpora.reading import Reading
from probing.errors import BadInput
from probing.settings import Settings, inside_roots

LINES = 8  # of a file, before it is read
LOUD = 2_000_000  # bytes of files whose reading shows how far it is


def brought(settings: Settings) -> tuple[list[Piece], list[Path] | None]:
    """What was uploaded, or the files at the path (then with their paths); nothing where neither is given. Raises BadInput."""
    with st.container(border=True):
        st.file_uploader(
            "Files: one, which is split 80/10/10, or several with train, dev and test in their names",
            accept_multiple_files=True,
            key="data-files",
        )
        typed = st.text_input(
            "Or a path",
            key="path",
            bind="query-params",
            placeholder="a file, or a folder with train, dev and test files",
            help=f"Files at a path stay where they are. Uploads are copied into this machine's store, up to {plain(size(registered.LARGEST))} each.",
        )
    files: Any = st.session_state.get("data-files") or []
    if files:
        return registered.uploaded([(file.name, file.getvalue()) for file in files]), None
    if not (typed or "").strip():
        return [], None
    roots = settings.page_roots()
    paths = files_of(inside_roots(controls.refuse_dots(typed.strip()), roots), roots)
    return [Piece.of_path(path) for path in paths], paths


def choose_format(pieces: list[Piece], token: str) -> Format:
    """The format, recognised where it can be. Raises BadInput where none is chosen."""
    known = FORMATS.names()
    try:
        told: int | None = known.index(recognised([(piece.name, piece.head) for piece in pieces]).card.name)
    except BadInput:
        told = None
    name = st.selectbox(
        "Format",
        known,
        index=told,
        key=f"format-{token}",
        placeholder="Not recognised: choose one",
        help="As recognised, or another.",
    )
    if name is None:
        raise BadInput("The format of these files is not recognised: choose one, or look at the examples below it.")
    found = FORMATS.get(name)
    st.caption(f"{plain(found.card.title)}: {plain(found.card.measures)}")
    return found


def choose_columns(read: Format, first: Piece, token: str) -> Reading:
    """Which column is what, beside the first rows. Raises BadInput for a header that cannot be read."""
    header = True
    if read.card.name in ("tsv", "csv"):
        header = st.toggle("The first line names the columns", value=True, key=f"header-{token}")
    suggested, looked = read.suggest(first.head, first.name, header), read.look(first.head, first.name, header)
    if not looked:
        st.code("\n".join(line[:300] for line in opening(first.head, LINES)), language=None)
        return suggested
    st.dataframe(pd.DataFrame.from_dict(looked, orient="index").T, hide_index=True, alt=f"The first rows of {first.name}")
    columns, key = list(looked), f"{read.card.name}-{header}-{token}"

    def one(where: Any, label: str, value: str | None) -> str | None:
        place = columns.index(value) if value in columns else None
        chosen: str | None = where.selectbox(label, columns, index=place, key=f"{label}-{key}", placeholder="none")
        return chosen

    left, middle, right = st.columns(3)
    text = one(left, "Words" if read.card.name == "iob" else "Text", suggested.text)
    labels = left.multiselect("Tags" if read.card.name == "iob" else "Labels", columns, suggested.labels, key=f"labels-{key}")
    if read.card.name == "iob":
        return suggested.model_copy(update={"text": text, "labels": tuple(labels)})
    second = one(middle, "Second text, of pairs", suggested.second)
    numbers = middle.multiselect("Numbers", columns, suggested.numbers, key=f"numbers-{key}")
    split = one(right, "Split", suggested.split)
    chosen = {"text": text, "second": second, "labels": tuple(labels), "numbers": tuple(numbers), "split": split}
    return suggested.model_copy(update=chosen)


def keep(settings: Settings, made: Bundle, paths: list[Path] | None, name_key: str) -> None:
    """Register, and open what was registered. Runs before the page is drawn."""
    try:
        named = st.session_state.get(name_key) or made.name
        kept, _ = registered.register(settings.store / "uploads", named, made.pieces, made.reading, _paths(made, paths))
    except BadInput as error:
        st.session_state["data-trouble"] = str(error)
    else:
        st.session_state["corpus"] = kept.spec
        st.session_state["data-said"] = f"Registered as {kept.spec}: it stands in the menu of New run."


def _paths(made: Bundle, paths: list[Path] | None) -> list[Path] | None:
    """The paths in the order of the bundle's files, which are sorted by split."""
    return None if paths is None else [next(path for path in paths if path.name == piece.name) for piece in made.pieces]


def forget(settings: Settings, spec: str) -> None:
    try:
        registered.forget(settings.store / "uploads", spec.removeprefix(registered.PREFIX))
    except BadInput as error:
        st.session_state["data-trouble"] = str(error)
    else:
        st.session_state["corpus"] = None
        st.session_state["data-said"] = f"{spec} is no longer registered. What was measured on it stays in the store."


def new(settings: Settings) -> None:
    """From files to a registered corpus, a step under the other."""
    pieces, paths = brought(settings)
    if not pieces:
        examples()
        return
    token = digest(*(part for piece in pieces for part in (piece.name, piece.sha)))[:12]
    with st.container(border=True):
        read = choose_format(pieces, token)
        first = next((piece for piece in pieces if "train" in read.splits_of(piece.name)), pieces[0])
        reading = choose_columns(read, first, token)
    name = registered.slug_of(paths[0].parent.name if paths and len(paths) > 1 else pieces[0].name)
    made = bundle(name, f"{registered.PREFIX}{name}", pieces, reading)
    source = made.source()
    if sum(piece.size for piece in pieces) > LOUD:
        bar = st.progress(0.0, f"Reading {many(len(pieces), 'file')} …")
        source = made.source(lambda done: bar.progress(min(1.0, done), f"Reading {many(len(pieces), 'file')} …"))
        source.load()
        bar.empty()
    source.load()  # so that a fault is told before a button is offered
    with st.container(horizontal=True, vertical_alignment="bottom"):
        named = st.text_input("Name", key=f"name-{token}", placeholder=name, width=260)
        arguments = (settings, made, paths, f"name-{token}")
        st.button("Register", type="primary", icon=":material/check:", key="register", on_click=keep, args=arguments)
    spec = f"{registered.PREFIX}{registered.slug_of(named or name)}"
    if spec in controls.own_corpora(settings):
        st.caption(f":material/warning: {plain(spec)} is registered already: it would be replaced.")
    corpus.show(source, asked=False)


def own(spec: str, settings: Settings) -> None:
    """A registered corpus: how it is read, what is in it, and a way to be rid of it."""
    found = registered.find_registered(settings.store / "uploads", spec.removeprefix(registered.PREFIX), settings.page_roots())
    reading = found.reading.model_dump(exclude_defaults=True, exclude={"format"})
    told = "".join(f" · {name}: {', '.join(value) if isinstance(value, tuple) else value}" for name, value in reading.items())
    st.caption(
        plain(f"{FORMATS.get(found.reading.format).card.title}{told} · {', '.join(piece.name for piece in found.pieces[:4])}")
    )
    corpus.show(found.source())
    with st.popover("Forget it", icon=":material/delete:", type="tertiary"):
        st.markdown("The store's copy of its files goes, and its name. Files that were given as a path stay where they are.")
        st.button("Forget it for good", key="forget", on_click=forget, args=(settings, spec))


def examples() -> None:
    """What can be brought, two lines each."""
    st.markdown("**What can be brought**")
    for read in FORMATS:
        with st.container(border=True):
            st.markdown(f"**{plain(read.card.title)}** · `{read.card.name}`")
            st.caption(f"{plain(read.card.measures)} {plain(read.card.assumes)}")
            st.code(read.example, language=None)
    st.caption(
        "A hub's data set needs no registering: ask it on New run as " + plain("hub:OWNER/NAME?text=COLUMN&label=COLUMN") + "."
    )


frame.title(
    "Data",
    "Text of your own as a corpus: labelled texts, pairs, tags in columns, intents and slots, edge-probing files, treebanks.",
)
settings = frame.settings()
chosen = choices.menu(
    st,
    "Registered",
    controls.own_corpora(settings),
    "corpus",
    index=None,
    placeholder="Bring new data below, or open what is registered",
)
if trouble := st.session_state.pop("data-trouble", None):
    frame.complain(trouble)
if said := st.session_state.pop("data-said", None):
    st.success(plain(said), icon=":material/check_circle:")
with frame.forgiving():
    if chosen:
        own(chosen, settings)
    else:
        new(settings)
