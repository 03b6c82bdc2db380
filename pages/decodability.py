"""Decodability: not only whether a layer answers a task, but how easily: with how much data, at what length, by how simple a probe."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.shared import budget, cards, choices, curves, export, frame, given, hard, jobs, results
from pages.shared.view import View, choose_view
from pages.shared.wording import plain
from probing import measures, probes
from probing.analysis import codelengths
from probing.analysis.rows import CONTROLS
from probing.figures.layer_curves import DECODABILITY, layer_curves
from probing.measures.codelength import as_published_rows

NAMES = {
    "codelength": "Codelength",
    "compression": "Compression",
    "v_information": "V-information",
    "conditional_v_information": "Conditional",
    "esc": "εSC",
    "sdl": "SDL",
    "model_codelength": "Model",
    "hypervolume": "Hypervolume",
    "variational_codelength": "Variational",
    "variational_compression": "Variational compression",
    "variational_model_codelength": "Variational model",
}
SPLIT = {
    "codelength": "train",
    "compression": "train",
    "model_codelength": "train",
    "esc": "dev",
    "sdl": "dev",
    "hypervolume": "dev",
    "variational_codelength": "train",
    "variational_compression": "train",
    "variational_model_codelength": "train",
}


def by_layer(view: View) -> None:
    """One measure by layer, its control dashed, random twins grey."""
    st.subheader("How easy is each layer?", anchor=False)
    here = [m for m in DECODABILITY if ((view.table["metric"] == m) & (view.table["probe"] == view.probe)).any()]
    if not here:
        st.caption(f"The {plain(view.probe)} probe has no measure of decodability in these runs.")
        return
    choices.forget_unknown("by", here)
    metric = st.segmented_control(
        "Measure", here, default=here[0], required=True, key="by", format_func=lambda m: NAMES.get(m, m), bind="query-params",
        label_visibility="collapsed",
    ) or here[0]  # fmt: skip
    table = view.table
    if metric == "conditional_v_information":
        table = given.choose(view.table)
    elif metric == "codelength" and st.toggle(
        "As published",
        key="published",
        bind="query-params",
        help="As the reference code adds it up: the first block in bits, the rest in nats.",
    ):
        table = published(view)
    split = SPLIT.get(metric, view.split)
    depths = {name: entry["layers"] for name, entry in view.people.items()}
    relative = len({depths[name] for name in view.asked}) > 1 and st.toggle(
        "Depth as layer / layers", value=True, key="relative", bind="query-params"
    )
    shown = layer_curves(table, metric, split, view.task, view.probe, view.asked, view.twins, depths if relative else None)
    export.figure(shown, f"{metric}-{view.task}", "by-layer", f"{DECODABILITY[metric]} of {view.task} by layer")
    st.caption(
        READ[metric]
        + " Bands are 95 % intervals of a bootstrap over sentences and seeds; grey is the same architecture with random weights."
    )
    common_dimension(view)
    two_codes(view)
    with st.container(horizontal=True, vertical_alignment="center"):
        for name in dict.fromkeys([metric, *([CONTROLS[metric]] if metric in CONTROLS else []), "uniform_codelength"]):
            cards.popover(measures.MEASURES.get(name).card)
        cards.popover(probes.FAMILIES.get(view.probe).card, label=f"{probes.FAMILIES.get(view.probe).card.title} probe")
    with st.expander("The numbers", icon=":material/table:"):
        wanted = (table["task"] == view.task) & (table["probe"] == view.probe)
        numbers = table[wanted & table["metric"].isin([metric, CONTROLS.get(metric, metric)])].drop(columns=["run"])
        st.dataframe(numbers, hide_index=True, height=300, alt="The tidy table behind the chart")
        export.table(numbers, f"{metric}-{view.task}", "by-layer-numbers")


READ = {
    "codelength": "How to read it: the bits of a message that tells train's labels to one who has the vectors; low is easy. Dashed: "
    "the control task. When it misleads: it grows with train and mixes how well with how soon; the budget below takes them apart.",
    "compression": "How to read it: labels at log2 K each over the codelength; high is easy, 1 says nothing was gained. When it misleads: "
    "uneven labels compress without any vector, so read it against random weights.",
    "v_information": "How to read it: bits an item that the probe tells and the shares of train do not; high is easy. When it misleads: "
    "it belongs to the family of probes, and an over-fitted probe can fall below 0 while its accuracy stands.",
    "conditional_v_information": "How to read it: bits an item that a layer adds to what it is given. When it misleads: the probe of "
    "both has twice the dimensions, so a little below 0 is over-fitting.",
    "esc": "How to read it: the items of train after which the loss is at most ε, on a log scale; low is easy, a hollow triangle says "
    "that all of train was not enough. When it misleads: curves that cross rank otherwise at another ε.",
    "sdl": "How to read it: the bits above ε that learning costs, summed over the items seen, on a log scale; low is easy. When it "
    "misleads: where ε is not reached it goes on growing with train. Linear in log n between sizes, log2 K below the first: a "
    "little high where the curve bends upwards.",
    "model_codelength": "How to read it: what of the message is not the data under the last probe. When it misleads: a probe that "
    "learns by heart has short data and a long model.",
    "hypervolume": "How to read it: the area under the frontier below; high is easy. When it misleads: it depends on the range of "
    "complexity that the run swept.",
    "variational_codelength": "How to read it: the bits of a message that tells train's labels in one piece, a probe that pays for its weights and "
    "the labels under it; low is easy. Dashed: the control task. When it misleads: it is a bound, loose where the task is very easy or train "
    "is small, and its probe is another than that of an online code.",
    "variational_compression": "How to read it: labels at log2 K each over the variational codelength; high is easy. Dashed: the control "
    "task. When it misleads: uneven labels compress without any vector.",
    "variational_model_codelength": "How to read it: what of the variational message tells the probe. When it misleads: a short model may "
    "say that there is little to tell, or that it is not worth telling.",
}  # fmt: skip


def two_codes(view: View) -> None:
    """The online and the variational codelength beside each other, where the runs have a probe that codes for itself."""
    if not (view.table["metric"] == "variational_codelength").any():
        return
    table = codelengths.side_by_side(view.table, view.task)
    with st.expander("Online and variational code side by side", icon=":material/compare_arrows:"):
        st.dataframe(
            table, hide_index=True, height="auto", alt="Codelengths by layer, and the units that the variational probe kept"
        )
        st.caption(
            "How to read it: bits; units left count each layer's inputs, first the vector's own numbers. When it misleads: the two codes have "
            "other probes, so compare how they order the layers and not bit by bit."
        )
        export.table(table, f"codes-{view.task}", "two-codes")


def published(view: View) -> pd.DataFrame:
    rows = view.table[(view.table["task"] == view.task) & (view.table["probe"] == view.probe)].astype({"setting": str})
    told = pd.DataFrame(as_published_rows(rows)).assign(setting="{}")
    st.caption("These sums mix units, bits and nats, and are for comparison with published figures alone: see the card.")
    return pd.concat([told, rows[~rows["metric"].isin(("codelength", "control_codelength"))]], ignore_index=True)


def common_dimension(view: View) -> None:
    """Says how vectors of different width are made comparable, or that they are not."""
    for size in sorted({record["spec"]["dimension"] for record in view.records if record["spec"].get("dimension")}):
        st.caption(f"Of vectors brought to their first {size} principal components, fitted on train, standardised.")
    widths = sorted({view.people[name]["hidden"] for name in view.asked})
    plain_runs = [record for record in view.records if not record["spec"].get("dimension")]
    if len(widths) > 1 and plain_runs:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                f"Vectors of {' and '.join(map(str, widths))} numbers: a wider one gives its probe more to work with.",
                width="stretch",
            )
            asked = jobs.question(plain_runs[0]["spec"]) | {"dimension": str(widths[0])}
            st.page_link(
                "pages/new_run.py", label="Compare at a common dimension", icon=":material/compress:", query_params=asked
            )


def main() -> None:
    frame.title(
        "Decodability",
        "Not only whether a layer answers a task, but how easily: with how much data, in how short a message, by how simple a probe.",
    )
    store = frame.store()
    records = [record for record in store.results.runs() if record["spec"].get("measure") == "decodability"]
    if not records:
        with st.container(border=True):
            st.markdown(
                "**No run has measured decodability yet.** Two layers may answer a task equally well, and one of them need ten times the data. "
                "A run that measures it trains each probe on growing parts of train, so it takes some times as long as one of accuracy."
            )
            st.page_link(
                "pages/new_run.py",
                label="Ask for decodability",
                icon=":material/play_arrow:",
                query_params={"measure": "decodability"},
            )
        return
    chosen = choices.choose_runs(records)
    if not chosen:
        st.caption("No run is chosen: choose one above.")
        return
    choices.warn_of_corpora(chosen)
    chosen = results.apart(chosen)
    view = choose_view(store.root, chosen, results.tables(store.root, chosen))
    by_layer(view)
    of = curves.side_by_side(
        store.root, tuple(record["run"] for record in chosen), view.task, view.probe, len(view.classes), chosen
    )
    if of is None:
        st.caption(f"No loss-data curve of {plain(view.task)} with the {plain(view.probe)} probe is kept in these runs.")
    else:
        if of.apart:
            st.caption(f"Left out below, having other sizes of train: {plain(', '.join(of.apart))}.")
        budget.budget(view, of)
        budget.frontiers(view, of)
    hard.show(view.root, view.records, view.asked + view.twins, view.task, view.probe, view.split, view.classes)
    choices.show_notes(chosen)


with frame.forgiving():
    main()
