"""What is in a corpus, as tidy tables: sizes, labels, trees, leaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from probing.corpora.sentence import Corpus, Sentence


def describe(corpus: Corpus) -> dict[str, pd.DataFrame]:
    """Tables by name.

    `sizes`: a row a split (sentences, words, types, length and depth, share of sentences with crossing arcs).
    `labels`: kind (upos, xpos, deprel or a feature), label, split, count. `lengths`, `depths`: split, value, sentences.
    `leaks`: the same sentence in two splits: first split, second split, sentences.
    """
    sizes, lengths, depths, labels = [], [], [], []
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
                "crossing_share": crossing / len(sentences) if sentences else None,
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
    }


def heads_of(sentence: Sentence) -> list[int]:
    return [word.head for word in sentence.words]


def tree_depth(heads: Sequence[int]) -> int | None:
    """Words on the longest path from the root (1 for a tree that is a root alone); None where there is no tree."""
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
    return max(depth)


def crosses(heads: Sequence[int]) -> bool:
    """Whether two arcs of the tree cross (the tree is not projective)."""
    arcs = sorted((min(i, head), max(i, head)) for i, head in enumerate(heads, start=1) if head > 0)
    open_arcs: list[int] = []
    for left, right in arcs:
        while open_arcs and open_arcs[-1] <= left:
            open_arcs.pop()
        if any(left < end < right for end in open_arcs):
            return True
        open_arcs.append(right)
        open_arcs.sort(reverse=True)
    return False


def _labels(sentences: Sequence[Sentence]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for sentence in sentences:
        for word in sentence.words:
            counts["upos", word.upos] += 1
            counts["xpos", word.xpos] += 1
            counts["deprel", word.deprel] += 1
            for name, value in word.feats:
                counts[name, value] += 1
    return counts


def _leaks(corpus: Corpus) -> pd.DataFrame:
    texts = {split: {sentence.forms for sentence in sentences} for split, sentences in corpus.splits.items()}
    names = list(texts)
    rows = [{"first": a, "second": b, "sentences": len(texts[a] & texts[b])} for i, a in enumerate(names) for b in names[i + 1 :]]
    return pd.DataFrame(rows, columns=["first", "second", "sentences"])
