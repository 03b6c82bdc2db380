"""Tasks asked of each word that carries a morphological feature: `feats:Number`, `feats:Tense` …"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from probing.corpora.sentence import Corpus
from probing.errors import BadInput
from probing.tasks.labelling import Answers, labelled
from probing.tasks.series import Series, refuse_every, register
from probing.tasks.syntax import feature
from probing.tasks.task import Labelled, Level, Task

PREFIX = "feats:"
ENOUGH = 100  # train examples of a value; fewer tell little


@dataclass(frozen=True, kw_only=True)
class FeatureTask(Task):
    """Which value of `feature` a word has; words without the feature are not asked."""

    feature: str
    level: Level = "word"

    @classmethod
    def of(cls, feature: str) -> FeatureTask:
        """The task of a feature; `*` stands for every feature."""
        return cls(
            name=f"{PREFIX}{feature}",
            title="Morphological feature" if feature == "*" else feature,
            asks="Which value of the feature does the word have?" if feature == "*" else f"Which {feature} does the word have?",
            measures=f"The value of {'a feature (one task a feature)' if feature == '*' else feature} of each word that has it.",
            assumes=f"Gold FEATS; values with fewer than {ENOUGH} examples in train are left out, and two must remain.",
            misleads="Only words that carry the feature are asked, so it does not say whether a layer knows which words carry "
            "it; an ending often tells the value.",
            source="Universal Dependencies v2 (universal features)",
            feature=feature,
        )

    def label(self, corpus: Corpus) -> Labelled:
        refuse_every(self.name, "feats:Number")
        asked: Answers = {
            split: [
                (number, position, value)
                for number, sentence in enumerate(sentences)
                for position, word in enumerate(sentence.words)
                if (value := feature(word, self.feature)) is not None
            ]
            for split, sentences in corpus.splits.items()
        }
        counts = Counter(value for *_, value in asked["train"])
        if not counts:
            raise BadInput(
                f"No word in train of {corpus.name} has the feature {self.feature}: its features are {_names(corpus)}."
            )
        frequent = {value for value, count in counts.items() if count >= ENOUGH}
        if len(frequent) < 2:
            found = ", ".join(f"{value} {count:,}" for value, count in counts.most_common(4))
            raise BadInput(
                f"{PREFIX}{self.feature} needs two values with {ENOUGH} examples each in train of {corpus.name}, and has "
                f"{found}: give more sentences or another feature."
            )
        answers = {split: [item for item in items if item[2] in frequent] for split, items in asked.items()}
        rare = Counter(value for items in asked.values() for *_, value in items if value not in frequent)
        notes = tuple(
            f"{PREFIX}{self.feature}: {count:,} words with {value} were left out, which has fewer than {ENOUGH} in train."
            for value, count in rare.most_common()
        )
        return labelled(self.name, "word", corpus, answers, notes)


def qualifying(corpus: Corpus) -> list[str]:
    """The names of all features with two values of enough examples in train, sorted."""
    counts = Counter(pair for sentence in corpus.splits["train"] for word in sentence.words for pair in word.feats)
    values = Counter(name for (name, _), count in counts.items() if count >= ENOUGH)
    return sorted(name for name, number in values.items() if number >= 2)


def _names(corpus: Corpus) -> str:
    found = {name for sentence in corpus.splits["train"] for word in sentence.words for name, _ in word.feats}
    return ", ".join(sorted(found)) or "none"


register(
    Series(
        PREFIX,
        "a feature",
        "Number",
        FeatureTask.of,
        qualifying,
        lambda corpus: f"No feature of {corpus.name} has two values with {ENOUGH} examples each in train.",
    )
)
