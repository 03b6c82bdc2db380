"""Predict: fine-tuning scores from probe results; cross-validated first, the published method beside it."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages._predict import table_source
from pages.shared import chart, controls, export, frame, jobs, sections
from pages.shared.wording import escape, many, size
from probing import precision
from probing.execution import queue
from probing.figures import prediction as charts
from probing.prediction import Prediction, Table, answer, honest, paper, planner, predict, regularised, score_new
from probing.prediction.baselines import rmse
from probing.prediction.subsets import LARGEST, subsets
from probing.settings import Settings

MOST_CACHED = 64
AT_ONCE = 500_000  # subsets that are searched without a button
OUTCOMES = {
    "probes": "A reliable part remains",
    "families": "Not better than family or chance",
    "nothing": "No reliable prediction",
}


@st.cache_resource(show_spinner=False)
def memory() -> OrderedDict[tuple[Any, ...], Any]:
    """Answers by what they were computed from. Not st.cache_data: it cannot replay a bar that moves while it computes."""
    return OrderedDict()


def remember(key: tuple[Any, ...], value: Any) -> Any:
    memory()[key] = value
    while len(memory()) > MOST_CACHED:
        memory().popitem(last=False)
    return value


def fingerprint(table: Table) -> str:
    """A digest of all that an answer reads from the table."""
    parts = [repr((table.checkpoints, table.families, table.features)).encode(), table.x.tobytes()]
    parts += [
        f"{name}{values}".encode() if isinstance(values, str) else name.encode() + values.tobytes()
        for name, values in table.columns.items()
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def ask(table: Table) -> tuple[str, int]:
    """Target and number of features, each bound to the URL."""
    first, second = st.columns([2, 3], vertical_alignment="bottom")
    target = first.selectbox("Predict", table.targets, key="target", bind="query-params")
    k = second.segmented_control(
        "Features", list(range(1, LARGEST + 1)), default=3, required=True, key="k", bind="query-params",
        help="How many probe features a prediction reads. All subsets of that size are tried.",
    )  # fmt: skip
    return target, k or 3


def choose_permutations() -> int:
    return int(
        st.number_input(
            "Permutations", 0, answer.MOST_PERMUTATIONS, answer.PERMUTATIONS, 100, key="permutations", bind="query-params",
            help="Scores are permuted among the members of each family and the search is made again each time. "
            "p is the share of permutations that the best features fit as well in sample as the scores themselves.",
        )
    )  # fmt: skip


def correct(table: Table, key: str) -> Table:
    """Families as the table or the names say, shown for correction."""
    st.caption(
        f"{many(len(set(table.families)), 'family', 'families')}: which checkpoints are related. Click one to correct it; results by family follow."
    )
    edited = st.data_editor(
        pd.DataFrame({"checkpoint": table.checkpoints, "family": table.families}),
        hide_index=True, disabled=["checkpoint"], key=f"families-{key[:12]}", height=240,
    )  # fmt: skip
    names = [
        str(name).strip() if pd.notna(name) and str(name).strip() else own
        for name, own in zip(edited["family"], table.families, strict=True)
    ]
    return replace(table, families=tuple(names))


def answered(table: Table, key: str, target: str, k: int, permutations: int) -> Prediction | None:
    """The answer, cached or computed under a progress bar; None until a long search is requested."""
    wanted = ("answer", key, target, k, permutations)
    if wanted in memory():
        return memory()[wanted]
    answer.refuse(table, k, permutations)
    count = subsets(len(table.features), k)
    if count > AT_ONCE and not st.button(f"Search {count:,} subsets", icon=":material/play_arrow:", type="primary"):
        st.caption("This takes one or two minutes: every subset is fitted in every fold, also for noise and permuted scores.")
        return None
    bar = st.progress(0.0, text="Searching")
    found = predict(table, target, k, permutations, 0, lambda stage, done, total: bar.progress(done / max(1, total), text=stage))
    bar.empty()
    return remember(wanted, found)


def side_by_side(found: Prediction) -> None:
    """Both modes, and which part of the prediction is reliable."""
    st.markdown(escape(found.sentence()))
    left, right = st.columns([3, 2])
    with left.container(border=True, height="stretch"):
        st.markdown("**Cross-validated**: features are chosen and fitted without the predicted checkpoint")
        columns = st.columns(4)
        value, low, high = found.against_mean
        columns[0].metric("Leave one out", f"{found.loo_rmse:.4f}", help="RMSE; features are chosen anew for each checkpoint.")
        out = found.lofo_rmse
        columns[1].metric("Family out", "not known" if out is None else f"{out:.4f}", help="RMSE; the whole family is left out.")
        columns[2].metric(
            "Family mean", f"{found.family_mean_rmse:.4f}", help="RMSE of the mean of the other family members, without probes."
        )
        columns[3].metric("Mean", f"{found.mean_rmse:.4f}", help="RMSE of the mean of all other checkpoints, without probes.")
        p = (
            ""
            if found.p_within_family is None
            else f"; p within families {found.p_within_family:.3f} ({found.permutations:,} permutations)"
        )
        st.caption(
            f"Reduction against the mean: {answer.percent(value)} % [{answer.percent(low)}, {answer.percent(high)}]{p}. The same search in as many "
            f"noise features leaves {found.noise_loo_rmse:.4f}, on permuted rows {found.permuted_loo_rmse:.4f}."
        )
    with right.container(border=True, height="stretch"):
        st.markdown("**As published**: in sample")
        columns = st.columns(2)
        columns[0].metric(
            "In sample", f"{found.paper.rmse:.4f}", help="RMSE on the rows that the features were chosen and fitted on."
        )
        columns[1].metric(
            "Reduction", f"{100 * found.paper.reduction:.0f} %",
            help=f"Compared with {many(found.k, 'noise feature')} without selection. The best of as many noise features reaches "
            f"{100 * found.noise_reduction:.0f} %.",
        )  # fmt: skip
        st.caption(
            f"Features: {escape(', '.join(found.features))}. This measures the fit on known checkpoints, not the prediction of a new one."
        )


def verdict(found: Prediction) -> None:
    """The verdict, and predicted against measured."""
    chart.show(
        charts.measured_against_predicted(pd.DataFrame(found.rows()), found.target),
        f"predicted-{found.target}",
        "predicted",
        f"{found.target} as predicted without the checkpoint, against {found.target} as measured.",
        chart.Help(
            f"A point on the line is predicted exactly; bars contain {100 * found.level:.0f} % of checkpoints like these.",
            "Two distant families form a line even if nothing is predicted within each of them.",
        ),
        f"{OUTCOMES[found.survives]}: on checkpoints left out, the error is {found.loo_rmse:.4f}; the family mean leaves "
        f"{found.family_mean_rmse:.4f}, the mean of all others {found.mean_rmse:.4f}.",
    )


def predictions(found: Prediction) -> None:
    rows = pd.DataFrame(found.rows())
    chart.plain(charts.residuals_by_family(rows, found.target), f"residuals-{found.target}", "residuals", "Residuals by family")
    st.caption(
        "How to read it: filled markers are predicted without the checkpoint, open ones without its whole family. "
        "When it misleads: with few members a column is narrow by chance."
    )
    shown = rows.assign(features=[", ".join(names) for names in rows["features"]])
    st.dataframe(shown, hide_index=True, height=300, alt="Predictions by checkpoint")
    export.table(shown, f"predictions-{found.target}", "predictions")


def chosen(found: Prediction) -> None:
    chart.plain(
        charts.choices(found.chosen, found.features), f"chosen-{found.target}", "chosen", "How often each feature was chosen"
    )
    st.caption(
        "How to read it: full bars are the features of the model on all rows; a feature that most folds choose does not depend on one "
        "checkpoint. When it misleads: neighbouring layers replace each other, so a rare choice may be as good as a frequent one."
    )
    table = pd.DataFrame({"feature": list(found.chosen), "share": list(found.chosen.values())})
    st.dataframe(
        table, hide_index=True, column_config={"share": st.column_config.NumberColumn("share of folds", format="percent")}
    )
    export.table(table, f"chosen-{found.target}", "chosen-table")


def how_many(table: Table, key: str, found: Prediction) -> None:
    y = table.target(found.target)
    most = min(max(3, found.k), len(table.features), len(y) - 3)
    rows = []
    with st.spinner("Searching each number of features …"):
        for k in range(1, most + 1):
            wanted = ("k", key, found.target, k)
            if wanted not in memory():
                inside = paper.in_sample(table.x, y, k, 0)
                out = honest.nested(table.x, y[:, None], k, np.arange(len(y)))
                remember(wanted, (np.nan if inside is None else inside.rmse, rmse(out.predicted[:, 0] - y)))
            rows.append((k, *memory()[wanted]))
    sweep = pd.DataFrame(rows, columns=["k", "in_sample", "honest"])
    base = {"family mean": found.family_mean_rmse, "mean": found.mean_rmse}
    chart.plain(charts.errors_by_k(sweep, base, found.target), f"features-{found.target}", "sweep", "Error by number of features")
    st.caption(
        "How to read it: the error in sample always falls. Where the cross-validated line rises, more features predict less well. "
        "When it misleads: the number with the lowest cross-validated error is chosen on the same rows, so its error is too low."
    )
    export.table(sweep, f"features-{found.target}", "sweep-table")


def penalties(table: Table, key: str, found: Prediction) -> None:
    kind: Any = st.segmented_control(
        "Penalty", ["ridge", "lasso"], default="ridge", required=True, key="penalty", bind="query-params"
    )
    y = table.target(found.target)
    wanted = ("path", key, found.target, kind)
    if wanted not in memory():
        bar = st.progress(0.0, text="Leaving one checkpoint out")
        remember(wanted, regularised.path(table.x, y, kind, lambda done, total: bar.progress(done / total)))
        bar.empty()
    path: regularised.Path = memory()[wanted]
    first, second, third = st.columns(3)
    first.metric(f"{kind.capitalize()}, leave one out", f"{rmse(path.predicted - y):.4f}", border=True)
    second.metric(f"Best {found.k}, leave one out", f"{found.loo_rmse:.4f}", border=True)
    third.metric("Family mean", f"{found.family_mean_rmse:.4f}", border=True)
    figure = charts.penalty_path(path.penalties, path.coefficients, table.features, path.chosen)
    chart.plain(figure, f"{kind}-{found.target}", "penalties", f"Coefficients along the {kind} path")
    st.caption(
        "How to read it: a line is the weight of a feature by penalty; the dotted line is the penalty chosen on all rows. "
        "When it misleads: correlated features share their weight, so a feature with a small weight may still be useful."
    )


def new_checkpoint(table: Table, found: Prediction, waiting: pd.DataFrame | None, settings: Settings) -> None:
    """Which probes to run, what they cost, and the prediction once they are there."""
    st.markdown(f"To predict {escape(found.target)} of a new checkpoint, run {many(found.k, 'probe')}:")
    plan = planner.probes(found.features)
    st.dataframe(
        pd.DataFrame(
            {
                "feature": [probe.feature for probe in plan],
                "task": [probe.task or "none of Strata's" for probe in plan],
                "layer": [probe.layer for probe in plan],
                "chosen in folds": [found.chosen.get(probe.feature, 0.0) for probe in plan],
            }
        ),
        hide_index=True, height="content", column_config={"chosen in folds": st.column_config.NumberColumn(format="percent")},
    )  # fmt: skip
    cost(plan, settings)
    st.markdown("**Predict**")
    columns = st.columns(found.k + 1, vertical_alignment="bottom")
    x = [
        column.number_input(name, value=None, key=f"new-{name}", format="%.4f", placeholder="its score")
        for column, name in zip(columns, found.features, strict=False)
    ]
    if all(value is not None for value in x):
        value, low, high = score_new(found, np.array([x], float))[0]
        columns[-1].metric(found.target, f"{value:.4f}")
        st.caption(
            f"{100 * found.level:.0f} % interval [{low:.4f}, {high:.4f}], from errors on held-out checkpoints. {escape(found.sentence())}"
        )
        outside = [
            name for name, value in zip(found.features, x, strict=True)
            if not table.x[:, table.features.index(name)].min() <= float(value or 0) <= table.x[:, table.features.index(name)].max()
        ]  # fmt: skip
        if outside:
            st.warning(f"Outside the range of the table: {escape(', '.join(outside))}.", icon=":material/warning:")
    if waiting is not None and not waiting.empty:
        scored = score_new(found, waiting[list(found.features)].to_numpy(float))
        ready = pd.DataFrame(scored, columns=["predicted", "lower", "upper"])
        ready.insert(0, "checkpoint", waiting["checkpoint"].to_numpy())
        st.markdown("**Probed here, without a score yet**")
        st.dataframe(ready, hide_index=True)
        export.table(ready, f"new-{found.target}", "new-table")


def cost(plan: list[planner.Probe], settings: Settings) -> None:
    elsewhere = [probe.feature for probe in plan if probe.task is None]
    if elsewhere:
        st.caption(
            f"Measure these as in your table, because no task here has their names: {escape(', '.join(elsewhere))}. Their cost is unknown."
        )
    if len(elsewhere) == len(plan):
        return
    st.caption("A score measured here replaces one of the table only if both use the same corpus and probe.")
    first, second, third = st.columns([2, 2, 1], vertical_alignment="bottom")
    checkpoint = first.text_input(
        "New checkpoint",
        key="new",
        bind="query-params",
        placeholder="Name, folder or hub id",
        help=controls.CHECKPOINT_HELP,
    )
    corpus = second.text_input("Probed on", "grammar", key="on", bind="query-params", help=controls.CORPUS_HELP)
    if not checkpoint or not corpus:
        return
    spec = planner.question(plan, controls.refuse_dots(checkpoint), controls.refuse_dots(corpus))
    if spec is None:
        return
    with st.spinner("Counting …"):
        queue.measured(frame.store(), precision.resolve_device(settings.device))
        found = planner.cost(spec, settings, frame.store())
    third.metric("Cost", found.time)
    st.caption(f"{size(found.disk_bytes)} of vectors. {escape(found.basis)}")
    st.caption(
        "Tasks with these names are derived from the chosen corpus, not from the files of SentEval, so scores on those files do not compare "
        "with them. Run the same tasks here on every checkpoint of your table, and predict from these."
    )
    st.page_link(
        "pages/new_run.py", label="Run them", icon=":material/play_circle:",
        query_params=jobs.question(spec),
    )  # fmt: skip


def main() -> None:
    """The verdict and its chart first; what they are of is folded below, and open as long as no table is given."""
    settings = frame.settings()
    shown = st.container()
    given = any(st.session_state.get(name) or st.query_params.get(name) for name in ("table", "scores"))
    with st.expander("Table, families and permutations", icon=":material/tune:", expanded=not given):
        brought = table_source.choose(settings)
        if brought is None:
            return
        table = brought.check()
        for name, trouble in ((name, values) for name, values in table.columns.items() if isinstance(values, str)):
            st.caption(f":material/block: {escape(name)} is no target. {escape(trouble)}")
        if not table.targets:
            st.caption("No column holds scores in every row, so there is nothing to predict.")
            return
        left, right = st.columns(2)
        family = left.selectbox(
            "Families from",
            list(table.columns),
            index=None,
            key="family",
            bind="query-params",
            placeholder="the names, without _corr_N",
            help="A column that says which checkpoints are relatives.",
        )
        with right:
            permutations = choose_permutations()
        if family:
            table = brought.check(family)
        table = correct(table, fingerprint(table))
    with shown:
        target, k = ask(table)
        key = fingerprint(table)
        found = answered(table, key, target, k, permutations)
        if found is None:
            return
        for warning in found.warnings:
            st.caption(f":material/warning: {escape(warning)}")
        verdict(found)
        waiting = brought.waiting
        sections.show(
            {
                "Both modes": lambda: side_by_side(found),
                "Predictions": lambda: predictions(found),
                "Features": lambda: chosen(found),
                "How many": lambda: how_many(table, key, found),
                "Ridge and lasso": lambda: penalties(table, key, found),
                "A new checkpoint": lambda: new_checkpoint(table, found, waiting, settings),
            },
            key="view",
        )


frame.title(
    "Predict",
    "Predicts fine-tuning scores from probe results, and shows how well that holds on unseen checkpoints.",
    makes=True,
)
with frame.forgiving():
    main()
