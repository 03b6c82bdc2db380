"""Corpora: what is in a treebank (sizes, labels, trees, leaks, sentences, complaints), and a place to bring one."""

from __future__ import annotations

import html
import re

import pandas as pd
import streamlit as st

from pages.shared import cards, controls, export, frame
from pages.shared.wording import many, plain, size
from probing import corpora
from probing.corpora import Source
from probing.corpora.sentence import SPLITS, Complaint, Sentence, Word
from probing.corpora.source import WORDS
from probing.corpora.statistics import describe
from probing.errors import BadInput
from probing.figures import corpus as charts
from probing.settings import Settings

PAGE = 10  # sentences shown at a time
VIEWS = ("Sizes", "Labels", "Trees", "Sentences", "Complaints")
TREEBANKS = (
    "Treebanks in more than a hundred languages are free to download from "
    "[universaldependencies.org](https://universaldependencies.org): unpack one and type its folder above. "
    "For English, UD_English-EWT is a good first one."
)
_COUNT = st.column_config.NumberColumn
SIZES = {
    "split": "Split",
    "sentences": _COUNT("Sentences", format="localized"),
    "words": _COUNT("Words", format="localized"),
    "types": _COUNT("Distinct forms", format="localized"),
    "mean_length": _COUNT("Mean length", format="%.1f", help="Words in a sentence."),
    "longest": _COUNT("Longest", format="localized"),
    "mean_depth": _COUNT("Mean depth", format="%.1f", help="Words on the longest path from the root."),
    "deepest": _COUNT("Deepest", format="localized"),
    "crossing_share": _COUNT("Crossing", format="percent", help="Sentences with arcs that cross."),
}
STYLE = """<style>
.strata-s{display:flex;flex-wrap:wrap;gap:.15rem .7rem;line-height:1.25;margin:.1rem 0 .5rem}
.strata-s .n{flex-basis:100%;opacity:.6;font-size:.75rem}
.strata-s span.w{display:inline-flex;flex-direction:column;align-items:flex-start}
.strata-s small{opacity:.65;font-size:.72rem}
.strata-s mark{background:#E69F0055;color:inherit;border-radius:.2rem}
</style>"""


def tag(word: Word, words: tuple[Word, ...], shown: str) -> str:
    """What stands under a word."""
    if shown == "deprel":
        head = words[word.head - 1].form if word.head > 0 else ""
        return f"{word.deprel} ← {head}" if head else word.deprel
    if shown == "feats":
        return "|".join(f"{name}={value}" for name, value in word.feats) or "_"
    return str(getattr(word, shown))


def hit(word: Word, low: str) -> bool:
    """Whether a search for `low` (lower case) finds the word: in its form, or as its lemma, tag, relation or feature."""
    whole = (word.lemma, word.upos, word.xpos, word.deprel, *(f"{name}={value}" for name, value in word.feats))
    return low in word.form.lower() or low in (field.lower() for field in whole)


def drawn(sentence: Sentence, shown: str, wanted: str) -> str:
    """A sentence as HTML: each word over its tag, everything that comes from the corpus escaped."""
    parts = [f'<span class="n">{html.escape(sentence.id)}{f", line {sentence.line}" if sentence.line else ""}</span>']
    for word in sentence.words:
        form = html.escape(word.form)
        if wanted and hit(word, wanted):
            form = f"<mark>{form}</mark>"
        parts.append(f'<span class="w">{form}<small>{html.escape(tag(word, sentence.words, shown))}</small></span>')
    return f'<div class="strata-s">{"".join(parts)}</div>'


def matching(sentences: list[Sentence], low: str) -> list[Sentence]:
    """Sentences whose text holds `low`, or that have a word which a search for it finds."""
    if not low:
        return sentences
    return [s for s in sentences if low in s.text.lower() or any(hit(word, low) for word in s.words)]


