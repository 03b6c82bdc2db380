"""Tasks: what is asked of the vectors. One file a kind; each registers itself in TASKS."""

from __future__ import annotations

from collections.abc import Sequence

from probing.corpora.sentence import Corpus
from probing.errors import BadInput
from probing.tasks import (
    bigram_shift,
    coordination_inversion,
    features,
    heads,
    main_clause,
    odd_man_out,
    sentences,
    trees,
    word_content,
    words,
)
from probing.tasks.balanced import ENOUGH
from probing.tasks.features import EVERY, PREFIX, FeatureTask
from probing.tasks.offers import Offer, offers
from probing.tasks.task import TASKS, Task

# isort: split
# After the others: menus are in the order registered.
from probing.tasks import edges

__all__ = [
    "ENOUGH",
    "TASKS",
    "Offer",
    "bigram_shift",
    "coordination_inversion",
    "edges",
    "expand",
    "features",
    "get_task",
    "heads",
    "main_clause",
    "odd_man_out",
    "offers",
    "sentences",
    "trees",
    "word_content",
    "words",
]


def get_task(name: str) -> Task:
    """The task of that name; `feats:NAME` for any feature. Raises BadInput, naming what is known."""
    if name.startswith(PREFIX) and name != EVERY:
        if name == PREFIX:
            raise BadInput("feats: needs the name of a feature, such as feats:Number, or feats:* for all.")
        return FeatureTask(name.removeprefix(PREFIX))
    return TASKS.get(name)


def expand(names: Sequence[str], corpus: Corpus) -> list[str]:
    """The names with feats:* replaced by every feature that qualifies on `corpus`, each once, in order."""
    result: list[str] = []
    for name in names:
        if name != EVERY:
            get_task(name)
            result.append(name)
            continue
        found = features.qualifying(corpus)
        if not found:
            raise BadInput(f"No feature of {corpus.name} has two values with {features.ENOUGH} examples each in train.")
        result.extend(f"{PREFIX}{feature}" for feature in found)
    return list(dict.fromkeys(result))
