"""What is in a corpus, as tidy tables: sizes, labels, trees, leaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from probing.corpora.sentence import Corpus, Sentence


def describe(corpus: Corpus) -> dict[str, pd.DataFrame]:
    """Tables by name.

    `sizes`: a row a split (sentences, words, types, length and depth, share of sentences with crossing arcs).
    `labels`: kind (upos, xpos, deprel, a feature, or of own data label:COLUMN, tag:COLUMN and target), label, split, count; what has no
    such annotation is not in it. `lengths`, `depths`: split, value, sentences. `leaks`: the same sentence (of pairs, the same pair) in
    two splits, by its word forms: first, second, sentences (each distinct one once). `duplicates`: each such sentence, the splits it
    stands in, and the line of its first occurrence in each.
    """
    sizes: list[dict[str, object]] = []
    lengths: list[dict[str, object]] = []
    depths: list[dict[str, object]] = []
    labels: list[dict[str, object]] = []
    for split, sentences in corpus.splits.items():
        length = Counter(len(sentence.words) for sentence in sentences)
        depth = Counter(found for sentence in sentences if (found := tree_depth(heads_of(sentence))))
        crossing = sum(crosses(heads_of(sentence)) for sentence in sentences)
        words = sum(count * n for n, count in length.items())
        sizes.append(
            {
                "split": split,
                "sentences": len(sentences),
                "words": words,
                "types": len({word.form for sentence in sentences for word in sentence.words}),
                "mean_length": words / len(sentences) if sentences else None,
                "longest": max(length, default=None),
                "mean_depth": sum(d * n for d, n in depth.items()) / depth.total() if depth else None,
                "deepest": max(depth, default=None),
                "crossing_share": crossing / len(sentences) if depth else None,
            }
        )
        lengths.extend({"split": split, "value": n, "sentences": count} for n, count in sorted(length.items()))
        depths.extend({"split": split, "value": n, "sentences": count} for n, count in sorted(depth.items()))
        labels.extend(
            {"kind": kind, "label": label, "split": split, "count": count} for (kind, label), count in _labels(sentences).items()
        )
    return {
        "sizes": pd.DataFrame(sizes),
        "labels": pd.DataFrame(labels, columns=["kind", "label", "split", "count"]),
        "lengths": pd.DataFrame(lengths, columns=["split", "value", "sentences"]),
        "depths": pd.DataFrame(depths, columns=["split", "value", "sentences"]),
        "leaks": _leaks(corpus),
        "duplicates": _duplicates(corpus),
    }


def heads_of(sentence: Sentence) -> list[int]:
    return [word.head for word in sentence.words]


def tree_depth(heads: Sequence[int]) -> int | None:
    """Words on the longest path from the root (1 for a tree that is a root alone); None where there is no tree."""
    depths = word_depths(heads)
    return None if depths is None else max(depths)


def word_depths(heads: Sequence[int]) -> list[int] | None:
    """Words on the path from the root to each word, both counted: 1 for the root. None where there is no tree."""
    if not heads or min(heads) < 0:
        return None
    depth = [0] * (len(heads) + 1)
    for start in range(1, len(heads) + 1):
        path, node = [], start
        while node and not depth[node]:
            path.append(node)
            node = heads[node - 1]
        for word in reversed(path):
            depth[word] = depth[heads[word - 1]] + 1
    return depth[1:]


def crosses(heads: Sequence[int]) -> bool:
    """Whether two arcs between words cross. Arcs that share a word do not, and the root has no arc from outside."""
    arcs = sorted((min(i, head), -max(i, head)) for i, head in enumerate(heads, start=1) if head > 0)
    ends: list[int] = []  # of the arcs that are open here, the innermost last: while none cross, they are nested
    for left, negative in arcs:
        right = -negative
        while ends and ends[-1] <= left:
            ends.pop()
        if ends and ends[-1] < right:
            return True
        ends.append(right)
    return False


def _labels(sentences: Sequence[Sentence]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for sentence in sentences:
        counts.update((f"label:{column}", value) for column, value in sentence.labels)
        counts.update(("target", target.label) for target in sentence.targets)
        for word in sentence.words:
            for kind, label in (("upos", word.upos), ("xpos", word.xpos), ("deprel", word.deprel)):
                if label != "_":
                    counts[kind, label] += 1
            for name, value in word.feats:
                counts[name, value] += 1
            for column, value in word.tags:
                counts[f"tag:{column}", value] += 1
    return counts


def _text(sentence: Sentence) -> tuple[tuple[str, ...], ...]:
    """What makes two sentences the same: the word forms, of a pair those of both."""
    return (sentence.forms, sentence.second.forms) if sentence.second else (sentence.forms,)


def _leaks(corpus: Corpus) -> pd.DataFrame:
    texts = {split: {_text(sentence) for sentence in sentences} for split, sentences in corpus.splits.items()}
    names = list(texts)
    rows = [{"first": a, "second": b, "sentences": len(texts[a] & texts[b])} for i, a in enumerate(names) for b in names[i + 1 :]]
    return pd.DataFrame(rows, columns=["first", "second", "sentences"])


def _duplicates(corpus: Corpus) -> pd.DataFrame:
    met: dict[tuple[tuple[str, ...], ...], dict[str, int]] = {}
    for split, sentences in corpus.splits.items():
        for sentence in sentences:
            met.setdefault(_text(sentence), {}).setdefault(split, sentence.line)
    rows = [
        {
            "sentence": " / ".join(" ".join(forms) for forms in text),
            "splits": ", ".join(at),
            "lines": ", ".join(map(str, at.values())),
        }
        for text, at in met.items()
        if len(at) > 1
    ]
    return pd.DataFrame(rows, columns=["sentence", "splits", "lines"])
