"""Exposed or learned, in a report: what fine-tuned checkpoints of a run hold of a task beside the frozen base."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from probing.analysis import exposure
from probing.analysis.exposure import ExposureQuestion, FrozenBase
from probing.errors import BadInput
from probing.figures.exposure import exposure_chart
from probing.reports.document import Bullets, Chart, DataTable, Paragraph, Part
from probing.reports.run_figures import caption
from probing.reports.stored_run import StoredRun, TaskAsked
from probing.reports.wording import about


class Exposed(NamedTuple):
    """`rows` are those of `analysis.exposure`, one a fine-tuned checkpoint; `notes` say what is left out."""

    asked: TaskAsked
    base: FrozenBase
    rows: pd.DataFrame
    notes: list[str]

    @property
    def finding(self) -> str:
        return exposure.summary(self.rows, self.base)


def found(run: StoredRun) -> list[Exposed]:
    """One for each task of which V-information was measured; none where no checkpoint was fine-tuned from the base on this text."""
    products, notes = exposure.products(run.entries, run.base, {run.record.corpus.hash})
    every: list[Exposed] = []
    for one in run.asked if products else ():
        question = ExposureQuestion(one.task, one.probe, one.split)
        random = next((name for name, of in run.random_of.items() if run.base in of and name != run.base), None)
        try:
            base = exposure.frozen(run.rows(one.task, one.probe), question, run.base, random)
        except BadInput:  # V-information was not measured
            continue
        rows, more = exposure.exposure(
            run.rows(one.task, one.probe), question, base, products, lambda name, one=one: run.items(name, one.task, one.probe), run.curves(one)  # type: ignore[misc]
        )  # fmt: skip
        if len(rows):
            every.append(Exposed(one, base, rows, [*notes, *more]))
    return every


def parts(run: StoredRun, every: list[Exposed]) -> list[Part]:
    """The chapter without its heading."""
    chapter: list[Part] = []
    for one in every:
        task = one.asked.task
        _, misleads = about("v_information")
        chapter.append(
            Chart.of(
                exposure_chart(one.rows, one.base),
                title=f"{task}: exposed or learned",
                finding=f"{one.finding}\n{exposure.base_summary(one.base, ExposureQuestion(task, one.asked.probe, one.asked.split))}",
                drawn=f"V-information on {task} of checkpoints tuned from {run.base}, each at its best layer on dev; grey: the frozen base.",
                facts=caption(run, one.asked, int(one.rows["n"].max())),
                read="A point is a fine-tuned checkpoint, a line is a method. Differences are paired by item, with a bootstrap over sentences. "
                f"Exposed: the interval excludes a gain of {exposure.MARGIN:.0%} of H(Y). Learned: the gain is larger, and its interval excludes 0.",
                misleads="With a stronger family of probes, what seems learned may turn out exposed. The intervals hold for these checkpoints, not "
                f"for other seeds of fine-tuning. {misleads}".strip(),
            )
        )
        chapter.append(
            Bullets(
                items=tuple(
                    exposure.product_summary({str(name): value for name, value in row.items()}, one.base)
                    for row in one.rows.to_dict("records")
                )
            )
        )
        if one.notes:
            chapter.append(Paragraph(text=" ".join(one.notes), role="note"))
        shown = one.rows.drop(columns=["selectivity"]).dropna(axis=1, how="all")
        chapter.append(DataTable.of(shown, title=f"{task}: fine-tuned checkpoints beside the frozen base", folded=True))
    return chapter
