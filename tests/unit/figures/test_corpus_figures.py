"""Figures of a corpus and of a checkpoint's parts: what is drawn is what the table says."""

from __future__ import annotations

import pandas as pd

from probing.figures import corpus, parameters

LABELS = pd.DataFrame(
    [
        {"label": "NOUN", "split": "train", "count": 30},
        {"label": "VERB", "split": "train", "count": 10},
        {"label": "NOUN", "split": "test", "count": 5},
    ]
)


def test_labels_are_shares_of_their_split_commonest_first() -> None:
    train, test = corpus.labels(LABELS).data
    assert list(train.y) == ["NOUN", "VERB"]
    assert list(train.x) == [0.75, 0.25]
    assert list(test.x) == [1.0, 0.0], "a label that a split lacks is at zero"
    assert list(test.customdata) == [5, 0]
    assert train.marker.symbol != test.marker.symbol


def test_no_more_labels_are_drawn_than_can_be_read() -> None:
    many = pd.DataFrame([{"label": f"l{n}", "split": "train", "count": n + 1} for n in range(100)])
    (trace,) = corpus.labels(many).data
    assert len(trace.y) == corpus.MOST
    assert trace.y[0] == "l99"


def test_a_histogram_has_its_gaps() -> None:
    table = pd.DataFrame([{"split": "dev", "value": value, "sentences": 1} for value in (3, 5)])
    (trace,) = corpus.histogram(table, "words").data
    assert list(trace.x) == [3, 4, 5]
    assert list(trace.y) == [0.5, 0.0, 0.5]
    assert trace.name == "dev"


def test_parts_stand_in_their_order_from_the_top() -> None:
    table = pd.DataFrame({"part": ["embeddings", "layer 1"], "parameters": [3, 1], "share": [0.75, 0.25]})
    figure = parameters.by_part(table)
    assert list(figure.data[0].y) == ["embeddings", "layer 1"]
    assert list(figure.data[0].x) == [3, 1]
    assert figure.layout.yaxis.autorange == "reversed"
