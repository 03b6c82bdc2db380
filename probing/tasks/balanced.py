"""Balanced tasks: as many sentences of each class, none in two splits, and no deciding word on both sides.

After SentEval's probing tasks (Conneau et al. 2018, arXiv 1805.01070), from any treebank.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from probing.corpora.sentence import SPLITS, Corpus, Sentence
from probing.errors import BadInput
from probing.tasks.draw import uniform
from probing.tasks.labelling import Answers, labelled
from probing.tasks.task import Labelled, Task

SEED = 1805  # of every draw; results are compared across runs, so nobody chooses it
SHORTEST = 5  # words, as in SentEval; its upper limit of 28 is not kept, since treebanks are small
ENOUGH = 100  # items: a test with fewer is called too small
PLENTY = 1000  # items: a run's limits are kept where they leave as many, or as many as they have sentences
HELD_OUT = 2 / 3  # of the deciding words that both sides have go to dev and test, where sentences are few


@dataclass(frozen=True)
class Case:
    """A sentence that can be asked, as it will be read.

    `original` is the sentence it was made from (itself where nothing changed). `decides` is the word whose form or meaning gives the
    answer, "" where there is none. Classes are balanced within each `stratum`.
    """

    sentence: Sentence
    label: str
    original: Sentence
    decides: str = ""
    stratum: str = ""


Cases = dict[str, list[Case | None]]  # split → for each sentence of the corpus a case, or None where it cannot be asked
Pools = dict[str, list[tuple[int, Case]]]  # split → the cases left, with the places of their sentences


@dataclass(frozen=True, kw_only=True)
class BalancedTask(Task):
    """`cases` says what can be asked of each sentence; here it is made one task. Everything is decided on the whole corpus, so that a
    run's limits only cut: a limit of N sentences leaves N items up to 1,000, from further sentences where its own have fewer. `whole` tasks
    know no limits."""

    cases: Callable[[Corpus], Cases]
    needs: str  # what a sentence must have, for those who have none
    whole: bool = False

    def label(self, corpus: Corpus) -> Labelled:
        name, whole = self.name, corpus.whole
        found: Pools = {
            split: [(i, case) for i, case in enumerate(cases) if case is not None and len(case.sentence.words) >= SHORTEST]
            for split, cases in self.cases(whole).items()
        }
        once = _each_once(found, whole)
        pools = _apart(once, name)
        classes = self._classes(pools, whole)
        selected: Pools = {}
        beyond = []
        for split, pool in pools.items():
            limit = len(corpus.splits[split])
            entries = [entry for entry in pool if entry[1].label in classes]
            within = entries if self.whole else _read_on(entries, limit, classes)
            if within and within[-1][0] >= limit:
                beyond.append(split)
            selected[split] = _balanced(within, classes, name)
        notes = [self._count(found, once, pools, selected)]
        if beyond:
            notes.append(
                f"{name}: {', '.join(beyond)} drawn from beyond the run's limits, which leave too little of a balanced task."
            )
        if 0 < len(selected["test"]) < ENOUGH:
            notes.append(f"{name} has too few items: {len(selected['test'])} in test, so its intervals are wide.")
        answers: Answers = {
            split: [(i, -1, case.label) for i, (_, case) in enumerate(chosen)] for split, chosen in selected.items()
        }
        own = {split: [case.sentence for _, case in chosen] for split, chosen in selected.items()}
        return labelled(name, self.level, corpus, answers, tuple(notes), sentences=own)

    def _classes(self, pools: Pools, corpus: Corpus) -> list[str]:
        """The classes that every split has. Raises BadInput where they are fewer than two."""
        name = self.name
        shown = {split: {case.label for _, case in pool} for split, pool in pools.items()}
        if not shown["train"]:
            raise BadInput(
                f"{name} needs sentences of {SHORTEST} words or more with {self.needs}, and train of {corpus.name} has none: choose another "
                "task or corpus."
            )
        for split, labels in shown.items():
            if not labels:
                raise BadInput(
                    f"{name} finds nothing to label in the {split} split of {corpus.name}: choose another task or give more sentences."
                )
        common = set.intersection(*shown.values())
        if len(common) < 2:
            raise BadInput(
                f"{name} has {' or '.join(sorted(shown['train']))} in train of {corpus.name}, and not two of them in every split: give more "
                "sentences or choose another task."
            )
        return sorted(common)

    def _count(self, found: Pools, once: Pools, apart: Pools, selected: Pools) -> str:
        """What was found in the whole corpus, left out, and kept, by split in one sentence."""
        parts = []
        for split, entries in found.items():
            left = {
                "twice or in another split": len(entries) - len(once[split]),
                "decided by a word of the other side": len(once[split]) - len(apart[split]),
            }
            reasons = "".join(f", {count:,} {why}" for why, count in left.items() if count)
            parts.append(f"{len(selected[split]):,} of {split} (of {len(entries):,} that qualify{reasons})")
        return f"{self.name} has items in equal numbers a class: {'; '.join(parts)}."


def lower_text(sentence: Sentence) -> str:
    """What makes two sentences the same: their word forms, however they are cased."""
    return sentence.text.lower()


def of_each(case: Callable[[Sentence], Case | None]) -> Callable[[Corpus], Cases]:
    """The cases of a rule that looks at one sentence at a time."""
    return lambda corpus: {split: [case(sentence) for sentence in sentences] for split, sentences in corpus.splits.items()}


def held_out(word: str, task: str) -> bool:
    """Whether dev and test have a deciding word, where train could have it as well."""
    return uniform(SEED, task, "side", word) < HELD_OUT


def _each_once(pools: Pools, corpus: Corpus) -> Pools:
    """Without sentences that stand twice; of two splits the later keeps it, since train has most. A changed sentence is nobody's original."""
    originals = {lower_text(sentence) for sentences in corpus.splits.values() for sentence in sentences}
    taken: set[str] = set()
    selected: Pools = {}
    for split in reversed(pools):
        selected[split] = []
        for place, case in pools[split]:
            source = lower_text(case.original)
            shown = source if case.sentence is case.original else lower_text(case.sentence)
            if source in taken or shown in taken or (shown != source and shown in originals):
                continue
            taken |= {source, shown}
            selected[split].append((place, case))
    return {split: selected[split] for split in pools}


