"""Your own data in common formats: recognise the format, choose columns, look at the contents, register; and forget what is registered."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from cache.keys import digest
from pages._corpora import contents
from pages.shared import controls, frame
from pages.shared.wording import escape, many, size
from probing import permissions
from probing.corpora import CORPORA, choosing, registered
from probing.corpora.corpus_file import CorpusFile
from probing.corpora.corpus_files import CorpusFiles, corpus_files, first_of
from probing.corpora.formats import FORMATS, Format, recognised
from probing.corpora.formats.format import opening
from probing.corpora.formats.layout import guess
from probing.corpora.reading import Hints, Reading, split_names
from probing.errors import BadInput
from probing.settings import Settings, inside_roots

LOOK, ADD = "Look", "Add data"  # the views of the page
TABLES, GUESSED = ("tsv", "csv", "jsonl"), 200  # formats whose columns are guessed, and by how many rows
LINES = 8  # of a file, before it is read
SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "}
NAMED = {sign: name for name, sign in SIGNS.items()}
LOUD = 2_000_000  # bytes of files whose reading shows how far it is


def brought(settings: Settings) -> list[CorpusFile]:
    """The uploaded files, or those at the path; none where both are empty. Raises BadInput."""
    with st.container(border=True):
        left, right = st.columns([3, 2])
        left.file_uploader(
            "One file (split 80/10/10), or several files with train, dev and test in their names",
            accept_multiple_files=True,
            key="data-files",
        )
        typed = right.text_input(
            "Or a path",
            key="path",
            bind="query-params",
            placeholder="a file, or a folder with train, dev and test files",
            help=f"Files at a path are not copied. Uploads are copied into the store, up to {escape(size(registered.LARGEST))} each.",
        )
    files: Any = st.session_state.get("data-files") or []
    if files:
        return registered.uploaded([(file.name, file.getvalue()) for file in files])
    if not (typed or "").strip():
        return []
    roots = settings.page_roots()
    try:
        return choosing.brought(inside_roots(controls.refuse_dots(typed.strip()), roots), roots)
    except (OSError, RuntimeError) as error:  # RuntimeError: a home that nobody has (~name), a loop of symbolic links
        raise BadInput(f"{typed[:200]} cannot be read ({getattr(error, 'strerror', None) or error}): check the path.") from error


def choose_format(pieces: list[CorpusFile], token: str) -> Format:
    """The format, recognised where it can be. Raises BadInput where none is chosen."""
    known = FORMATS.names()
    try:
        place: int | None = known.index(recognised([(piece.text_name, piece.head) for piece in pieces]).card.name)
    except BadInput:
        place = None
    name = st.selectbox(
        "Format",
        known,
        index=place,
        key=f"format-{token}",
        placeholder="Not recognised: choose one",
        help="As recognised, or another.",
    )
    if name is None:
        raise BadInput("The format of these files is not recognised: choose one, or see the examples below it.")
    found = FORMATS.get(name)
    st.caption(f"{escape(found.card.title)}: {escape(found.card.measures)}")
    return found


def choose_hints(read: Format, first: CorpusFile, token: str) -> Hints:
    """Header, separator and encoding of a table: recognised, or as chosen. Raises BadInput."""
    name, header, sep, encoding = read.card.name, True, "", ""
    with st.expander("How the text is read", icon=":material/tune:"):
        left, right = st.columns(2)
        typed = left.text_input(
            "Encoding",
            key=f"encoding-{token}",
            placeholder="automatic",
            help="Such as utf-8, cp1252 (Windows), latin-1 or utf-16. Automatic: UTF-8, else Windows-1252 or Latin-1.",
        )
        encoding = Reading.parse({"format": name, "encoding": (typed or "").strip()}).encoding
        if name in ("tsv", "csv", "iob"):
            message = right.selectbox(
                "Column separator",
                ["automatic", *SIGNS],
                key=f"sep-{name}-{token}",
                help="Automatic: by the format, or by the first lines.",
            )
            sep = SIGNS.get(message, "")
    if name in ("tsv", "csv"):
        named = read.suggest(first.head, first.text_name, Hints(True, sep, encoding)).header
        header = st.toggle("The first line names the columns", value=named, key=f"header-{token}")
    return Hints(header, sep, encoding)


def choose_columns(read: Format, first: CorpusFile, token: str) -> Reading:
    """The role of each column, beside the first rows. Raises BadInput for a header that cannot be read."""
    hints = choose_hints(read, first, token)
    suggested = read.suggest(first.head, first.text_name, hints)
    if (suggested.header and not hints.header) or read.card.name in ("tsv", "csv"):
        suggested = suggested.model_copy(update={"header": hints.header})
    preview = read.look(first.head, first.text_name, hints)
    guessed = ""
    if read.card.name in TABLES and not suggested.labels and not suggested.numbers:
        text, labels = guess(read.look(first.head, first.text_name, hints, GUESSED))
        suggested = suggested.model_copy(update={"text": suggested.text or text, "labels": labels})
        guessed = ", ".join(labels)
    if not preview:
        st.code("\n".join(line[:300] for line in opening(first.head, LINES, hints.encoding)), language=None)
        return suggested
    st.dataframe(pd.DataFrame.from_dict(preview, orient="index").T, hide_index=True, alt=f"The first rows of {first.name}")
    if guessed:
        st.caption(f":material/lightbulb: Suggested as a label, since it has two values: {escape(guessed)}.")
    columns, key = list(preview), f"{read.card.name}-{'-'.join(map(str, hints))}-{token}"

    def one(where: Any, label: str, value: str | None) -> str | None:
        place = columns.index(value) if value in columns else None
        chosen: str | None = where.selectbox(label, columns, index=place, key=f"{label}-{key}", placeholder="none")
        return chosen

    def several(where: Any, label: str, values: tuple[str, ...]) -> tuple[str, ...]:
        chosen: list[str] = where.multiselect(
            label, columns, [value for value in values if value in columns], key=f"{label}-{key}"
        )
        return tuple(chosen)

    left, middle, right = st.columns(3)
    text = one(left, "Words" if read.card.name == "iob" else "Text", suggested.text)
    labels = several(left, "Tags" if read.card.name == "iob" else "Labels", suggested.labels)
    none = right.text_input(
        "Label for no label",
        key=f"none-{key}",
        placeholder="empty, and - for labels of words",
        help="Sentences (or words) with this label are left out. Separate several by commas.",
    )
    chosen: dict[str, Any] = {
        "text": text,
        "labels": labels,
        "none": [part.strip() for part in (none or "").split(",") if part.strip()],
    }
    if read.card.name != "iob":
        chosen["second"] = one(middle, "Second text, of pairs", suggested.second)
        chosen["numbers"] = several(middle, "Numbers", suggested.numbers)
        chosen["split"] = one(right, "Split", suggested.split)
    names = middle.text_input(
        "Names of splits",
        value=",".join("=".join(pair) for pair in suggested.split_names),
        key=f"split-names-{key}",
        placeholder="train, dev and test",
        help="The names of train, dev and test in the column or in file names, such as tr=train,va=dev,te=test.",
    )
    chosen["split_names"] = split_names([names or ""])
    return Reading.parse(suggested.model_dump() | chosen)


def keep(settings: Settings, made: CorpusFiles, name_key: str) -> None:
    """Register, and open what was registered. Runs before the page is drawn."""
    try:
        named = st.session_state.get(name_key) or made.name
        settings.refuse_writing()
        corpus, _ = registered.register(settings.store / "uploads", named, made.pieces, made.reading)
    except BadInput as error:
        st.session_state["data-trouble"] = error.data
    else:
        st.session_state["corpus"] = st.query_params["corpus"] = corpus.spec
        st.query_params["do"] = LOOK
        st.session_state["data-said"] = f"Registered as {corpus.spec}: it is in the menu of New run."


def forget(settings: Settings, spec: str) -> None:
    try:
        settings.refuse_writing()
        registered.forget(settings.store / "uploads", spec.removeprefix(registered.PREFIX))
    except BadInput as error:
        st.session_state["data-trouble"] = error.data
    else:
        st.session_state["corpus"] = CORPORA.names()[0]
        st.session_state["data-said"] = f"{spec} is no longer registered. Results on it stay in the store."


def new(settings: Settings) -> None:
    """From files to a registered corpus, step by step."""
    pieces = brought(settings)
    if not pieces:
        examples()
        return
    token = digest(*(part for piece in pieces for part in (piece.name, piece.sha)))[:12]
    with st.container(border=True):
        read = choose_format(pieces, token)
        first = first_of(pieces)
        reading = choose_columns(read, first, token)
    name = registered.slug_of(_name(pieces))
    made = corpus_files(name, f"{registered.PREFIX}{name}", pieces, reading)
    source = made.source()
    if sum(piece.size for piece in pieces) > LOUD:
        bar = st.progress(0.0, f"Reading {many(len(pieces), 'file')} …")
        source = made.source(lambda done: bar.progress(min(1.0, done), f"Reading {many(len(pieces), 'file')} …"))
        source.load()
        bar.empty()
    source.load()  # an error is shown before the button
    with st.container(horizontal=True, vertical_alignment="bottom"):
        named = st.text_input("Name", key=f"name-{token}", placeholder=name, width=260)
        arguments = (settings, made, f"name-{token}")
        st.button("Register", type="primary", icon=":material/check:", key="register", on_click=keep, args=arguments)
    spec = f"{registered.PREFIX}{registered.slug_of(named or name)}"
    if spec in controls.own_corpora(settings):
        st.caption(f":material/warning: {escape(spec)} is already registered and will be replaced.")
    contents.show(source, probe_link=False)


def _name(pieces: list[CorpusFile]) -> str:
    """The default name of a corpus: its file, or the folder or archive of its files."""
    first = pieces[0]
    if first.path is None or len(pieces) == 1:
        return first.name
    return first.path.name if first.member else first.path.parent.name


def reading_of(spec: str, settings: Settings) -> None:
    """How a registered corpus is read, and a button to forget it."""
    found = registered.find_registered(settings.store / "uploads", spec.removeprefix(registered.PREFIX), settings.page_roots())
    reading = found.reading.model_dump(exclude_defaults=True, exclude={"format"})
    settings_read = "".join(f" · {name.replace('_', ' ')}: {_value(value)}" for name, value in reading.items())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            escape(
                f"{FORMATS.get(found.reading.format).card.title}{settings_read} · {', '.join(piece.name for piece in found.pieces[:4])}"
            )
        )
        if frame.demo() or not permissions.may(settings.store, "delete", registered.thing(spec)):
            return
        with st.popover("Forget it", icon=":material/delete:", type="tertiary"):
            st.markdown("This removes its name and the copies of its files in the store. Files at a path are not touched.")
            st.button("Forget it for good", key="forget", on_click=forget, args=(settings, spec))


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join("=".join(one) if isinstance(one, tuple) else str(one) for one in value)
    return NAMED.get(value, str(value))


def examples() -> None:
    """The formats, two lines each."""
    with st.expander(f"{many(len(FORMATS.names()), 'format')}: {', '.join(FORMATS.names())}", icon=":material/list:"):
        for read in FORMATS:
            st.markdown(f"**{escape(read.card.title)}** · `{read.card.name}`")
            st.caption(f"{escape(read.card.measures)} {escape(read.card.assumes)}")
            st.code(read.example, language=None)
    st.caption(
        "A data set of a hub needs no registration: on New run, write " + escape("hub:OWNER/NAME?text=COLUMN&label=COLUMN") + "."
    )
