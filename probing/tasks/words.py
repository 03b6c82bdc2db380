"""Tasks asked of each word: a field of its annotation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from probing.corpora.sentence import Corpus, Sentence
from probing.tasks.labelling import labelled_words
from probing.tasks.syntax import relation
from probing.tasks.task import TASKS, Labelled, Level, Task


@dataclass(frozen=True, kw_only=True)
class WordTask(Task):
    """A word's label is what `field` reads off its sentence and its place there; "_" means that the annotation says nothing, and that the
    word is left out."""

    field: Callable[[Sentence, int], str]
    level: Level = "word"

    def label(self, corpus: Corpus) -> Labelled:
        return labelled_words(self.name, corpus, self.field)


TASKS.register(
    WordTask(
        name="upos",
        title="Part of speech",
        asks="Which part of speech is the word?",
        measures="The universal part of speech of each word (17 tags), read off its vector.",
        assumes="Gold UPOS tags in the corpus.",
        misleads="Most word types have one tag, so a probe that remembers words goes far: read selectivity, and test against "
        "test_seen.",
        source="Universal Dependencies v2; as a probing task Hewitt & Liang 2019 (arXiv 1909.03368)",
        field=lambda sentence, i: sentence.words[i].upos,
    ),
    WordTask(
        name="xpos",
        title="Part of speech, the language's own tags",
        asks="Which of the treebank's own tags does the word have?",
        measures="The treebank's own tag of each word (Penn tags in English treebanks), which also tells tense and number.",
        assumes="Gold XPOS tags in the corpus; they differ from treebank to treebank.",
        misleads="Some tags are decided by the ending alone, which the word pieces show already at layer 0.",
        source="Universal Dependencies v2; Marcus et al. 1993 for the Penn tags",
        field=lambda sentence, i: sentence.words[i].xpos,
    ),
    WordTask(
        name="deprel",
        title="Relation to the head",
        asks="How is the word related to its head?",
        measures="The universal dependency relation of each word to its head (subtypes such as nsubj:pass count as nsubj).",
        assumes="Gold trees in the corpus. The head itself is not given to the probe.",
        misleads="Punctuation, determiners and case markers are told by the word alone: look at the confusion of nsubj, obj and "
        "obl.",
        source="Universal Dependencies v2; Tenney et al. 2019 (arXiv 1905.06316) probe the labelled arc instead",
        field=lambda sentence, i: relation(sentence.words[i]),
    ),
)
