"""What is in a corpus: sizes, labels, trees, sentences, duplicates across splits, and complaints with their lines."""

from __future__ import annotations

import html

import pandas as pd
import streamlit as st

from pages.shared import cards, chart, choices, export, facts, sections
from pages.shared.wording import escape, many
from probing import corpora
from probing.corpora import Source
from probing.corpora.sentence import Complaint, Sentence, Word
from probing.corpora.statistics import describe
from probing.figures import corpus as charts

PAGE = 10  # sentences shown at a time
TAGS = ("upos", "xpos", "deprel", "feats", "lemma")
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
    return str(getattr(word, shown)) if shown in TAGS else dict(word.tags).get(shown, "_")


def hit(word: Word, low: str) -> bool:
    """Whether a search for `low` (lower case) finds the word: in its form, or as its lemma, tag, relation or feature."""
    own = (value for _, value in word.tags)
    whole = (word.lemma, word.upos, word.xpos, word.deprel, *(f"{name}={value}" for name, value in word.feats), *own)
    return low in word.form.lower() or low in (field.lower() for field in whole)


def sentence_html(sentence: Sentence, shown: str, wanted: str) -> str:
    """A sentence as HTML: each word over its tag, everything that comes from the corpus escaped."""
    labels = "".join(f" · {column}: {value}" for column, value in sentence.labels)
    labels += "".join(f" · {target.label}" for target in sentence.targets)
    where = f", line {sentence.line}" if sentence.line else ""
    parts = [f'<span class="n">{html.escape(f"{sentence.id}{where}{labels}")}</span>']
    for word in sentence.words:
        form = html.escape(word.form)
        if wanted and hit(word, wanted):
            form = f"<mark>{form}</mark>"
        parts.append(f'<span class="w">{form}<small>{html.escape(tag(word, sentence.words, shown))}</small></span>')
    if sentence.second is not None:
        parts.append(f'<span class="n">second: {html.escape(sentence.second.text)}</span>')
    return f'<div class="strata-s">{"".join(parts)}</div>'


def matching(sentences: list[Sentence], low: str) -> list[Sentence]:
    """Sentences whose text holds `low`, that have a word which a search for it finds, or a label of that name."""
    if not low:
        return sentences
    return [s for s in sentences if low in s.text.lower() or labelled(s, low) or any(hit(word, low) for word in s.words)]


def labelled(sentence: Sentence, low: str) -> bool:
    return low in (label.lower() for label in (*dict(sentence.labels).values(), *(target.label for target in sentence.targets)))


def look(splits: dict[str, list[Sentence]]) -> None:
    """The sentences with search and pages, each token over its tag."""
    first, second, third, fourth = st.columns([3, 3, 4, 2], vertical_alignment="bottom")
    split = choices.menu(first, "Split", list(splits), "split")
    own = dict.fromkeys(name for sentence in splits["train"] for word in sentence.words[:1] for name, _ in word.tags)
    shown = choices.menu(second, "Under each word", [*own, *TAGS], "show")
    wanted = third.text_input(
        "Search",
        key="find",
        bind="query-params",
        icon=":material/search:",
        placeholder="text, lemma, tag, label or Number=Plur",
    )
    low = (wanted or "").strip().lower()
    found = matching(splits[split], low)
    pages = max(1, -(-len(found) // PAGE))
    page = int(fourth.number_input("Page", min_value=1, step=1, key="page", bind="query-params", help=f"1 to {pages}"))
    page = min(page, pages)
    st.caption(f"{many(len(found), 'sentence')} of {len(splits[split]):,} in {escape(split)}, page {page:,} of {pages:,}.")
    if not found:
        st.caption("No match. The search looks for text anywhere, or for a whole lemma, tag, relation, label or feature.")
        return
    shelf = found[(page - 1) * PAGE : page * PAGE]
    st.html(STYLE + "".join(sentence_html(sentence, shown, low) for sentence in shelf))


def sizes(tables: dict[str, pd.DataFrame], description: str, licence: str) -> None:
    table = tables["sizes"]
    st.caption("One row per split. Probes are trained on train, chosen on dev and scored on test.")
    shown = table.drop(columns=["mean_depth", "deepest", "crossing_share"]) if tables["depths"].empty else table
    st.dataframe(shown, hide_index=True, column_config=SIZES)
    export.table(table, "sizes", "sizes")
    leaks = tables["leaks"]
    leaks = leaks[leaks["sentences"] > 0]
    if len(leaks):
        found = ", ".join(f"{row.sentences:,} in both {row.first} and {row.second}" for row in leaks.itertuples())
        st.warning(
            f"Some sentences are in two splits: {escape(found)}. A probe may be trained on its test items.",
            icon=":material/content_copy:",
        )
    else:
        st.caption(":material/check: No duplicates across splits.")
    if description:
        st.caption(escape(description))
    if licence:
        st.caption(f"Licence: {escape(licence)}")


def labels(table: pd.DataFrame) -> None:
    kinds = sorted(dict.fromkeys(table["kind"]), key=lambda kind: ":" not in kind)  # own columns first
    if not kinds:
        st.caption("This corpus has no labels.")
        return
    kind = choices.menu(st, "Labels of", kinds, "labels", width=260)
    st.caption(
        "The share of each label among the labels of this kind in its split. Rare labels are difficult to learn. They have little "
        "weight in accuracy, and the same weight as others in macro F1."
    )
    chosen = table[table["kind"] == kind]
    chart.plain(charts.labels(chosen), f"labels-{kind}", "labels-chart", f"Share of each {kind} label in each split")
    wide = chosen.pivot_table(index="label", columns="split", values="count", fill_value=0, sort=False).astype(int)
    wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False).index]
    numbers = {str(split): st.column_config.NumberColumn(format="localized") for split in wide.columns}
    st.dataframe(wide.reset_index(), hide_index=True, column_config={"label": "Label", **numbers})
    export.table(chosen, f"labels-{kind}", "labels-table")


