"""What became of a sweep: the size curve, who leads where, every training, the rates that pilots chose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from cache.jobs import Job
from cache.store import Store
from pages._lab import tuning_form
from pages.shared import cards, choices, export, frame, jobs
from pages.shared.wording import many, plain, size
from probing import measures
from probing.analysis.size_curves import COLLAPSED, DIVERGED, means, points, summary
from probing.checkpoints import products
from probing.errors import BadInput
from probing.figures.size_curve import size_curve
from probing.settings import Settings
from probing.sweeps import Arm, Sweep, SweepSpec, plan
from probing.tuning import METHODS
from probing.tuning.method import method_of


def show(asked: Sweep, store: Store) -> None:
    """The job while it is one, and whatever is done, drawn as it comes."""
    answers = asked.answers(store)
    job = store.jobs.get(asked.run)
    if job is not None and job.state != "done":
        jobs.panel(asked.run, store, "sweep-job")
    if job is not None and job.state in jobs.LIVE:
        frame.fragment(_follow, run_every="3s")(asked, store, len(answers))
    if answers:
        table = asked.table(store)
        if len(table):
            curve(asked, answers, table)
        arms(asked, answers, table, store)
    elif job is None or job.state == "done":
        st.caption("Nothing of it is in the store: start it again from Fine-tune.")
    pilots(asked, store)
    if notes := asked.notes(store):
        with st.expander(many(len(notes), "note") + " on these trainings", icon=":material/info:", expanded=len(notes) < 3):
            for note in notes:
                st.markdown(f"- {plain(note)}")


def _follow(asked: Sweep, store: Store, drawn: int) -> None:
    """Draw the page again when another training is done."""
    if len(asked.answers(store)) != drawn:
        st.rerun()


def curve(asked: Sweep, answers: list[tuple[Arm, dict[str, Any]]], table: pd.DataFrame) -> None:
    """The chart, what it says in words, how to read it, its numbers."""
    what = tuning_form.counted(asked.source.hash, asked.spec.task, asked.spec.column, asked.source)
    available = what.sentences["train"]
    left, right = st.columns(2)
    metric = choices.menu(left, "Score", list(dict.fromkeys(table["metric"])), "score", format_func=measures.axis)
    splits = sorted(dict.fromkeys(table["split"]), key=lambda split: (split == "dev", split != "test"))
    split = choices.menu(right, "Scored on", splits, "split")
    lost = [
        (arm.spec.method, available if arm.size == "all" else int(arm.size), arm.spec.seed)
        for arm, facts in answers
        if facts[DIVERGED]
    ]
    scored = points(table, metric, split, lost)
    middle = means(scored)
    methods = [name for name in asked.spec.methods if (scored["method"] == name).any()]
    with st.container(border=True):
        for sentence in summary(scored, methods):
            st.markdown(plain(sentence))
    export.figure(
        size_curve(scored, middle, methods, metric, what.majority.get((split, metric)), available),
        f"sizes-{Path(asked.parent.name).name}-{metric}",
        "size-curve",
        f"{measures.axis(metric)} on {split} against train sentences, a line a method",
    )
    seeds = "there is one seed, so the band is a 95 % bootstrap over sentences and knows nothing of other seeds"
    if asked.spec.seeds > 1:
        seeds = (
            "small signs are seeds; the band is 95 %: Student's t over seeds and a bootstrap over the test sentences, added as squares "
            "(with two or three seeds it is wide by right)"
        )
    st.caption(
        f"How to read it: a line is the mean of a method's trainings at each size; {seeds}. All have the same steps and batches, a smaller "
        "size is drawn from a larger one, and the weights that dev liked best are scored. The majority is what train's commonest "
        "answer scores; the axis does not begin at 0. A cross is a training that collapsed to one answer or whose loss diverged; it stays "
        "in the mean where it has a score. When it misleads: methods differ in the rate that suits them, and a rate was recorded on "
        "other data (take the grid); few steps favour what moves fast; few seeds hide how much a draw of 64 sentences matters."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for name in dict.fromkeys(method_of(method)[0].card.name for method in methods):
            cards.popover(METHODS.get(name).card)
        if metric in measures.MEASURES:
            cards.measure(metric)
    with st.expander("The numbers", icon=":material/table:"):
        st.dataframe(middle, hide_index=True, alt="Means over seeds with intervals, and without what went wrong")
        export.table(middle, "sizes", "sizes-table")


def arms(asked: Sweep, answers: list[tuple[Arm, dict[str, Any]]], table: pd.DataFrame, store: Store) -> None:
    """A row a training; one that is chosen has its links."""
    st.subheader("Every training", anchor=False)
    kept = set(products.listed(store.root))
    rows = [_row(arm, facts, table, kept) for arm, facts in answers]
    shown = pd.DataFrame(rows).dropna(axis=1, how="all")
    event: Any = st.dataframe(
        shown,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="arms",
        column_config={
            "values": st.column_config.NumberColumn("values", format="localized", help="Of the encoder, that trained."),
            "share": st.column_config.NumberColumn("share", format="percent"),
            "rate": st.column_config.NumberColumn("rate", format="%.2g"),
            "best step": st.column_config.NumberColumn("best step", help="Whose weights dev liked best."),
        }
        | {name: st.column_config.NumberColumn(name, format="%.4f") for name in shown.columns if ": " in str(name)},
        alt="Every training that is done",
    )
    st.caption("Tick a row to probe its checkpoint, to hold it against its parent, or to delete it.")
    export.table(shown, "trainings", "arms-table")
    probe_all(asked, [str(arm.product) for arm, _ in answers if arm.spec.seed == 0 and arm.product in kept])
    picked = [index for index in event["selection"]["rows"] if index < len(answers)]
    if picked:
        product = answers[picked[0]][0].product
        if product not in kept:
            st.caption("Of this training no checkpoint was kept, or it has been deleted; its scores stay.")
        else:
            product_links(str(product), asked.parent.spec, store)


def probe_all(asked: Sweep, first: list[str]) -> None:
    """A link that asks, of the parent and what the first seed made, what each holds of the text that they were tuned on."""
    if first:
        st.page_link(
            "pages/new_run.py",
            label="Probe all of the first seed beside their parent",
            icon=":material/biotech:",
            query_params={"checkpoint": [asked.parent.spec, *first], "corpus": asked.source.spec, "measure": "decodability"},
            help="Then Compare says what each answers differently, and whether it was exposed or learned.",
        )


def _row(arm: Arm, facts: dict[str, Any], table: pd.DataFrame, kept: set[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "method": arm.spec.method,
        "size": str(arm.size),
        "seed": arm.spec.seed,
        "rate": arm.spec.lr,
        "values": facts["trainable"]["parameters"],
        "share": facts["trainable"]["fraction"],
        "best step": facts.get("best_step"),
        "seconds": facts.get("seconds"),
        "state": DIVERGED if facts[DIVERGED] else COLLAPSED if facts.get(COLLAPSED) else None,
    }
    settings = [json.loads(text) for text in table["setting"].astype(str)]
    count = None if facts[DIVERGED] else facts["data"]["train"]
    own = [
        one.get("method") == arm.spec.method and one.get("train") == count and seed == arm.spec.seed
        for one, seed in zip(settings, table["seed"].tolist(), strict=True)
    ]
    for row in table[own].itertuples():
        told[f"{row.split}: {row.metric}"] = row.value
    return told | {"product": arm.product if arm.product in kept else None}


def product_links(name: str, parent: str, store: Store) -> None:
    """What can be done with a product: probe it, hold it against its parent, look at it, delete it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(name)}**", width="content")
        st.page_link("pages/new_run.py", label="Probe it", icon=":material/play_circle:", query_params={"checkpoint": [name]})
        st.page_link(
            "pages/new_run.py",
            label="Compare with its parent",
            icon=":material/compare_arrows:",
            query_params={"checkpoint": [parent, name]},
        )
        st.page_link("pages/checkpoints.py", label="Look at it", icon=":material/memory:", query_params={"checkpoint": name})
        with st.popover("Delete", icon=":material/delete:", type="tertiary", key=f"delete-{name}"):
            st.write("Delete this checkpoint? Its scores and what was probed stay; it can be had again only by training anew.")
            if st.button("Delete it", type="primary", key=f"delete-sure-{name}"):
                with frame.forgiving():
                    freed = products.remove(name, store.root)
                    st.toast(plain(f"{name} is deleted: {size(freed)} freed."))
                    st.rerun()


