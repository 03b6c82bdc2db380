"""The corpus from its seeds, and the corpus as CoNLL-U."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from probing.corpora.sentence import Sentence
from tools.grammar.dice import Dice
from tools.grammar.lexicon import lexicon
from tools.grammar.sentences import sentence
from tools.grammar.tree import linearise

SIZES = {"train": 4000, "dev": 500, "test": 500, "test_seen": 500}
SEED = "strata grammar 1"
SHORTEST, LONGEST = 3, 40
CLINGING = frozenset({".", "?", "!", ",", "'s", "'"})  # written without a space before them


def generate() -> dict[str, list[Sentence]]:
    """Every split: independent draws, no sentence twice, nothing outside 3–40 tokens.

    `test_seen` comes from train's lexicon, and holds only words (as written, whatever the case) that train holds.
    """
    taken: set[str] = set()
    splits = {name: _split(name, SIZES[name], name, taken, lambda _: True) for name in ("train", "dev", "test")}
    known = {word.form.lower() for s in splits["train"] for word in s.words}
    splits["test_seen"] = _split(
        "test_seen", SIZES["test_seen"], "train", taken, lambda s: all(word.form.lower() in known for word in s.words)
    )
    return splits


def _split(name: str, size: int, source: str, taken: set[str], fits: Callable[[Sentence], bool]) -> list[Sentence]:
    g = Dice(lexicon(source), f"{SEED} {name}")
    found: list[Sentence] = []
    while len(found) < size:
        candidate = linearise(sentence(g), f"grammar-{name}-{len(found) + 1:04d}")
        text = candidate.text.lower()
        if SHORTEST <= len(candidate.words) <= LONGEST and text not in taken and fits(candidate):
            taken.add(text)
            found.append(candidate)
    return found


def to_conllu(sentences: Iterable[Sentence]) -> str:
    """CoNLL-U text: ten columns, `sent_id` and `text` comments, SpaceAfter=No before punctuation and 's."""
    lines: list[str] = []
    for item in sentences:
        forms = item.forms
        clings = [form in CLINGING for form in forms[1:]] + [True]
        text = "".join(form if cling else form + " " for form, cling in zip(forms, clings, strict=True))
        lines.append(f"# sent_id = {item.id}\n# text = {text}")
        for i, (word, cling) in enumerate(zip(item.words, clings, strict=True), start=1):
            feats = "|".join(f"{name}={value}" for name, value in word.feats) or "_"
            misc = "SpaceAfter=No" if cling and i < len(forms) else "_"
            lines.append(
                f"{i}\t{word.form}\t{word.lemma}\t{word.upos}\t{word.xpos}\t{feats}\t{word.head}\t{word.deprel}\t_\t{misc}"
            )
        lines.append("")
    return "\n".join(lines) + "\n" if lines else ""


def to_text(splits: dict[str, list[Sentence]]) -> str:
    """The CoNLL-U text of all splits: before the first sentence of each, a comment with the split's name."""
    return "".join(f"# split = {name}\n{to_conllu(sentences)}" for name, sentences in splits.items())
