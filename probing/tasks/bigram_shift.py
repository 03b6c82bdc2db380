"""Are two neighbouring words in the wrong order?"""

from __future__ import annotations

from probing.corpora.sentence import Sentence
from probing.tasks.balanced import SEED, BalancedTask, Case, of_each
from probing.tasks.changed import quoted, rearranged
from probing.tasks.draw import pick, uniform
from probing.tasks.task import TASKS

NAME = "bigram_shift"


def shift(sentence: Sentence) -> Case | None:
    """Half of the sentences, by draw, have a pair of neighbours swapped, and the others stay as they are."""
    if quoted(sentence):
        return None
    words = sentence.words
    marks = [word.upos == "PUNCT" or not (word.form.isalnum() or any(map(str.isalnum, word.form))) for word in words]
    pairs = [
        i
        for i in range(1, len(words) - 1)
        if not marks[i] and not marks[i + 1] and words[i].form.lower() != words[i + 1].form.lower()
    ]
    if not pairs:
        return None
    if uniform(SEED, NAME, "change", sentence.text) < 0.5:
        return Case(sentence, "intact", sentence)
    i = pick(pairs, SEED, NAME, "where", sentence.text)
    order = [*range(i), i + 1, i, *range(i + 2, len(words))]
    return Case(rearranged(sentence, order, f"shift{i + 1}"), "shifted", sentence)


TASKS.register(
    BalancedTask(
        name=NAME,
        title="Bigram shift",
        asks="Did two neighbouring words change places?",
        measures="Whether a sentence stands as it was written or two neighbouring words in it have changed places, in equal "
        "numbers.",
        assumes="Neighbours drawn by a fixed seed, neither of them a mark, the first word or the same word twice; sentences "
        "with double quotes are not asked. A changed sentence is encoded anew, and no sentence is asked in both forms.",
        misleads="Some swaps are also good sentences. A bag of words cannot tell a swap, so it stays at chance; what is read "
        "above it is order, though not necessarily syntax.",
        source="Conneau et al. 2018 (arXiv 1805.01070), there in a book corpus, sentences of 5 to 28 words; here of 5 or more",
        cases=of_each(shift),
        needs="two neighbouring words to swap",
    )
)
