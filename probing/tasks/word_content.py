"""Which of some words is in the sentence?"""

from __future__ import annotations

from collections import Counter, defaultdict

from probing.corpora.sentence import Corpus, Sentence
from probing.tasks.balanced import SHORTEST, BalancedTask, Case, Cases, lower_text
from probing.tasks.task import TASKS

ENOUGH = 30  # sentences of train that have a word and no other of those asked
BESIDE = 3  # of each further split
MOST = 5 * ENOUGH  # sentences of train with the word: more frequent words stand beside too many others
LETTERS = 4  # of a word at least, as in SentEval, where the script has upper and lower case


def targets(corpus: Corpus) -> tuple[frozenset[str], dict[str, list[list[str]]]]:
    """The words to ask of, and which of them each sentence has (a word that stands twice, twice).

    All words that are frequent enough and not too frequent to begin with; then, one by one, the word with the fewest sentences of its own
    leaves, which makes room for the others, until each has enough.
    """
    shown: dict[str, list[Counter[str]]] = {}
    for split, sentences in corpus.splits.items():
        once = {lower_text(sentence): sentence for sentence in sentences if len(sentence.words) >= SHORTEST}
        shown[split] = [Counter(_forms(sentence)) for sentence in once.values()]
    spread = Counter(form for found in shown["train"] for form in found)
    words = {form for form, count in spread.items() if ENOUGH <= count <= MOST}
    holds = {split: [{form for form in found if form in words} for found in counted] for split, counted in shown.items()}
    where: dict[tuple[str, str], list[int]] = defaultdict(list)
    alone: Counter[tuple[str, str]] = Counter()
    for split, found in holds.items():
        for i, inside in enumerate(found):
            for form in inside:
                where[split, form].append(i)
            _count(alone, split, inside, shown[split][i])

    def share(form: str) -> float:
        """How near a word is to having enough; 1 where it has."""
        return min(alone[split, form] / (ENOUGH if split == "train" else BESIDE) for split in holds if holds[split])

    while words:
        weakest = min(words, key=lambda form: (share(form), form))
        if share(weakest) >= 1:
            break
        words.remove(weakest)
        for split, found in holds.items():
            for i in where[split, weakest]:
                found[i].discard(weakest)
                _count(alone, split, found[i], shown[split][i])
    return frozenset(words), {
        split: [[form for form in _forms(sentence) if form in words] for sentence in sentences]
        for split, sentences in corpus.splits.items()
    }


def _forms(sentence: Sentence) -> list[str]:
    """The words that could be asked of, lower-cased."""
    lowered = (form.lower() for form in sentence.forms)
    return [form for form in lowered if form.isalpha() and (len(form) >= LETTERS or form.upper() == form)]


def _count(alone: Counter[tuple[str, str]], split: str, inside: set[str], shown: Counter[str]) -> None:
    if len(inside) == 1:
        (only,) = inside
        alone[split, only] += shown[only] == 1


def contents(corpus: Corpus) -> Cases:
    """The sentences with one of the words, once."""
    _, found = targets(corpus)
    return {
        split: [
            Case(sentence, inside[0], sentence) if len(inside) == 1 else None
            for sentence, inside in zip(sentences, found[split], strict=True)
        ]
        for split, sentences in corpus.splits.items()
    }


TASKS.register(
    BalancedTask(
        name="word_content",
        title="Word content",
        asks="Which of a set of words does the sentence have?",
        measures="Which of a set of words a sentence has; it has one of them, once, and each word as many sentences.",
        assumes=f"Lower-cased words of {LETTERS} letters or more (of any length in scripts without case) that {ENOUGH} to "
        f"{MOST} sentences of train have: as many of them as leave each other {ENOUGH} sentences of train and {BESIDE} of every "
        "further split. Always drawn from whole splits, whatever a run's limits.",
        misleads="A bag of words is all it takes, so it says how much of the words survives in the vector and nothing of "
        "structure. The number of classes is the corpus's own: accuracies of two corpora do not compare.",
        source="Conneau et al. 2018 (arXiv 1805.01070), there the 1,000 words from rank 2,001 on of a book corpus, with 100 "
        "sentences of train each",
        cases=contents,
        needs=f"one of some words that {ENOUGH} of them have",
        group="surface",
        whole=True,
    )
)
