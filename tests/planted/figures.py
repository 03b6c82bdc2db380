"""An example of every figure function, with names as long as people give them: what tests of frames and exports draw."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from cache.table import tidy
from probing import figures
from probing.analysis import frontier as complexity
from probing.analysis import ranks, similarity
from probing.analysis.confusion import confusion
from probing.analysis.data_needed import by_layer, data_needed
from probing.analysis.edges import by_label
from probing.analysis.equal_accuracy import EqualAccuracy
from probing.analysis.exposure import FrozenBase
from probing.analysis.loss_curves import LossCurves
from probing.analysis.predicted_labels import LabelReading
from probing.analysis.predicted_tree import predict_tree
from probing.analysis.rows import LayerQuestion, curve_rows
from probing.analysis.seed_noise import SeedNoise
from probing.analysis.size_curves import means, points
from probing.figures import (
    comparison_maps,
    corpus,
    difference_panels,
    edges,
    equal_accuracy,
    exposure,
    frontier,
    heatmap,
    label_map,
    layer_curves,
    live_curves,
    loss_curves,
    numbers,
    overview,
    parameters,
    prediction,
    seed_noise,
    size_curve,
    student_teacher,
    topology_maps,
    training_curves,
    tree_curves,
    tree_plane,
)
from probing.figures import confusion as confusions
from probing.figures import data_needed as needed
from probing.figures import ranks as rank_figures
from probing.figures.marks import MARKS, marks
from probing.measures.effort import Curves, EqualAccuracyPair, effort
from probing.measures.measure import Score
from tests.planted.figure_rows import (
    LAYERS,
    NAMES,
    RANDOM,
    TASKS,
    of_differences,
    of_predicted,
    of_topology_rows,
    question,
    row,
)


def many_lines() -> go.Figure:
    """Two hundred lines on one chart."""
    lines = [
        {"type": "scatter", "name": f"checkpoint-{number:03}", "x": list(LAYERS), "y": [number + layer for layer in LAYERS]}
        for number in range(200)
    ]
    layout = {"height": 430, "legend": {"orientation": "h", "y": -0.18}, "xaxis": {"title": {"text": "layer"}}}
    return go.Figure(data=lines, layout=layout)


def many_ends() -> go.Figure:
    """Forty checkpoints whose lines end at one place."""
    names = [f"checkpoint-{number:03}" for number in range(40)]
    return layer_curves.over_floor(question(names=names), names, [RANDOM]).checked()


def many_tasks() -> go.Figure:
    """A map of thirty tasks by twenty-five layers."""
    tasks = [f"feats:Feature{number:02}" for number in range(30)]
    values = np.linspace(0.4, 1, 30 * 25).reshape(30, 25)
    return heatmap.layer_by_task(values, tasks, range(25), "accuracy", ("feats:Feature03", 4), ["syntax"] * 30)


def _task_map() -> go.Figure:
    values = np.linspace(0.4, 1, len(TASKS) * 13).reshape(len(TASKS), 13)
    groups = ["surface", *["syntax"] * 3, *["meaning"] * 2]
    return heatmap.layer_by_task(values, TASKS, LAYERS, "accuracy", ("upos", 3), groups, [6.0] * len(TASKS))


def _similarities() -> go.Figure:
    rows = [
        {"checkpoint": "a", "layer": i, "metric": "cka_debiased", "value": 1 - abs(i - j) / 13, "n": 900,
         "setting": {"second": "b", "second_layer": j, "items": "words"}}
        for i in LAYERS for j in range(7)
    ]  # fmt: skip
    known = similarity.similarity_rows(tidy(rows), "b")
    return comparison_maps.similarity_map(known, "cka_debiased", NAMES[0], NAMES[1], [(2, 0)], [(0, 0), (6, 3), (12, 6)])


def _drifts() -> go.Figure:
    kinds = ["attention query", "attention output", "feed-forward in", "layer norm", ""]
    frame = pd.DataFrame(np.linspace(0.001, 0.2, 5 * 12).reshape(5, 12), index=kinds, columns=range(1, 13))
    return comparison_maps.drift_map(frame, "relative change")


def _confusion() -> go.Figure:
    labels = np.array([f"AddToPlaylist-{number}" for number in range(20)])
    draw = np.random.default_rng(0)
    gold = draw.choice(labels, 800)
    other = np.where(draw.random(800) < 0.7, gold, draw.choice(labels, 800))
    return confusions.confusion_figure(confusion(pd.DataFrame({"gold": gold, "predicted": other})), False)


def _of_corpus() -> go.Figure:
    rows = [
        {"label": f"B-object_location_type_{n}", "split": split, "count": n + 1}
        for n in range(30)
        for split in ("train", "dev", "test")
    ]
    return corpus.labels(pd.DataFrame(rows))


def _lengths() -> go.Figure:
    rows = [
        {"split": split, "value": value, "sentences": 40 - value} for split in ("train", "dev", "test") for value in range(1, 40)
    ]
    return corpus.histogram(pd.DataFrame(rows), "words")


def _curves() -> LossCurves:
    keys = [(name, layer) for name in NAMES for layer in range(0, 13, 3)]
    sizes = np.array([10.0, 100.0, 1000.0])
    loss = np.array([[2.0, 1.6 - 0.05 * place, 1.1 - 0.05 * place] for place in range(len(keys))])
    return LossCurves(keys, Curves(sizes, loss, loss[:, None], 1 - loss / 4, loss * sizes, 2.0), [])


def _needed() -> go.Figure:
    found = data_needed(_curves(), 1.0)
    return needed.data_needed(by_layer(found, "upos", "linear"), NAMES, [], 500, found.most)


def _ranks() -> go.Figure:
    of = _curves()
    return rank_figures.rank_lines(ranks.rank_table(of.keys, effort(of.curves, 500, 1.0), 500), marks(NAMES))


def _equal_accuracy() -> go.Figure:
    of = _curves()
    accuracy = 0.9 + 0.001 * np.arange(len(of.keys))
    pair = EqualAccuracyPair(0, 9, 0.01, -0.01, 0.03, 4.0, 2.0, 8.0, False)
    bounds = np.stack([accuracy - 0.01, accuracy + 0.01], 1)
    found = EqualAccuracy(of.keys, accuracy, bounds, effort(of.curves, 1000, 1.0), 1000, [pair])
    return equal_accuracy.scatter(found, marks(NAMES), "test")


def _losses() -> go.Figure:
    rows = [
        row(name, layer, "loss_at_n", 2 - 0.2 * step - 0.02 * layer, n=n, split="dev", setting={"n": n})
        for name in NAMES
        for layer in (0, 6)
        for step, n in enumerate((10, 100, 1000))
    ]
    look = {(name, layer): marks(NAMES)[name] for name in NAMES for layer in (0, 6)}
    return loss_curves.loss_curves(curve_rows(tidy(rows), "upos", "linear", "loss_at_n"), "loss_at_n", look, 500, 1.2, 1.8, False)


def _frontiers() -> go.Figure:
    rows = [
        row(name, 6, "accuracy", 0.5 + 0.05 * rank, setting={"rank": 2**rank}, split="dev")
        for name in NAMES[:2]
        for rank in range(6)
    ]
    trivial = {"task": 0.4}
    points = complexity.with_frontier(complexity.points(tidy(rows), "upos", "linear", "accuracy"), trivial)
    return frontier.frontiers(points, "accuracy", {(name, 6): marks(NAMES)[name] for name in NAMES[:2]}, trivial)


def _exposure() -> go.Figure:
    rows = [
        {
            "checkpoint": f"{NAMES[1]}-{n}", "method": method, "tuned_on": "snips", "train": n, "steps": 400, "seed": seed, "layer": 5,
            "value": 0.8 + seed / 50, "lower": 0.75, "upper": 0.9, "difference": 0.1, "difference_lower": 0.0, "difference_upper": 0.2,
            "verdict": "learned",
        }
        for method in ("bitfit", "full") for n in (64, 512, 13084) for seed in (0, 1)
    ]  # fmt: skip
    base = FrozenBase(NAMES[1], 4, Score(0.82, 0.8, 0.84, 900), 2.1, 0.1, None, Score(0.3, 0.2, 0.4, 900))
    return exposure.exposure_chart(pd.DataFrame(rows), base)


def _sizes() -> go.Figure:
    rows = [
        {"metric": "accuracy", "split": "test", "seed": seed, "setting": f'{{"method": "{method}", "train": {train}, "steps": 9}}',
         "value": 0.7 + step / 10, "lower": 0.68 + step / 10, "upper": 0.72 + step / 10}
        for method in ("bitfit", "full", "layernorm") for step, train in enumerate((64, 512, 13084)) for seed in (0, 1)
    ]  # fmt: skip
    found = points(pd.DataFrame(rows), "accuracy", "test")
    return size_curve.size_curve(found, means(found), ["bitfit", "full", "layernorm"], "accuracy", 0.55, 13084)


def _seed_noise() -> go.Figure:
    cells = [{"task": task, "layer": layer, "seeds": 0.01 * layer, "methods": 0.02 * layer} for task in TASKS for layer in LAYERS]
    score = Score(0.01, 0.0, 0.02, 900)
    return seed_noise.seed_noise_map(SeedNoise(pd.DataFrame(cells), score, score, score), "seeds", 0.2, 100, "points")


def _students() -> go.Figure:
    rows = [
        {"who": who, "split": split, "metric": metric, "value": 0.8, "lower": 0.78, "upper": 0.83, "n": 900}
        for who in ("student", "teacher") for split in ("test", "test_seen") for metric in ("accuracy", "macro_f1", "mcc")
    ]  # fmt: skip
    return student_teacher.student_teacher(pd.DataFrame(rows))


def _labels() -> go.Figure:
    classes = tuple(f"B-object_location_type_{number}" for number in range(14))
    words = tuple(f"word{number}" for number in range(12))
    draw = np.random.default_rng(0)
    readings = [
        LabelReading(
            name, depth, words, classes, tuple(range(depth + 1)), np.arange(12) != 3, draw.dirichlet([0.3] * 14, (depth + 1, 12))
        )
        for name, depth in ((NAMES[0], 12), (NAMES[1], 6))
    ]
    return label_map.label_map(readings)


def _overview() -> go.Figure:
    rows = [
        {"task": task, "checkpoint": name, "layer": layer, "value": 0.5 + layer / 30 + place / 50, "depth": len(LAYERS) - 1}
        for task in (*TASKS, "feats:Number", "arc_label") for place, name in enumerate(NAMES) for layer in LAYERS
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    tasks = list(dict.fromkeys(frame["task"]))
    return overview.small_multiples(frame, tasks, NAMES, {}, NAMES[0], {"upos": "upos (macro F1 of the test split)"})


def _mixes() -> go.Figure:
    frame = pd.DataFrame({"layer": list(LAYERS), "value": np.linspace(0.6, 0.9, 13)})
    frame = frame.assign(lower=frame["value"] - 0.02, upper=frame["value"] + 0.02)
    return edges.mix_curve(frame, frame.iloc[1:].assign(value=0.02, lower=0.01, upper=0.03), frame, MARKS[0])


def _label_bars() -> go.Figure:
    labels = [f"B-object_location_type_{number}" for number in range(25)]
    items = pd.DataFrame({"gold": labels * 4, "predicted": [*labels, *labels, *labels, *reversed(labels)]})
    return edges.label_bars(by_label(items), MARKS[0])


def _shares() -> go.Figure:
    frame = pd.DataFrame({"layer": list(LAYERS), "value": np.full(13, 1 / 13), "lower": np.nan, "upper": np.nan})
    return edges.mix_shares(frame, 6.25, MARKS[0])


def _penalties() -> go.Figure:
    penalties = np.logspace(-3, 3, 30)
    weights = np.outer(1 / (1 + penalties), np.linspace(-1, 1, 12))
    return prediction.penalty_path(penalties, weights, [f"upos_layer_{n}_of_the_base" for n in range(12)], 1.0)


def _sweep() -> go.Figure:
    sweep = pd.DataFrame({"k": [1, 2, 3], "in_sample": [0.3, 0.2, 0.1], "honest": [0.4, 0.5, 0.6]})
    return prediction.errors_by_k(sweep, {"family mean": 0.35, "mean": 0.5}, "cola")


def _topology_trees() -> go.Figure:
    rows = [
        row(NAMES[1], layer, metric, 2.0 + place + layer / 10, probe="topological", task="syntax")
        for place, metric in enumerate(("sp", "ssp", "ssp_lower", "sp_sorted", "essp_upper"))
        for layer in LAYERS
    ]
    of = LayerQuestion(tidy(rows), "sp", "test", "syntax", "topological")
    return tree_curves.topology(of, NAMES[1], 12, MARKS[0], True)


def _rank_sweep() -> go.Figure:
    rows = [
        row(NAMES[1], layer, "uuas", 0.5 + layer / 40 + rank / 30, probe="structural", task="syntax", setting={"rank": 2**rank})
        for rank in range(6)
        for layer in LAYERS
    ]
    return tree_curves.rank_sweep(LayerQuestion(tidy(rows), "uuas", "test", "syntax", "structural"), NAMES[1], MARKS[0])


def _plane() -> go.Figure:
    words = ("the", "<b>cat</b>", "sees", "red", "internationalisations", ".")
    places = np.array([[0, 2], [1, 1.2], [2, 0.1], [3.5, 2], [4.4, 1], [9, 0.0]])
    upos = ("DET", "NOUN", "VERB", "ADJ", "NOUN", "PUNCT")
    return tree_plane.tree_plane(
        predict_tree(words, upos, (2, 3, 0, 5, 3, 3), np.ones(6, bool), places, np.array([[1.0], [0]]), np.array([[0.0], [1]]))
    )


def _trainings() -> go.Figure:
    looks = [(step, 0.5 + step / 1000) for step in range(0, 400, 40)]
    return training_curves.training_curves(
        [(f"{method}, 13,084 sentences, seed {n}", 400, looks) for method in ("bitfit", "full") for n in (0, 1)]
    )


def _live() -> go.Figure:
    done = {name: list(LAYERS)[:5] for name in (*NAMES, RANDOM)}
    return live_curves.live_curves(question(), NAMES, [RANDOM], {name: list(LAYERS) for name in done}, done)


def _scatter() -> go.Figure:
    gold = np.linspace(0, 30, 200)
    return numbers.scatter(pd.DataFrame({"gold": gold, "predicted": gold + np.sin(gold)}))


def _parts() -> go.Figure:
    parts = ["embeddings of sub-words", *(f"layer {n}, attention and feed-forward" for n in range(1, 13))]
    return parameters.by_part(pd.DataFrame({"part": parts, "parameters": range(1, 14), "share": np.full(13, 1 / 13)}))


# By module and function, as `figure_functions` names them.
EXAMPLES: dict[str, Callable[[], go.Figure]] = {
    "comparison_maps.difference_map": lambda: comparison_maps.difference_map(
        of_differences()[NAMES[1]], TASKS, "Accuracy", "points"
    ),
    "comparison_maps.drift_map": _drifts,
    "comparison_maps.similarity_map": _similarities,
    "confusion.confusion_figure": _confusion,
    "corpus.histogram": _lengths,
    "corpus.labels": _of_corpus,
    "data_needed.data_needed": _needed,
    "difference_panels.difference_panels": lambda: difference_panels.difference_panels(
        of_differences(), TASKS, marks(NAMES), "points"
    ),
    "edges.label_bars": _label_bars,
    "edges.mix_curve": _mixes,
    "edges.mix_shares": _shares,
    "equal_accuracy.scatter": _equal_accuracy,
    "exposure.exposure_chart": _exposure,
    "frontier.frontiers": _frontiers,
    "heatmap.layer_by_task": _task_map,
    "layer_curves.layer_curves": lambda: layer_curves.layer_curves(question(), NAMES, [RANDOM]).checked(),
    "layer_curves.over_floor": lambda: layer_curves.over_floor(question(), NAMES, [RANDOM]).checked(),
    "live_curves.live_curves": _live,
    "loss_curves.loss_curves": _losses,
    "numbers.scatter": _scatter,
    "label_map.label_map": _labels,
    "overview.small_multiples": _overview,
    "parameters.by_part": _parts,
    "prediction.choices": lambda: prediction.choices(
        {f"upos_layer_{n}_of_the_base": n / 12 for n in range(12)}, ["upos_layer_2_of_the_base"]
    ),
    "prediction.errors_by_k": _sweep,
    "prediction.measured_against_predicted": lambda: prediction.measured_against_predicted(of_predicted(), "cola"),
    "prediction.penalty_path": _penalties,
    "prediction.residuals_by_family": lambda: prediction.residuals_by_family(of_predicted(), "cola"),
    "ranks.rank_lines": _ranks,
    "seed_noise.seed_noise_map": _seed_noise,
    "size_curve.size_curve": _sizes,
    "student_teacher.student_teacher": _students,
    "topology_maps.drift_curve": lambda: topology_maps.drift_curve(
        {NAMES[1]: of_topology_rows()}, {"random weights": of_topology_rows()}
    ),
    "topology_maps.head_map": lambda: topology_maps.head_map(of_topology_rows()),
    "topology_maps.shape_curves": lambda: topology_maps.shape_curves(of_topology_rows(), 0.25, NAMES[0], NAMES[1]),
    "training_curves.training_curves": _trainings,
    "tree_curves.rank_sweep": _rank_sweep,
    "tree_curves.topology": _topology_trees,
    "tree_curves.tree_curves": lambda: tree_curves.tree_curves(question(), NAMES, [RANDOM]),
    "tree_plane.tree_plane": _plane,
}
CROWDED: dict[str, Callable[[], go.Figure]] = {
    "two hundred lines": many_lines,
    "forty ends": many_ends,
    "thirty tasks": many_tasks,
}


def figure_functions() -> set[str]:
    """Every public function of probing/figures that returns a figure, as MODULE.FUNCTION."""
    found = set()
    for module in pkgutil.iter_modules(figures.__path__):
        loaded = importlib.import_module(f"probing.figures.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == loaded.__name__ and not name.startswith("_")
            if own and function.__annotations__.get("return") in ("go.Figure", go.Figure, "Drawing"):
                found.add(f"{module.name}.{name}")
    return found
