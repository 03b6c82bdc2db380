"""Results at a budget of n items and a target loss ε: curves, ranks, pairs of equal accuracy, frontiers. Nothing is trained."""

from __future__ import annotations

import re

import numpy as np
import streamlit as st

from pages.shared import cards, choices, curves, export, frame
from pages.shared.view import TaskView
from pages.shared.wording import escape, many
from probing.analysis import equal_accuracy, frontier, ranks
from probing.analysis.loss_curves import Key, LossCurves, title
from probing.analysis.rows import as_information, curve_rows
from probing.figures import equal_accuracy as chart
from probing.figures.frontier import frontiers as frontier_figure
from probing.figures.loss_curves import loss_curves
from probing.figures.marks import MARKS, Mark, marks
from probing.figures.ranks import rank_lines
from probing.measures import MEASURES
from probing.measures.effort import Effort, effort


def choose_series(view: TaskView, of: LossCurves, label: str, parameter: str) -> dict[Key, Mark]:
    """The (checkpoint, layer)s that a chart draws, each with its mark."""
    named = {f"{name}:{layer}": (name, layer) for name, layer in of.keys}
    default: list[str] = []
    for name in view.requested[:2]:
        own = [place for place, key in enumerate(of.keys) if key[0] == name]
        if own:
            easiest = min(own, key=lambda place: of.curves.code[place, -1])
            default += [f"{name}:{of.keys[place][1]}" for place in sorted({own[0], easiest, own[-1]})]
    chosen = st.multiselect(
        label, list(named), default=default[: len(MARKS)], key=parameter, bind="query-params", max_selections=len(MARKS),
        placeholder="checkpoint:layer",
    )  # fmt: skip
    keys = [named[text] for text in chosen if text in named]
    look = marks([title(key) for key in keys], [title(key) for key in keys if key[0] in view.baselines])
    return {key: look[title(key)] for key in keys}


def choose_budget(view: TaskView, of: LossCurves) -> tuple[float, float]:
    """n and ε. A caption says where no layer reaches ε, or where it needs no vectors."""
    sizes = of.curves.sizes
    steps = sorted({round(size) for size in [*sizes, *np.sqrt(sizes[1:] * sizes[:-1])]})
    typed = re.sub(r"\D", "", st.query_params.get("n", ""))[:15]
    choices.forget_unknown("n", steps)
    first, second = st.columns(2)
    if typed and int(typed) > steps[-1]:
        first.caption(f"The address has n = {int(typed):,}, but train has {steps[-1]:,} items: the curves end there.")
    n = first.select_slider(
        "Train items you can label, n", steps, value=steps[-1], key="n", bind="query-params", format_func=lambda size: f"{size:,}",
        help="Between two measured sizes, loss and accuracy are interpolated linearly in log n.",
    )  # fmt: skip
    prior, best = view.number("v_entropy", "dev") or of.curves.ceiling, float(np.nanmin(of.curves.loss))
    low, high = np.floor(100 * min(best, prior)) / 100, np.ceil(100 * max(prior, best + 0.1)) / 100
    target = view.number("epsilon", "dev") or best
    if not low <= (st.session_state.get("bits") or low) <= high:
        del st.session_state["bits"]  # another task's, whose losses lie elsewhere
    epsilon = second.slider(
        "Target loss ε, bits per item", float(low), float(high), float(np.clip(round(target, 2), low, high)), 0.01, key="bits",
        bind="query-params", help="Default: nine tenths of the V-information of the best layer of the first chosen run.",
    )  # fmt: skip
    if epsilon >= prior:
        second.caption(f"The label shares of train alone cost {prior:.2f} bits: this ε needs no learning.")
    elif epsilon < best:
        second.caption(f"No layer reaches less than {best:.2f} bits with all of train: at this ε every εSC is a bound.")
    return float(n), float(epsilon)


@frame.fragment
def budget(view: TaskView, of: LossCurves) -> None:
    """Curves, ranks and pairs at the chosen budget, read from stored curves. Nothing is trained."""
    st.subheader("Results at your budget", anchor=False)
    n, epsilon = choose_budget(view, of)
    ranked = of
    if view.baselines and not st.toggle("Random weights in the ranks", key="twins", bind="query-params"):
        ranked = of.some(lambda key: key[0] not in view.baselines)
    look = marks(view.requested, view.baselines)
    left, correct = st.columns([3, 2], gap="large")
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
        figure = loss_curves(rows, metric, series, n, epsilon, prior, control)
        export.figure(figure, f"{metric}-{view.task}", "loss-curves", f"{NAMED[metric]} of {view.task} against items of train")
        st.caption(
            "How to read it: probes are trained on growing parts of train and scored on the half of dev that was not used for selection. A curve "
            "that falls early and low means an easy layer. When it misleads: a small subset lacks classes, and its loss depends on the rule for "
            "unseen classes. Bands are over sentences and seeds."
        )
    most = float(ranked.curves.sizes[-1])
    whole = effort(ranked.curves, most, epsilon)
    table = ranks.rank_table(ranked.keys, whole if n >= most else effort(ranked.curves, n, epsilon), n)
    with correct:
        export.figure(rank_lines(table, look), f"ranks-{view.task}", "ranks", "Ranks under accuracy, codelength, SDL and εSC")
        st.caption(
            "How to read it: a line is a layer, with its number in the marker. Where lines cross, the rank depends on the measure. "
            f"{escape(ranks.summary(table, ranked, whole, n))} When it misleads: neighbouring ranks may differ by chance; the table below has the "
            "intervals of SDL and εSC."
        )
    alt = "Accuracy, codelength, SDL and εSC at this budget, with ranks"
    export.numbers(table, f"ranks-{view.task}-{n:.0f}-{epsilon:.2f}", "rank-numbers", alt, "The ranks in numbers")
    same_accuracy(view, ranked, whole, epsilon)
    cards.of_measures((metric, "codelength", "sdl", "esc", "epsilon"))


