"""What a budget of n items and a target loss ε buys: curves, ranks, pairs of like accuracy, frontiers. Nothing is trained for it."""

from __future__ import annotations

import re

import numpy as np
import streamlit as st

from pages.shared import cards, choices, curves, export, frame
from pages.shared.view import View
from pages.shared.wording import many, plain
from probing.analysis import equal_accuracy, frontier, ranks
from probing.analysis.loss_curves import Key, LossCurves, title
from probing.analysis.rows import as_information, curve_rows
from probing.figures import equal_accuracy as chart
from probing.figures.frontier import frontiers as frontier_figure
from probing.figures.loss_curves import loss_curves
from probing.figures.marks import MARKS, Mark, marks
from probing.figures.ranks import rank_lines
from probing.measures.effort import Effort, effort


def choose_series(view: View, of: LossCurves, label: str, parameter: str) -> dict[Key, Mark]:
    """The (checkpoint, layer)s that a chart draws, each with its mark."""
    named = {f"{name}:{layer}": (name, layer) for name, layer in of.keys}
    default: list[str] = []
    for name in view.asked[:2]:
        own = [place for place, key in enumerate(of.keys) if key[0] == name]
        if own:
            easiest = min(own, key=lambda place: of.curves.code[place, -1])
            default += [f"{name}:{of.keys[place][1]}" for place in sorted({own[0], easiest, own[-1]})]
    chosen = st.multiselect(
        label, list(named), default=default[: len(MARKS)], key=parameter, bind="query-params", max_selections=len(MARKS),
        placeholder="checkpoint:layer",
    )  # fmt: skip
    keys = [named[text] for text in chosen if text in named]
    look = marks([title(key) for key in keys], [title(key) for key in keys if key[0] in view.twins])
    return {key: look[title(key)] for key in keys}


def choose_budget(view: View, of: LossCurves) -> tuple[float, float]:
    """n and ε. An ε that nobody reaches, or that needs no vectors, is told."""
    sizes = of.curves.sizes
    steps = sorted({round(size) for size in [*sizes, *np.sqrt(sizes[1:] * sizes[:-1])]})
    asked = re.sub(r"\D", "", st.query_params.get("n", ""))[:15]
    choices.forget_unknown("n", steps)
    first, second = st.columns(2)
    if asked and int(asked) > steps[-1]:
        first.caption(f"The address asks for {int(asked):,} items, and train has {steps[-1]:,}: the curves end there.")
    n = first.select_slider(
        "Items of train you can label, n", steps, value=steps[-1], key="n", bind="query-params", format_func=lambda size: f"{size:,}",
        help="Between two sizes measured, loss and accuracy are taken to be linear in log n.",
    )  # fmt: skip
    prior, best = view.number("v_entropy", "dev") or of.curves.ceiling, float(np.nanmin(of.curves.loss))
    low, high = np.floor(100 * min(best, prior)) / 100, np.ceil(100 * max(prior, best + 0.1)) / 100
    target = view.number("epsilon", "dev") or best
    if not low <= (st.session_state.get("bits") or low) <= high:
        del st.session_state["bits"]  # another task's, whose losses lie elsewhere
    epsilon = second.slider(
        "Loss you need, ε, bits an item", float(low), float(high), float(np.clip(round(target, 2), low, high)), 0.01, key="bits",
        bind="query-params", help="By default nine tenths of the V-information of the best layer of the first run chosen.",
    )  # fmt: skip
    if epsilon >= prior:
        second.caption(f"The shares of train alone cost {prior:.2f} bits: at this ε nothing has to be learned.")
    elif epsilon < best:
        second.caption(f"No layer comes below {best:.2f} bits with all of train: at this ε every εSC is a bound.")
    return float(n), float(epsilon)


@frame.fragment
def budget(view: View, of: LossCurves) -> None:
    """Curves, ranks and pairs under the reader's hand: everything is read from stored curves, nothing is trained."""
    st.subheader("What does your budget buy?", anchor=False)
    n, epsilon = choose_budget(view, of)
    ranked = of
    if view.twins and not st.toggle("Random weights in the ranks", key="twins", bind="query-params"):
        ranked = of.some(lambda key: key[0] not in view.twins)
    look = marks(view.asked, view.twins)
    left, right = st.columns([3, 2], gap="large")
    with left:
        series = choose_series(view, of, "Curves of", "series")
        with st.container(horizontal=True, vertical_alignment="center"):
            metric = st.segmented_control(
                "Read", list(NAMED), default="loss_at_n", required=True, key="read", bind="query-params",
                format_func=NAMED.__getitem__, label_visibility="collapsed",
            ) or "loss_at_n"  # fmt: skip
            control = st.toggle("Control task", value=True, key="control", bind="query-params")
        prior = view.number("v_entropy", "dev")
        rows = curve_rows(view.table, view.task, view.probe, "loss_at_n" if metric == "v_information" else metric)
        if metric == "v_information":
            rows = as_information(rows, prior or of.curves.ceiling)
        drawn = loss_curves(rows, metric, series, n, epsilon, prior, control)
        export.figure(drawn, f"{metric}-{view.task}", "loss-curves", f"{NAMED[metric]} of {view.task} against items of train")
        st.caption(
            "How to read it: probes trained on more and more of train, read on the half of dev that did not choose them; the lower and the "
            "further left a curve bends, the easier. When it misleads: a subset of some tens of items lacks classes, and its loss is the "
            "rule's for unseen ones; bands are over sentences and seeds."
        )
    most = float(ranked.curves.sizes[-1])
    whole = effort(ranked.curves, most, epsilon)
    table = ranks.rank_table(ranked.keys, whole if n >= most else effort(ranked.curves, n, epsilon), n)
    with right:
        export.figure(rank_lines(table, look), f"ranks-{view.task}", "ranks", "Ranks under accuracy, codelength, SDL and εSC")
        st.caption(
            "How to read it: a line is a layer, its number in the sign; lines that cross are layers whose rank depends on the measure. "
            f"{plain(ranks.summary(table, ranked, whole, n))} When it misleads: neighbours may differ by chance alone; the table below has the "
            "intervals of SDL and εSC."
        )
    with st.expander("The ranks in numbers", icon=":material/table:"):
        st.dataframe(table, hide_index=True, height=300, alt="Accuracy, codelength, SDL and εSC at this budget, with ranks")
        export.table(table, f"ranks-{view.task}-{n:.0f}-{epsilon:.2f}", "rank-numbers")
    same_accuracy(view, ranked, whole, epsilon)
    cards.of_measures((metric, "codelength", "sdl", "esc", "epsilon"))