def pilots(asked: Sweep, store: Store) -> None:
    """The rates that were tried and what dev said, the chosen one marked; nothing where the recorded ones were taken."""
    if asked.spec.rates == "recorded":
        return
    chosen = asked.chosen(store)
    rows = [
        {
            "method": pilot.spec.method,
            "rate": pilot.spec.lr,
            "dev score": store.results.cell_facts(pilot.id)["dev_score"],
            "chosen": chosen.get(pilot.spec.method) == pilot.spec.lr,
        }
        for pilot in asked.pilots()
        if store.results.has_cell(pilot.id)
    ]
    if rows:
        st.subheader("Learning rates, chosen on dev", anchor=False)
        table = pd.DataFrame(rows)
        st.dataframe(
            table, hide_index=True, height="content", column_config={"rate": st.column_config.NumberColumn(format="%.2g")}
        )
        st.caption(
            "Each was tried once, at the middle size under the first seed, and dev alone was read. One without a score diverged."
        )
        export.table(table, "rates", "rates-table")


def asked_by(job: Job, settings: Settings) -> Sweep:
    """The sweep that a job asks. Raises BadInput where its parent or data are gone or changed."""
    asked = plan(SweepSpec.parse(job.spec), settings, settings.page_roots())
    if asked.run != job.run:
        raise BadInput(
            f"The data, the checkpoint or the recorded rates of “{job.label}” changed since, and its scores belong to what was: start it again."
        )
    return asked
