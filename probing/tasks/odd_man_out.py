"""Has a noun or verb been replaced by another?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from math import log

from probing.corpora.sentence import Corpus, Sentence, Word
from probing.tasks.balanced import SEED, BalancedTask, Case, Cases, held_out
from probing.tasks.changed import with_word
from probing.tasks.draw import pick, uniform
from probing.tasks.syntax import lexeme
from probing.tasks.task import TASKS

NAME = "odd_man_out"
TAGS = ("NOUN", "VERB")
LEAST = 2  # times that a word stands in its split: of words met once nothing is known
WITHIN = 2.0  # times as frequent, or as rare, as the word replaced
CHOICES = 25  # words at most that are compared by their bigrams
SIDES = {"train": False, "dev": True, "test": True}  # whether a split's replacements are those held out from train

Kind = tuple[object, ...]  # what a replacement must share: tags, features, capital, and whether its side allows it


class _Vocabulary:
    """What a split says of its words: how often each stands there, beside which, and what could replace it."""

    def __init__(self, sentences: Sequence[Sentence], held: bool | None) -> None:
        self.counts: Counter[str] = Counter(word.form for sentence in sentences for word in sentence.words)
        self.pairs: Counter[tuple[str, str]] = Counter(pair for sentence in sentences for pair in pairwise(sentence.forms))
        seen: dict[Kind, dict[str, Word]] = defaultdict(dict)
        for sentence in sentences:
            for word in sentence.words[1:]:
                if word.upos in TAGS and self.counts[word.form] >= LEAST and word.form.isalpha():
                    if held is not None and held_out(lexeme(word), NAME) != held:
                        continue
                    seen[_kind(word)].setdefault(word.form, word)
        # By frequency, so that the words about as frequent as another stand together; of one frequency, by draw.
        self.kinds = {kind: sorted(words.values(), key=self._rank) for kind, words in seen.items()}
        self.order = {kind: [self.counts[word.form] for word in words] for kind, words in self.kinds.items()}

    def _rank(self, word: Word) -> tuple[int, float]:
        return self.counts[word.form], uniform(SEED, NAME, "rank", word.form)

    def like(self, word: Word, about: str) -> list[Word]:
        """Other words of the same kind that are about as frequent; a stretch of them, by draw, where they are many."""
        kind, count = _kind(word), self.counts[word.form]
        if count < LEAST or kind not in self.kinds:
            return []
        first = bisect_left(self.order[kind], count / WITHIN)
        last = bisect_right(self.order[kind], count * WITHIN)
        if last - first > CHOICES:
            first += int(uniform(SEED, NAME, "stretch", about) * (last - first - CHOICES + 1))
            last = first + CHOICES
        return [other for other in self.kinds[kind][first:last] if lexeme(other) != lexeme(word)]

    def nearest(self, others: Sequence[Word], sentence: Sentence, place: int) -> Word:
        """That of `others` whose bigrams with the neighbours at `place` are most nearly as frequent as the word's own elsewhere."""
        forms = sentence.forms
        # The word's own bigrams stand here once; less that once, and plus one that no count is 0, they are what they were.
        before, after = forms[place - 1], forms[place + 1] if place + 1 < len(forms) else None

        def gap(form: str) -> float:
            found = abs(log((1 + self.pairs[before, form]) / self.pairs[before, forms[place]]))
            if after is not None:
                found += abs(log((1 + self.pairs[form, after]) / self.pairs[forms[place], after]))
            return found

        gaps = [gap(other.form) for other in others]
        least = min(gaps)
        return pick([other for other, far in zip(others, gaps, strict=True) if far == least], SEED, NAME, "by", sentence.text)


def _kind(word: Word) -> Kind:
    return word.upos, word.xpos, word.feats, word.form[:1].isupper()


def replacements(corpus: Corpus) -> Cases:
    """Half of the sentences that have a word to replace, by draw, have it replaced, and the others stay as they are."""
    found: Cases = {}
    for split, sentences in corpus.splits.items():
        words = _Vocabulary(sentences, SIDES.get(split))
        found[split] = [_case(sentence, words) for sentence in sentences]
    return found


def _case(sentence: Sentence, words: _Vocabulary) -> Case | None:
    text = sentence.text
    places = [i for i, word in enumerate(sentence.words) if i and word.upos in TAGS and word.form.isalpha()]
    first = int(uniform(SEED, NAME, "where", text) * len(places))
    place, others = next(
        ((i, others) for i in places[first:] + places[:first] if (others := words.like(sentence.words[i], text))), (0, [])
    )
    if not others:
        return None
    if uniform(SEED, NAME, "change", text) < 0.5:
        return Case(sentence, "intact", sentence)
    other = words.nearest(others, sentence, place)
    return Case(with_word(sentence, place, other, f"odd{place + 1}"), "odd", sentence, lexeme(other))


TASKS.register(
    BalancedTask(
        name=NAME,
        title="Odd man out",
        asks="Was a noun or verb replaced by another?",
        measures="Whether a sentence stands as it was written or one noun or verb in it was replaced by another, in equal "
        "numbers.",
        assumes="Gold tags and FEATS. A replacement has the tags and features of the word, stands at least twice in the same "
        "split, and at least half and at most twice as often; among those (25 by draw, where they are more), the one whose "
        "bigrams with both neighbours are most nearly as frequent as the word's own elsewhere in the split, then by draw. "
        "Replacements of train are never those of dev and test. A changed sentence is encoded anew, and no sentence is asked in "
        "both forms.",
        misleads="Some replacements make sense, and in a small split frequencies say little, so no layer can be perfect. A verb "
        "may take another number of objects than the one replaced, and then grammar tells it rather than meaning.",
        source="Conneau et al. 2018 (arXiv 1805.01070), there words of 40 to 400 occurrences in a book corpus; here frequencies "
        "of the split, which is far smaller",
        cases=replacements,
        needs="a noun or verb that another could replace",
        group="meaning",
    )
)
