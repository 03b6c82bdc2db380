"""The figures of a run's report, each with its sentence and its caption. They are those of the pages."""

from __future__ import annotations

import pandas as pd

from probing import measures
from probing.analysis import changes, floors, layer_grid
from probing.analysis import differences as paired
from probing.analysis.data_needed import DataNeeded, by_layer, data_needed
from probing.analysis.data_needed import headline as data_headline
from probing.analysis.rows import rows_over_seeds
from probing.figures import data_needed as data_figures
from probing.figures.difference_panels import difference_panels
from probing.figures.heatmap import layer_by_task
from probing.figures.layer_curves import over_floor
from probing.figures.overview import other_depths, small_multiples
from probing.figures.tree_curves import tree_curves
from probing.probes import FAMILIES
from probing.reports.compared import Differences, surest, tested
from probing.reports.document import Chart, DataTable, Fact, Paragraph, Part, facts
from probing.reports.stored_run import StoredRun, TaskAsked
from probing.reports.wording import about, capital, some

MOST_LINES = 12  # checkpoints that a chart draws
MOST_ROWS = 8  # checkpoints of the chart of differences
MOST_COLUMNS = 6  # tasks side by side in the chart of differences
POINT = (
    "A point is one probe trained on one layer; the band is its 95 % interval. The grey floor is the best of random weights and of "
    "what needs no vectors."
)
LONG = 40  # rows from which a table is folded


def caption(run: StoredRun, one: TaskAsked | None = None, n: int | None = None) -> tuple[Fact, ...]:
    """The facts below a chart."""
    return facts(
        checkpoints=some(run.requested, 4),
        corpus=run.record.corpus.name,
        split=one.split if one else None,
        n=f"{n:,} items" if n else None,
        probe=one.probe if one else some(list(run.record.probes)),
        intervals="95 %, sentence bootstrap",
        date=run.record.finished[:10],
        run=run.record.run,
    )


def drawn_lines(run: StoredRun, one: TaskAsked) -> tuple[list[str], str]:
    """The checkpoints that a chart draws, and a sentence where it draws not all: the base and those with the best values."""
    if len(run.requested) <= MOST_LINES:
        return run.requested, ""
    found = floors.highlights(run.question(one), run.requested, run.chosen(one))
    sign = -1 if measures.MEASURES.get(one.metric).better == "less" else 1
    ranked = [name for name, _, _ in sorted(found, key=lambda row: -sign * row[2]) if name != run.base][: MOST_LINES - 1]
    drawn = [name for name in run.requested if name == run.base or name in ranked]
    return (
        drawn,
        f" {len(drawn)} of {len(run.requested)} checkpoints are drawn: {run.base} and those with the best values; the table has all.",
    )


def curves(run: StoredRun, one: TaskAsked) -> Chart:
    """The measure by layer over its baselines."""
    names, left_out = drawn_lines(run, one)
    question = run.question(one)
    baselines = [name for name, of in run.random_of.items() if set(of) & set(names) and name not in run.requested]
    if FAMILIES.get(one.probe).kind == "trees":
        figure = tree_curves(question, names, baselines, run.depths, known=run.look)
    else:
        figure = over_floor(question, names, baselines, run.depths, known=run.look).checked()
    rows = rows_over_seeds(*question)
    n = int(rows["n"].max()) if rows["n"].notna().any() else None
    read, misleads = about(one.metric)
    return Chart.of(
        figure,
        title=f"{one.task}: {measures.axis(one.metric)} by layer",
        finding=run.finding(one),
        drawn=f"{capital(measures.axis(one.metric))} of {one.task} by layer on {one.split}, {one.probe} probe; bands are 95 % intervals, grey "
        f"the best baseline.{left_out}",
        facts=caption(run, one, n),
        read=f"{POINT} {read}".strip(),
        misleads=misleads,
    )


def multiples(run: StoredRun) -> Chart:
    """A panel a task."""
    first = list({one.task: one for one in reversed(run.asked)}.values())[::-1]
    rows = []
    for one in first:
        names, _ = drawn_lines(run, one)
        own = rows_over_seeds(*run.question(one))
        own = own[(own["layer"] >= 0) & own["checkpoint"].isin(names)][["checkpoint", "layer", "value"]]
        rows.append(own.astype({"layer": int, "checkpoint": str}).assign(task=one.task))
    table = pd.concat(rows, ignore_index=True)
    table = table.assign(depth=table["checkpoint"].map({name: entry.layers for name, entry in run.entries.items()}))
    titles = {one.task: one.task if one.metric == "accuracy" else f"{one.task} ({measures.axis(one.metric)})" for one in first}
    names = [name for name in run.requested if (table["checkpoint"] == name).any()]
    return Chart.of(
        small_multiples(table, [one.task for one in first], names, run.look, run.base, titles),
        title="All tasks",
        drawn=f"Accuracy by layer, or the measure in the title: a panel per task, a line per checkpoint; {run.base} is the thickest."
        + other_depths(table, run.base),
        facts=caption(run),
        read="Each panel has its own scale. The thick line is the base.",
        misleads="Panels have different scales, so compare within a panel.",
    )


