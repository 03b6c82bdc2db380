"""Try a sentence: typed text, and what the stored probes of each layer predict for it, for several checkpoints side by side."""

from __future__ import annotations

import streamlit as st

from pages._sentence import labels, missing, trees
from pages._sentence.labels import LabelQuestion
from pages.shared import choices, frame, results, sections, typed_sentence
from pages.shared.view import FirstStep, choose_runs
from pages.shared.wording import escape, many
from probing.records import stored
from probing.typed import words_of

MOST = 4  # checkpoints side by side
EXAMPLES = ("The old man the boats.", "They run a long run.", "Book me a flight to Oslo.")


def empty() -> None:
    """What the page will show, with sentences to begin with."""
    st.caption(
        "Type a sentence of your own. The probes that these runs stored predict a label for each word at every layer, and what differs between the "
        "checkpoints is framed. No annotation is needed. Or begin with one of these:"
    )
    with st.container(horizontal=True):
        for example in EXAMPLES:
            st.page_link("pages/sentence.py", label=escape(example), query_params={"text": example})


def main() -> None:
    frame.title("Try a sentence", "Type a sentence, and see what each layer of each checkpoint says about it.", makes=True)
    store = frame.store()
    every = stored.runs(store)
    view = choose_runs(
        store,
        choices.with_cells(every, typed_sentence.readable),
        "**No probes to read a sentence with yet.** A run on a word task, such as parts of speech, stores a probe for each layer. This page "
        "then shows the labels that each layer predicts for any sentence that you type.",
        FirstStep("Probe parts of speech", {"task": "upos", "probe": "linear", "max_train": "1000", "seeds": "1"}),
    )
    task = view.selection.task or ""
    level = next(one.level for record in view.records for one in record.tasks if one.name == task)
    names = [view.base, *view.compared]
    shown = names[:MOST]
    families = list(dict.fromkeys(cell.probe for record in view.records for cell in record.cells if cell.task == task))
    probe = choices.menu(view.more, "Probe", families, "probe")
    text = typed_sentence.field("text")
    if len(names) > MOST:
        st.caption(f"The first {MOST} of {many(len(names), 'checkpoint')} are shown: choose others above.")
    if not text:
        empty()
        if found := results.cell_of(view.records, shown[0], task, probe):
            typed_sentence.make_ready(store.root, frame.settings().device, typed_sentence.cell([found[0]], found[1]))
        return
    words = words_of(text)
    lacking: list[str] = []
    if level == "tree":
        trees.show(view, every, shown, words)
    else:
        lacking = [name for name in shown if results.cell_of(view.records, name, task, probe) is None]
        found, away = labels.picture(LabelQuestion(view, task, probe, shown), words)
        sections.show(
            {
                "Trees": lambda: trees.show(view, every, shown, words, away),
                "Numbers": lambda: labels.numbers(found, task),
            }
        )
    missing.offer(view, every, [*lacking, *missing.elsewhere(every, names)], task, probe)
    choices.show_notes(view.records)


with frame.forgiving():
    main()
