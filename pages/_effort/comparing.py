"""Layers beside each other, on Effort: their ranks at the budget, and pairs of equal accuracy that need different amounts of data."""

from __future__ import annotations

import streamlit as st

from pages._effort.budget import Budget
from pages.shared import chart, curves, export, facts
from pages.shared.wording import escape, many
from probing.analysis import equal_accuracy, ranks
from probing.analysis.loss_curves import title
from probing.figures.equal_accuracy import scatter
from probing.figures.marks import marks
from probing.figures.ranks import rank_lines


def without_random(budget: Budget) -> Budget:
    """Random weights are left out unless they are asked for."""
    if budget.view.baselines and not st.toggle("Random weights", key="twins", bind="query-params"):
        return budget.without_random()
    return budget


def ranked(budget: Budget) -> None:
    """Which layer is easiest, by accuracy, codelength, SDL and εSC."""
    budget = without_random(budget)
    view, of, n, epsilon = budget
    whole = budget.effort(budget.most)
    table = ranks.rank_table(of.keys, whole if n >= budget.most else budget.effort(), n)
    chart.show(
        rank_lines(table, marks(view.requested, view.baselines, view.look)),
        f"ranks-{view.task}",
        "ranks",
        f"Ranks of the layers on {view.task} with {n:,.0f} items at ε = {epsilon:.2f} bits, the easiest at the top.",
        chart.Help(
            "A line is a layer, with its number in the marker. Where lines cross, the rank depends on the measure.",
            "Neighbouring ranks may differ by chance; the table below has the intervals of SDL and εSC.",
            ["codelength", "sdl", "esc"],
            view.probe,
        ),
        ranks.summary(table, of, whole, n),
    )
    alt = "Accuracy, codelength, SDL and εSC at this budget, with ranks"
    export.numbers(table, f"ranks-{view.task}-{n:.0f}-{epsilon:.2f}", "rank-numbers", alt, "The ranks in numbers")


def alike(budget: Budget) -> None:
    """Pairs of layers with the same accuracy and an unlike need of data, with all of train."""
    budget = without_random(budget)
    view, of, _, epsilon = budget
    correct = curves.correct(view.root, tuple(curves.cells(view.records, view.task, view.probe).items()), view.split)
    facts.remember(split=view.split)
    if correct is None:
        st.caption(f"These runs have no scored items on {escape(view.split)}.")
        return
    found = equal_accuracy.equal_accuracy(of, budget.effort(budget.most), correct, epsilon)
    unpaired = ", ".join(title(key) for key in of.keys if key not in found.keys)
    chart.show(
        scatter(found, marks(view.requested, view.baselines, view.look), view.split),
        f"equal-accuracy-{view.task}-{view.split}",
        "alike",
        f"Accuracy on {view.split} against the items needed to reach {epsilon:.2f} bits; a marker is a layer."
        + (f" Left out, because they answered other items: {unpaired}." if unpaired else ""),
        chart.Help(
            "High is accurate, left is easy. A line joins two layers whose accuracies do not differ significantly (the interval of their difference, "
            "paired by sentence, includes 0) and whose εSC differ at least twofold. It is dotted where the interval of the ratio includes 1.",
            "Not significant is not equal, and with few sentences no difference is significant. Many pairs are tested without a correction.",
            ["esc"],
            view.probe,
        ),
        equal_accuracy.summary(found, view.task, view.split, epsilon),
    )
    if found.pairs:
        table = equal_accuracy.pair_table(found)
        with st.expander(f"{many(len(found.pairs), 'pair')} of equal accuracy, twofold apart in effort", icon=":material/table:"):
            st.dataframe(
                table, hide_index=True, height="auto" if len(table) < 10 else 300, alt="Pairs of equal accuracy and different εSC"
            )
            export.table(table, f"equal-accuracy-{view.task}-{view.split}-{epsilon:.2f}", "pairs")