def heat(run: StoredRun) -> Chart | None:
    """Layer × task of the base; None where the tasks have no measure in common."""
    common = max({one.metric for one in run.asked}, key=lambda metric: sum(one.metric == metric for one in run.asked))
    probe = next(one.probe for one in run.asked if one.metric == common)
    own = [one for one in run.asked if one.metric == common and one.probe == probe]
    if len(own) < 2:
        return None
    split, tasks = own[0].split, [one.task for one in own]
    layers = list(range(run.entries[run.base].layers + 1))
    values = layer_grid.grid(run.table, common, split, tasks, probe, run.base, layers)
    trivial = layer_grid.trivial_baselines(run.table, common, split, tasks, probe, run.base)
    groups = {one.name: one.group for one in run.record.tasks}
    shades = None if (values < 0).any() else layer_grid.within_rows(values, trivial)
    marked = layer_grid.centres(values, trivial, layers)
    return Chart.of(
        layer_by_task(values, tasks, layers, common, None, [groups[task] for task in tasks], marked.tolist(), shades),
        title=f"{run.base}: every task and layer",
        drawn=f"{capital(measures.axis(common))} of every task by layer of {run.base} on {split}, {probe} probe.",
        facts=caption(run, own[0]),
        read="Each row is coloured between its own baseline and its best layer. A diamond is the centre of gravity of the row: the mean layer, "
        "weighted by the gain over the trivial baseline.",
        misleads="Tasks differ in number of classes and majority, so compare within a row, not within a column.",
    )


def differences(run: StoredRun, found: Differences) -> list[Part]:
    """The chart of all compared checkpoints, the significant changes, and all differences."""
    frames = dict(sorted(found.frames.items(), key=lambda pair: -surest(pair[1]))[:MOST_ROWS])
    left = (
        f" {len(frames)} of {len(found.frames)} checkpoints, those with the largest differences."
        if len(frames) < len(found.frames)
        else ""
    )
    order = list(dict.fromkeys(one.task for one in run.asked))
    tasks = paired.shown_tasks([*frames.values()], order, None, MOST_COLUMNS)
    if len(tasks) < len({task for frame in frames.values() for task in frame["task"]}):
        left += f" {len(tasks)} tasks, those with the largest differences."
    label = measures.axis(found.metric)
    chart = Chart.of(
        difference_panels(frames, tasks, run.look, found.unit),
        title=f"{capital(label)} minus that of {run.base}",
        finding="\n".join(paired.headline(frame, run.base, name, found.metric) for name, frame in list(frames.items())[:4]),
        drawn=f"{capital(label)} minus that of {run.base} by layer, {found.unit}, with 95 % intervals; pale points are not significant.{left}",
        facts=caption(run, TaskAsked("", found.probe, found.split, found.metric)),
        read=f"Above 0: {measures.MEASURES.get(found.metric).higher}. Layers are compared with the same layer of the base, or with that "
        "at the same relative depth. Pale: not significant at 5 % after Benjamini–Hochberg.",
        misleads="A difference that is not significant may still exist: read the smallest detectable difference. A significant one means that a "
        "probe reads the task more easily, not that the model uses it.",
    )
    every: list[Part] = [chart]
    all_rows = pd.concat(
        [frame.assign(checkpoint=name, probe=found.probe) for name, frame in found.frames.items()], ignore_index=True
    )
    columns = ["checkpoint", "task", "layer", "first", "second", "difference", "lower", "upper", "p", "adjusted", "n"]
    named = {"first": run.base, "second": "value", "adjusted": "adjusted p"}
    sure = changes.largest(all_rows)
    if len(sure):
        note = "Per checkpoint and task the layer with the largest significant difference."
        every.append(
            DataTable.of(
                sure[columns].rename(columns=named), title="Largest significant differences", note=note, folded=len(sure) > LONG
            )
        )
    else:
        every.append(Paragraph(text=f"No checkpoint differs significantly from {run.base}."))
    note = f"{tested(found)} least: the smallest difference that these items would show."
    whole = all_rows[[*columns, "least"]].rename(columns=named)
    every.append(DataTable.of(whole, title="All differences", note=note, folded=True))
    return every


def data(run: StoredRun) -> list[Part]:
    """Items of train that each layer needs, of a run of decodability."""
    every: list[Part] = []
    for one in run.asked:
        needed = target_reached(run, one)
        if needed is None:
            continue
        names, left_out = drawn_lines(run, one)
        read, misleads = about("esc")
        every.append(
            Chart.of(
                data_figures.data_needed(
                    by_layer(needed, one.task, one.probe), names, run.baselines, needed.most, needed.most, run.depths, run.look
                ),
                title=f"{one.task}: items of train needed",
                finding=data_headline(needed, run.requested, one.task, needed.most),
                drawn=f"Items of train that the {one.probe} probe needs to reach {needed.epsilon:.2f} bits an item, by layer, log scale; bands are "
                f"95 % intervals, a hollow triangle needs more than all of train.{left_out}",
                facts=caption(run, one._replace(split="dev"), int(needed.most)),
                read=read,
                misleads=misleads,
            )
        )
    return every


def target_reached(run: StoredRun, one: TaskAsked) -> DataNeeded | None:
    """What each layer needs for the run's target loss; None without curves or target."""
    if run.record.spec.measure != "decodability" or FAMILIES.get(one.probe).kind != "labels":
        return None
    of = run.curves(one)
    rows = rows_over_seeds(*run.question(one, "epsilon", "dev"))
    target = rows.loc[rows["checkpoint"].isin(run.requested), "value"].dropna()
    return None if of is None or target.empty else data_needed(of, float(target.iloc[0]))