def look(splits: dict[str, list[Sentence]]) -> None:
    """A look at the sentences: searched, paged, token over tag."""
    first, second, third, fourth = st.columns([3, 3, 4, 2], vertical_alignment="bottom")
    split = first.selectbox("Split", list(splits), key="split", bind="query-params")
    shown = second.selectbox("Under each word", ["upos", "xpos", "deprel", "feats", "lemma"], key="show", bind="query-params")
    wanted = third.text_input(
        "Search",
        key="find",
        bind="query-params",
        icon=":material/search:",
        placeholder="text, lemma, tag or Number=Plur",
    )
    low = (wanted or "").strip().lower()
    found = matching(splits[split], low)
    pages = max(1, -(-len(found) // PAGE))
    page = int(fourth.number_input("Page", min_value=1, step=1, key="page", bind="query-params", help=f"1 to {pages}"))
    page = min(page, pages)
    st.caption(f"{many(len(found), 'sentence')} of {len(splits[split]):,} in {plain(split)}, page {page:,} of {pages:,}.")
    if not found:
        st.caption("Nothing matches. A search looks for text anywhere, or for a lemma, tag, relation or feature as a whole.")
        return
    shelf = found[(page - 1) * PAGE : page * PAGE]
    st.html(STYLE + "".join(drawn(sentence, shown, low) for sentence in shelf))


def sizes(tables: dict[str, pd.DataFrame], description: str, licence: str) -> None:
    table = tables["sizes"]
    st.caption("A row a split. Probes learn on train, choose on dev and are read on test.")
    st.dataframe(table, hide_index=True, column_config=SIZES)
    export.table(table, "sizes", "sizes")
    leaks = tables["leaks"]
    leaks = leaks[leaks["sentences"] > 0]
    if len(leaks):
        told = ", ".join(f"{row.sentences:,} in both {row.first} and {row.second}" for row in leaks.itertuples())
        st.warning(
            f"The same sentence stands in two splits: {plain(told)}. A probe may have met what it is tested on.",
            icon=":material/content_copy:",
        )
    else:
        st.caption(":material/check: No sentence stands in two splits.")
    if description:
        st.caption(plain(description))
    if licence:
        st.caption(f"Licence: {plain(licence)}")


def labels(table: pd.DataFrame) -> None:
    kinds = list(dict.fromkeys(table["kind"]))
    kind = st.selectbox("Labels of", kinds, key="labels", bind="query-params", width=260)
    st.caption(
        "How often each label occurs, as a share of its split's labels of that kind. What is rare is hard to learn and "
        "weighs little in accuracy, as much as any other in macro-F1."
    )
    chosen = table[table["kind"] == kind]
    export.figure(charts.labels(chosen), f"labels-{kind}", "labels-chart", f"Share of each {kind} label in each split")
    wide = chosen.pivot_table(index="label", columns="split", values="count", fill_value=0, sort=False).astype(int)
    wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False).index]
    numbers = {str(split): st.column_config.NumberColumn(format="localized") for split in wide.columns}
    st.dataframe(wide.reset_index(), hide_index=True, column_config={"label": "Label", **numbers})
    export.table(chosen, f"labels-{kind}", "labels-table")


def trees(tables: dict[str, pd.DataFrame]) -> None:
    left, right = st.columns(2)
    with left:
        st.markdown("**Words in a sentence**")
        st.caption("Share of sentences by length. Long ones may be cut off by a model's longest input.")
        export.figure(charts.histogram(tables["lengths"], "words"), "lengths", "lengths-chart", "Lengths of sentences")
    with right:
        st.markdown("**Depth of the tree**")
        if tables["depths"].empty:
            st.caption("This corpus has no trees.")
        else:
            st.caption("Words on the longest path from the root. Longer sentences are deeper: read the two together.")
            export.figure(charts.histogram(tables["depths"], "depth"), "depths", "depths-chart", "Depths of trees")
    crossing = tables["sizes"].set_index("split")["crossing_share"].dropna()
    told = ", ".join(f"{share:.1%} of {plain(str(split))}" for split, share in crossing.items())
    st.caption(f"Sentences with crossing arcs (no bracketing can draw them): {told or 'not known'}.")


def complaints(found: list[Complaint]) -> None:
    if not found:
        st.caption(":material/check: Nothing to complain of: every sentence was read as it stands.")
        return
    st.caption("What was left out or read with a change, where it stands, and why.")
    table = pd.DataFrame([{"file": c.file, "line": c.line, "complaint": c.message} for c in found])
    st.dataframe(table, hide_index=True, column_config={"file": "File", "line": "Line", "complaint": "Complaint"})
    export.table(table, "complaints", "complaints")