NAMED = {name: MEASURES.get(name).short for name in ("loss_at_n", "accuracy_at_n", "v_information")}


def same_accuracy(view: TaskView, of: LossCurves, whole: Effort, epsilon: float) -> None:
    st.subheader("Equal accuracy, different effort", anchor=False)
    own = curves.cells(view.records, view.task, view.probe)
    correct = curves.correct(view.root, tuple(own.items()), view.split)
    if correct is None:
        st.caption(f"These runs have no scored items on {escape(view.split)}.")
        return
    found = equal_accuracy.equal_accuracy(of, whole, correct, epsilon)
    if unpaired := [title(key) for key in of.keys if key not in found.keys]:
        st.caption(f"Left out, because they answered other items: {escape(', '.join(unpaired))}.")
    with st.container(border=True):
        st.markdown(escape(equal_accuracy.summary(found, view.task, view.split, epsilon)))
    figure = chart.scatter(found, marks(view.requested, view.baselines), view.split)
    export.figure(
        figure, f"equal-accuracy-{view.task}-{view.split}", "alike", f"Accuracy on {view.split} against items needed to reach ε"
    )
    st.caption(
        "How to read it: a marker is a layer; high is accurate, left is easy. A line joins two layers whose accuracies do not differ "
        "significantly (the interval of their difference, paired by sentence, includes 0) and whose εSC differ at least twofold. It is dotted "
        "where the interval of the ratio includes 1. When it misleads: not significant is not equal, and with few sentences no difference is "
        "significant. Many pairs are tested without a correction."
    )
    if found.pairs:
        table = equal_accuracy.pair_table(found)
        with st.expander(f"{many(len(found.pairs), 'pair')} of equal accuracy, twofold apart in effort", icon=":material/table:"):
            st.dataframe(
                table, hide_index=True, height="auto" if len(table) < 10 else 300, alt="Pairs of equal accuracy and different εSC"
            )
            export.table(table, f"equal-accuracy-{view.task}-{view.split}-{epsilon:.2f}", "pairs")


@frame.fragment
def frontiers(view: TaskView, of: LossCurves) -> None:
    """Accuracy or V-information against the complexity of the probe. The budget does not change it."""
    st.subheader("Complexity frontier", anchor=False)
    if frontier.points(view.table, view.task, view.probe, "accuracy").empty:
        st.caption(f"The {escape(view.probe)} probe has no complexity frontier in these runs.")
        return
    metric = st.segmented_control(
        "Frontier of", ["accuracy", "v_information"], default="accuracy", required=True, key="frontier", bind="query-params",
        format_func=lambda name: MEASURES.get(name).short, label_visibility="collapsed",
    ) or "accuracy"  # fmt: skip
    series = choose_series(view, of, "Frontiers of", "frontiers")
    trivial = trivial_baselines(view, metric)
    rows = frontier.with_frontier(frontier.points(view.table, view.task, view.probe, metric), trivial)
    figure = frontier_figure(rows, metric, series, trivial)
    export.figure(
        figure, f"frontier-{metric}-{view.task}", "frontier-chart", f"{metric} of {view.task} against the complexity of the probe"
    )
    st.caption(
        "How to read it: the staircase is the best score of a probe of at most this complexity; the dashed one is the control task. A layer that "
        "rises early and high is easy. When it misleads: it is one seed on one half of dev. Where the control rises too, the probe memorises words."
    )
    volumes = view.rows[view.rows["metric"] == "hypervolume"].drop(columns=["run"])
    alt = "Hypervolume of each layer's frontier, task and control"
    export.numbers(volumes, f"hypervolume-{view.task}", "volumes", alt, "Hypervolumes in numbers")
    cards.measure("hypervolume")


def trivial_baselines(view: TaskView, metric: str) -> dict[str, float]:
    """The trivial baseline: the majority on the scored half of dev, or 0 bits."""
    if metric != "accuracy":
        return {"task": 0.0, "control": 0.0}
    rows = view.table[
        (view.table["metric"] == "majority")
        & (view.table["split"] == "dev")
        & (view.table["task"] == view.task)
        & view.table["checkpoint"].isin(view.requested)
    ]
    return {
        "control" if "control" in str(text) else "task": float(value)
        for text, value in zip(rows["setting"], rows["value"], strict=True)
    }