def _apart(pools: Pools, task: str) -> Pools:
    """Without cases whose deciding word is the other side's: one that train and dev or test have belongs to one of the two by draw.

    Further test splits keep theirs: they are made to share train's words.
    """
    words = {split: {case.decides for _, case in pool} for split, pool in pools.items()}
    shared = words["train"] & set[str]().union(*(words[split] for split in SPLITS if split in words and split != "train"))
    away = {word for word in shared if word and held_out(word, task)}
    lost = {split: away if split == "train" else shared - away - {""} for split in SPLITS}
    return {
        split: [(place, case) for place, case in pool if case.decides not in lost.get(split, ())] for split, pool in pools.items()
    }


def _read_on(pool: Sequence[tuple[int, Case]], limit: int, classes: Sequence[str]) -> list[tuple[int, Case]]:
    """The cases of the first `limit` sentences, and of as many more as it takes to have that many items, at least 100 and at most 1,000."""
    wanted = max(ENOUGH, min(limit, PLENTY))
    counts: Counter[tuple[str, str]] = Counter()
    shares: Counter[str] = Counter()  # by stratum, what its smallest class has
    for end, (place, case) in enumerate(pool):
        if place >= limit and shares.total() * len(classes) >= wanted:
            return list(pool[:end])
        counts[case.stratum, case.label] += 1
        shares[case.stratum] = min(counts[case.stratum, label] for label in classes)
    return list(pool)


def _balanced(pool: Sequence[tuple[int, Case]], classes: Sequence[str], task: str) -> list[tuple[int, Case]]:
    """As many of each class within each stratum as the smallest has there, by draw; in the order of the text."""
    grouped: dict[tuple[str, str], list[tuple[int, Case]]] = defaultdict(list)
    for entry in pool:
        grouped[entry[1].stratum, entry[1].label].append(entry)
    sizes = Counter({key: len(group) for key, group in grouped.items()})
    chosen: list[tuple[int, Case]] = []
    for (stratum, _), group in grouped.items():
        share = min(sizes[stratum, label] for label in classes)
        chosen += sorted(group, key=lambda entry: uniform(SEED, task, "kept", entry[1].original.text))[:share]
    return sorted(chosen, key=lambda entry: entry[0])
