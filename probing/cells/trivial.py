"""What a sentence task gives away without any vector: to a bag of words, and to the sentence's length."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from probing import measures
from probing.corpora.sentence import Sentence
from probing.measures.loss import log2_smoothed, unseen_share
from probing.tasks.task import Items, Labelled

BAG, LENGTH = "bag of words", "length"
STRENGTHS = (0.01, 0.1, 1.0, 10.0)  # of scikit-learn's C; dev chooses
LEAST = 2  # sentences of train that must have a word
STEPS = 200  # of L-BFGS; where they do not suffice dev has seen that too

Forms = dict[str, list[list[tuple[str, ...]]]]  # split → for each item, the forms of its sentence or of both sentences
Scores = dict[str, dict[str, measures.Score]]  # baseline → test split → accuracy

_made: dict[int, tuple[Labelled, Scores]] = {}  # by identity: a task is labelled once a run, and used for every checkpoint


def scores(labelled: Labelled, sentences: dict[str, list[Sentence]]) -> Scores:
    """The accuracy of each baseline on each test split, of a task of sentences or pairs; the penalty is the one with the least dev loss.

    A bag of words counts lower-cased forms that two sentences of train have, each sentence of a pair apart; length is the number of words and
    its square. A baseline that train gives nothing to (no word twice) is not there.
    """
    known = _made.get(id(labelled))
    if known is not None and known[0] is labelled:
        return known[1]
    forms = {split: _forms(items, sentences[split]) for split, items in labelled.splits.items()}
    vectors = {BAG: _bags(forms), LENGTH: _lengths(forms)}
    found = {name: _accuracies(labelled, rows) for name, rows in vectors.items() if rows}
    _made[id(labelled)] = labelled, found
    return found


def _forms(items: Items, sentences: Sequence[Sentence]) -> list[list[tuple[str, ...]]]:
    """The lower-cased forms of each item."""
    lowered = [tuple(form.lower() for form in sentence.forms) for sentence in sentences]
    places = [items.sentence, *([items.second.sentence] if items.second is not None else [])]
    return [[lowered[i] for i in row] for row in np.stack(places, axis=1).tolist()]


def _bags(forms: Forms) -> dict[str, Any]:
    """Counts [N, V] by split, sparse. Words of the second sentence of a pair are words of their own; empty where train has no word twice."""
    from sklearn.feature_extraction.text import CountVectorizer

    def words(item: list[tuple[str, ...]]) -> list[tuple[int, str]]:
        return [(which, form) for which, forms in enumerate(item) for form in forms]

    try:
        bags = CountVectorizer(analyzer=words, min_df=LEAST, dtype=np.float64).fit(forms["train"])
    except ValueError:  # no word is left
        return {}
    return {split: bags.transform(items) for split, items in forms.items()}


def _lengths(forms: Forms) -> dict[str, np.ndarray]:
    """Lengths and their squares, standardised as train's: [N, 2] by split, [N, 4] of pairs."""
    from sklearn.preprocessing import StandardScaler

    lengths = {split: np.array([[len(own) for own in item] for item in items], dtype=float) for split, items in forms.items()}
    powers = {split: np.hstack([found, found**2]) for split, found in lengths.items()}
    scaler = StandardScaler().fit(powers["train"])
    return {split: scaler.transform(found) for split, found in powers.items()}


def _accuracies(labelled: Labelled, vectors: dict[str, Any]) -> dict[str, measures.Score]:
    from sklearn.linear_model import LogisticRegression

    train, dev = labelled.splits["train"].label, labelled.splits["dev"].label

    def log2p(model: LogisticRegression, split: str) -> np.ndarray:
        logits = np.full((len(labelled.splits[split]), len(labelled.classes)), -np.inf)
        logits[:, model.classes_] = model.predict_log_proba(vectors[split])
        return log2_smoothed(logits, unseen_share(len(train), len(labelled.classes)))

    models = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the steps did not suffice
        for strength in STRENGTHS:
            model = LogisticRegression(C=strength, max_iter=STEPS).fit(vectors["train"], train)
            models.append((-float(log2p(model, "dev")[np.arange(len(dev)), dev].mean()), model))
    best = min(models, key=lambda entry: entry[0])[1]
    tests = {split: items for split, items in labelled.splits.items() if split not in ("train", "dev")}
    return {split: measures.scores(log2p(best, split), items.label, items.sentence)["accuracy"] for split, items in tests.items()}