def trees(tables: dict[str, pd.DataFrame]) -> None:
    left, right = st.columns(2)
    with left:
        st.markdown("**Words in a sentence**")
        st.caption("Share of sentences by length. Models may cut off long sentences.")
        chart.plain(charts.histogram(tables["lengths"], "words"), "lengths", "lengths-chart", "Lengths of sentences")
    with right:
        st.markdown("**Depth of the tree**")
        if tables["depths"].empty:
            st.caption("This corpus has no trees.")
        else:
            st.caption("Words on the longest path from the root. Longer sentences are deeper, so read both charts together.")
            chart.plain(charts.histogram(tables["depths"], "depth"), "depths", "depths-chart", "Depths of trees")
    crossing = tables["sizes"].set_index("split")["crossing_share"].dropna()
    shares = ", ".join(f"{share:.1%} of {escape(str(split))}" for split, share in crossing.items())
    st.caption(f"Sentences with crossing arcs (non-projective trees): {shares or 'not known'}.")


def duplicates(table: pd.DataFrame) -> None:
    if table.empty:
        st.caption(":material/check: No duplicates across splits.")
        return
    st.caption(
        f"{many(len(table), 'sentence')} with the same words in two or more splits, each with its first line in each split. A probe may "
        "be trained on its test items: leave these sentences out of train, or expect scores that are too high."
    )
    st.dataframe(table, hide_index=True, column_config={"sentence": "Sentence", "splits": "Splits", "lines": "Lines"})
    export.table(table, "duplicates", "duplicates")


def complaints(found: list[Complaint]) -> None:
    if not found:
        st.caption(":material/check: No complaints: every sentence was read unchanged.")
        return
    st.caption("Sentences that were left out or changed, with place and reason.")
    table = pd.DataFrame([{"file": c.file, "line": c.line, "complaint": c.message} for c in found])
    st.dataframe(table, hide_index=True, column_config={"file": "File", "line": "Line", "complaint": "Complaint"})
    export.table(table, "complaints", "complaints")


@st.cache_data(max_entries=16, show_spinner="Counting …")
def described(content: str, _source: Source) -> dict[str, pd.DataFrame]:  # noqa: ARG001
    """The corpus's tables, cached by its content hash."""
    return describe(_source.load())


def show(source: Source, probe_link: bool = True) -> None:
    """Everything about a corpus, one view at a time; with `probe_link` a link to New run."""
    with st.spinner("Reading the corpus …"):
        corpus = source.load()
        tables = described(source.hash, source)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(escape(corpus.name), anchor=False, width="content")
        if source.name in corpora.CORPORA:
            cards.popover(corpora.CORPORA.get(source.name).card)
        if probe_link:
            st.page_link(
                "pages/new_run.py", label="Probe this corpus", icon=":material/play_circle:", query_params={"corpus": source.spec}
            )
    total = tables["sizes"]
    facts.remember(corpus=corpus.name)
    figures = (
        ("Sentences", f"{int(total['sentences'].sum()):,}"),
        ("Words", f"{int(total['words'].sum()):,}"),
        ("Splits", f"{len(total)}"),
        ("Complaints", f"{len(corpus.complaints):,}"),
    )
    for column, (name, value) in zip(st.columns(len(figures)), figures, strict=True):
        column.metric(name, value, border=True)
    views = {
        "Sizes": lambda: sizes(tables, corpus.description, corpus.licence),
        "Labels": lambda: labels(tables["labels"]),
        "Trees": lambda: trees(tables),
        "Sentences": lambda: look(corpus.splits),
        "Duplicates": lambda: duplicates(tables["duplicates"]),
        "Complaints": lambda: complaints(corpus.complaints),
    }
    sections.show(views, key="view")
