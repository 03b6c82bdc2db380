"""Tasks asked of each sentence as it stands: how long it is, how deep its tree."""

from __future__ import annotations

from probing.corpora.statistics import heads_of, tree_depth
from probing.tasks.bins import BinnedTask
from probing.tasks.task import TASKS

TASKS.register(
    BinnedTask(
        name="sentence_length",
        title="Sentence length",
        asks="How many words does the sentence have?",
        measures="In which of up to six bins of about equal size (on train) the number of words lies.",
        assumes="Words as the corpus counts them, punctuation included. Every sentence is asked, so the bins are as even as "
        "whole lengths allow and no more balanced than that.",
        misleads="A surface property: position information alone can tell it, and the first special token may carry it where "
        "the mean does not.",
        source="Conneau et al. 2018 (arXiv 1805.01070), whose six bins are fixed (5–8, 9–12, 13–16, 17–20, 21–25 and 26–28 "
        "words) and filled equally",
        numbers=lambda sentence: [len(sentence.words)],
        unit="words",
        group="surface",
    ),
    BinnedTask(
        name="tree_depth",
        title="Tree depth",
        asks="How deep is the tree of the sentence?",
        measures="In which of up to six bins of about equal size (on train) the depth of the dependency tree lies: words on the "
        "longest path from the root.",
        assumes="Gold trees in the corpus.",
        misleads="Depth goes with length, which is easier: read it beside the length baseline before speaking of syntax.",
        source="Conneau et al. 2018 (arXiv 1805.01070), there of constituency trees of depth 5 to 12, in a sample where depth "
        "and length are not correlated; here depth and length go together",
        numbers=lambda sentence: [tree_depth(heads_of(sentence))],
        unit="deep",
    ),
)