def split_of(name: str) -> str | None:
    """The split that a file's name tells of."""
    said = set(re.split(r"[^a-z]+", name.lower()))
    return next((split for split, words in WORDS.items() if said & set(words)), None)


def keep(settings: Settings) -> None:
    """Read what was uploaded, keep it in the store, and show it. Runs before the page is drawn."""
    files = st.session_state.get("files") or []
    try:
        if not files:
            raise BadInput("No file is chosen: add one CoNLL-U file, or three for train, dev and test.")
        data: bytes | dict[str, bytes] = files[0].getvalue()
        if len(files) > 1:
            data = {split_of(file.name) or file.name: file.getvalue() for file in files}
            if len(files) != len(SPLITS) or set(data) != set(SPLITS):
                raise BadInput("Of several files each needs train, dev or test in its name, one each; or give a single file.")
        source = corpora.save_upload(settings.store / "uploads", st.session_state.get("upload-name") or files[0].name, data)
    except BadInput as error:
        st.session_state["upload-trouble"] = str(error)
    else:
        st.session_state["corpus"] = source.spec
        st.session_state["upload-done"] = True


def bring(settings: Settings) -> None:
    """The upload box; where to get treebanks."""
    with st.expander("Upload a treebank", icon=":material/upload:"):
        st.file_uploader(
            "CoNLL-U: one file, which is split 80/10/10, or three with train, dev and test in their names",
            type=["conllu", "conll", "txt"],
            accept_multiple_files=True,
            key="files",
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input("Name", key="upload-name", placeholder="as the file", width=260)
            st.button("Check and keep", icon=":material/check:", on_click=keep, args=(settings,), key="keep")
        st.caption(f"It is read and checked, then kept in this machine's store. Up to {size(200e6)}.")
    if trouble := st.session_state.pop("upload-trouble", None):
        frame.complain(trouble)
    if st.session_state.pop("upload-done", False):
        st.success("Read, checked and kept: here is what is in it.", icon=":material/check_circle:")


@st.cache_data(max_entries=16, show_spinner="Counting …")
def described(content: str, _source: Source) -> dict[str, pd.DataFrame]:  # noqa: ARG001
    """The corpus's tables, kept for its content hash."""
    return describe(_source.load())


def show(source: Source) -> None:
    with st.spinner("Reading the corpus …"):
        corpus = source.load()
        tables = described(source.hash, source)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(corpus.name), anchor=False, width="content")
        if source.name in corpora.CORPORA:
            cards.popover(corpora.CORPORA.get(source.name).card)
        st.page_link("pages/new_run.py", label="Ask of it", icon=":material/play_circle:", query_params={"corpus": source.spec})
    total = tables["sizes"]
    figures = (
        ("Sentences", f"{int(total['sentences'].sum()):,}"),
        ("Words", f"{int(total['words'].sum()):,}"),
        ("Splits", f"{len(total)}"),
        ("Complaints", f"{len(corpus.complaints):,}"),
    )
    for column, (name, value) in zip(st.columns(len(figures)), figures, strict=True):
        column.metric(name, value, border=True)
    view = st.segmented_control(
        "View", VIEWS, default=VIEWS[0], required=True, key="view", bind="query-params", label_visibility="collapsed"
    )
    if view == "Labels":
        labels(tables["labels"])
    elif view == "Trees":
        trees(tables)
    elif view == "Sentences":
        look(corpus.splits)
    elif view == "Complaints":
        complaints(corpus.complaints)
    else:
        sizes(tables, corpus.description, corpus.licence)


frame.title(
    "Corpora",
    "Annotated text to ask about: the embedded grammar, or any Universal Dependencies treebank (folder, file, upload).",
)
settings = frame.settings()
name = controls.choose_corpus(controls.uploads(settings))
bring(settings)
if name:
    with frame.forgiving():
        show(controls.find_corpus(name, settings))
st.caption(TREEBANKS)