NAMED = {"loss_at_n": "Loss", "accuracy_at_n": "Accuracy", "v_information": "V-information"}


def same_accuracy(view: View, of: LossCurves, whole: Effort, epsilon: float) -> None:
    st.subheader("Same accuracy, different effort", anchor=False)
    own = curves.cells(view.records, view.task, view.probe)
    answered = curves.right(view.root, tuple(own.items()), view.split)
    if answered is None:
        st.caption(f"These runs have no scored items on {plain(view.split)}.")
        return
    found = equal_accuracy.equal_accuracy(of, whole, answered, epsilon)
    if unpaired := [title(key) for key in of.keys if key not in found.keys]:
        st.caption(f"Left out here, having answered other items: {plain(', '.join(unpaired))}.")
    with st.container(border=True):
        st.markdown(plain(equal_accuracy.summary(found, view.task, view.split, epsilon)))
    drawn = chart.scatter(found, marks(view.asked, view.twins), view.split)
    export.figure(drawn, f"alike-{view.task}-{view.split}", "alike", f"Accuracy on {view.split} against items needed to reach ε")
    st.caption(
        "How to read it: a sign is a layer, high is accurate, left is easy; a line joins two whose accuracies cannot be told apart (the "
        "interval of their difference, paired by sentence, holds 0) and whose εSC are at least twofold apart; dotted where the interval of "
        "the ratio holds 1. When it misleads: not to be told apart is not to be equal, and with few sentences everything is alike; "
        "many pairs are looked at without a correction."
    )
    if found.pairs:
        table = equal_accuracy.pair_table(found)
        with st.expander(f"{many(len(found.pairs), 'pair')} alike in accuracy, twofold apart in effort", icon=":material/table:"):
            st.dataframe(
                table, hide_index=True, height="auto" if len(table) < 10 else 300, alt="Pairs of like accuracy and unlike εSC"
            )
            export.table(table, f"alike-{view.task}-{view.split}-{epsilon:.2f}", "pairs")


@frame.fragment
def frontiers(view: View, of: LossCurves) -> None:
    """Accuracy or V-information against the complexity of the probe: nothing of it moves with the budget."""
    st.subheader("How simple may the probe be?", anchor=False)
    if frontier.points(view.table, view.task, view.probe, "accuracy").empty:
        st.caption(f"No frontier was swept for the {plain(view.probe)} probe.")
        return
    metric = st.segmented_control(
        "Frontier of", ["accuracy", "v_information"], default="accuracy", required=True, key="frontier", bind="query-params",
        format_func={"accuracy": "Accuracy", "v_information": "V-information"}.__getitem__, label_visibility="collapsed",
    ) or "accuracy"  # fmt: skip
    series = choose_series(view, of, "Frontiers of", "frontiers")
    trivial = floors(view, metric)
    rows = frontier.with_frontier(frontier.points(view.table, view.task, view.probe, metric), trivial)
    drawn = frontier_figure(rows, metric, series, trivial)
    export.figure(
        drawn, f"frontier-{metric}-{view.task}", "frontier-chart", f"{metric} of {view.task} against the complexity of the probe"
    )
    st.caption(
        "How to read it: the staircase is the best that a probe of at most this complexity reads, dashed under it the control's; who rises "
        "early and high is easy. When it misleads: one seed and one half of dev; where the control's rises too, the probe is learning words."
    )
    volumes = view.table[
        (view.table["metric"] == "hypervolume") & (view.table["task"] == view.task) & (view.table["probe"] == view.probe)
    ].drop(columns=["run"])
    with st.expander("Hypervolumes in numbers", icon=":material/table:"):
        st.dataframe(volumes, hide_index=True, height=300, alt="Hypervolume of each layer's frontier, task and control")
        export.table(volumes, f"hypervolume-{view.task}", "volumes")
    cards.measure("hypervolume")


def floors(view: View, metric: str) -> dict[str, float]:
    """What needs no vector: the majority on the reading half of dev, or 0 bits."""
    if metric != "accuracy":
        return {"task": 0.0, "control": 0.0}
    rows = view.table[
        (view.table["metric"] == "majority")
        & (view.table["split"] == "dev")
        & (view.table["task"] == view.task)
        & view.table["checkpoint"].isin(view.asked)
    ]
    return {
        "control" if "control" in str(text) else "task": float(value)
        for text, value in zip(rows["setting"], rows["value"], strict=True)
    }
