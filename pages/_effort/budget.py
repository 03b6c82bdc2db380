"""A budget of n items and a target loss ε, and what layers need for it. Everything is read from stored curves; nothing is trained."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import streamlit as st

from pages.shared import chart, choices, jobs
from pages.shared.view import TaskView
from pages.shared.wording import escape
from probing.analysis.data_needed import by_layer, data_needed, headline
from probing.analysis.loss_curves import LossCurves
from probing.figures import data_needed as figures
from probing.measures.effort import Effort, effort


class Budget(NamedTuple):
    """The curves `of` the chosen runs, the items `n` that one can label and the target loss `epsilon`, in bits an item."""

    view: TaskView
    of: LossCurves
    n: float
    epsilon: float

    @property
    def most(self) -> float:
        return float(self.of.curves.sizes[-1])

    def effort(self, n: float | None = None) -> Effort:
        """Of one who has `n` items, by default those of the budget."""
        return effort(self.of.curves, self.n if n is None else n, self.epsilon)

    def without_random(self) -> Budget:
        """The same without random weights."""
        return self._replace(of=self.of.some(lambda key: key[0] not in self.view.baselines))


def choose(view: TaskView, of: LossCurves) -> Budget:
    """The sliders. A caption says where no layer reaches ε, or where it needs no vectors."""
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
    return Budget(view, of, float(n), float(epsilon))


def picture(budget: Budget, depths: dict[str, int] | None) -> None:
    """The items that each layer needs, and who needs the fewest."""
    view, of, n, epsilon = budget
    found = data_needed(of, epsilon)
    apart = f" Left out, because their sizes of train differ: {', '.join(of.apart)}." if of.apart else ""
    chart.show(
        figures.data_needed(
            by_layer(found, view.task, view.probe), view.requested, view.baselines, n, found.most, depths, view.look
        ),
        f"esc-{view.task}-{epsilon:.2f}",
        "needed",
        f"Items of train that the {view.probe} probe needs to reach {epsilon:.2f} bits an item on {view.task}, by layer, log scale; bands are 95 % "
        f"intervals, a hollow triangle needs more than all of train.{apart}",
        chart.about(
            "esc",
            "Grey is the best of random weights, where they reach ε; the dashed line is your budget n. Ratios in the sentence have 95 % intervals of "
            "a bootstrap of sentences and seeds.",
            ["epsilon"],
            view.probe,
        ),
        headline(found, view.requested, view.task, n),
    )


def nothing(view: TaskView) -> None:
    st.caption(f"These runs have no loss–data curve of {escape(view.task)} with the {escape(view.probe)} probe.")


def common_dimension(view: TaskView) -> None:
    """Says how vectors of different width are made comparable, or that they are not."""
    for size in sorted({record.spec.dimension for record in view.records if record.spec.dimension}):
        st.caption(f"Vectors are reduced to their first {size} principal components (fitted on train, standardised).")
    widths = sorted({view.entries[name].hidden for name in view.requested})
    full_width_runs = [record for record in view.records if not record.spec.dimension]
    if len(widths) > 1 and full_width_runs:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                f"Vectors have {' and '.join(map(str, widths))} dimensions: a wider vector gives its probe more information.",
                width="stretch",
            )
            link = jobs.question(full_width_runs[0].spec) | {"dimension": str(widths[0])}
            st.page_link("pages/new_run.py", label="Compare at a common dimension", icon=":material/compress:", query_params=link)
