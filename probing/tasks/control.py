"""The control task (Hewitt & Liang 2019): each word type has one label, drawn at random from the task's own distribution.

Only memory of types can solve it, so what a probe scores on it is what it could have remembered.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from probing.corpora.sentence import Sentence
from probing.tasks.draw import uniform
from probing.tasks.task import Items

SAME = 0.99  # of the items: a control that tells so many of the task's labels is the task by another name


def control_labels(task_labels_train: np.ndarray, types: Sequence[str], classes: int, seed: int) -> np.ndarray:
    """int32 [N]: the control label of each of `types` [N], under the map that `seed` names.

    A type's draw is the hash of (seed, type) put through the inverse of the train labels' distribution, so the map needs no
    storage, does not depend on order, and is the same for train, dev and test.
    """
    counts = np.bincount(task_labels_train[task_labels_train >= 0], minlength=classes)
    edges = np.cumsum(counts) / counts.sum()
    sampled = {name: int(np.searchsorted(edges, uniform(seed, name), side="right")) for name in set(types)}
    return np.array([sampled[name] for name in types], dtype=np.int32)


def control_numbers(task_train: np.ndarray, types: Sequence[str], seed: int) -> np.ndarray:
    """float64 [N]: the control number of each of `types` [N]: its draw from the numbers that train's items have, by the map of `control_labels`."""
    known = np.sort(task_train[~np.isnan(task_train)])
    sampled = {name: known[int(uniform(seed, name) * len(known))] for name in set(types)}
    return np.array([sampled[name] for name in types], dtype=np.float64)


def types_of(sentences: Sequence[Sentence], items: Items, lowercase: bool) -> list[str]:
    """The type of each item [N] as the model sees it: a word's form, a span's forms, a sentence's first word; of a pair both together."""
    found = _types(sentences, items.sentence, items.word, items.end, lowercase)
    if items.second is None:
        return found
    second = items.second
    others = _types(sentences, second.sentence, second.begin, second.end, lowercase)
    return [f"{one}\x1f{other}" for one, other in zip(found, others, strict=True)]


def _types(
    sentences: Sequence[Sentence], sentence: np.ndarray, begin: np.ndarray, end: np.ndarray | None, lowercase: bool
) -> list[str]:
    first = np.maximum(begin, 0)
    past = first + 1 if end is None else np.maximum(end, first + 1)
    forms = [
        " ".join(word.form for word in sentences[s].words[a:b])
        for s, a, b in zip(sentence.tolist(), first.tolist(), past.tolist(), strict=True)
    ]
    return [form.lower() for form in forms] if lowercase else forms


def seen(types_train: Sequence[str], types: Sequence[str]) -> np.ndarray:
    """bool [N]: whether train has the type; another's control label cannot be learned."""
    known = set(types_train)
    return np.array([name in known for name in types], dtype=bool)


def unfit_numbers(train: np.ndarray, dev: np.ndarray) -> str | None:
    """Why control numbers of `train` [N] and `dev` [M] (NaN: of a type that train lacks) cannot be fitted; None where they can."""
    if not np.nanstd(train) > 0:
        return "gives every word type one number, since there are few types"
    if np.isnan(dev).all():
        return "has no number in dev to choose a penalty by, since no type of dev is in train"
    return None


def unfit(task: np.ndarray, sampled: np.ndarray) -> str | None:
    """Why control labels `sampled` [N] say nothing beside the `task`'s [N] of train, as the end of a sentence; None where they do.

    Few types can all draw one label by chance, or draw labels that tell the task's own.
    """
    task, sampled = task[task >= 0], sampled[task >= 0]
    if len(np.unique(sampled)) < 2:
        return "gives every word type one label, since there are few types"
    counts = np.zeros((int(sampled.max()) + 1, int(task.max()) + 1))
    np.add.at(counts, (sampled, task), 1)
    if counts.max(1).sum() >= SAME * len(task) > counts.sum(0).max():
        return "tells the task's own labels, since there are few types"
    return None
