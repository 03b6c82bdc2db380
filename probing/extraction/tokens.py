"""Words to sub-words, aligned by the tokenizer's own word ids. Imports neither torch nor transformers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from probing.checkpoints.tokenizer import Tokenizer, pad_of
from probing.errors import BadInput

CHUNK = 2000  # sentences tokenised together
SPECIAL = -1  # the word id of a token that belongs to no word


@dataclass(frozen=True)
class Tokens:
    """Sub-words of S sentences, one after another: `ids` and `words` [T] (the word in its sentence, or SPECIAL).

    Sentence i owns positions start[i] to start[i+1]; each has at least one token.
    """

    ids: np.ndarray
    words: np.ndarray
    start: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each sentence, specials counted [S]."""
        return np.diff(self.start)


def padding(tokenizer: Tokenizer, tokens: Tokens, vocabulary: int, name: str) -> int:
    """The id to pad with, one that the model has an embedding for: it knows ids below `vocabulary`.

    Raises BadInput where the tokenizer gives ids to text that the model `name` does not know.
    """
    highest = int(tokens.ids.max(initial=0))
    if highest >= vocabulary:
        raise BadInput(
            f"The tokenizer of {name} gives the id {highest}, and the model knows ids below {vocabulary}: they do not belong together."
        )
    return pad_of(tokenizer, vocabulary)


class Splitter:
    """Splits sentences given as words. `backend` is a tokenizers.Tokenizer; its own truncation and padding are dropped.

    Each word is split as it would be in running text: where the tokenizer marks word beginnings by the space before
    them, the space is put there.
    """

    def __init__(self, backend: Any, max_length: int | None = None) -> None:
        self._backend = backend
        backend.no_padding()
        backend.no_truncation()
        self._prefix = " " if _marks_spaces(backend) else ""
        if max_length is not None:
            backend.enable_truncation(max_length)

    def encode(self, sentences: Iterable[Sequence[str]]) -> list[Any]:
        return list(self._backend.encode_batch([self._words(forms) for forms in sentences], is_pretokenized=True))

    def encode_pairs(self, pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> list[Any]:
        """Both sentences in one input, joined as the tokenizer joins pairs."""
        words = [(self._words(first), self._words(second)) for first, second in pairs]
        return list(self._backend.encode_batch(words, is_pretokenized=True))

    def _words(self, forms: Sequence[str]) -> list[str]:
        return [self._prefix + form for form in forms]

    def tokens(self, sentences: Sequence[Sequence[str]], progress: Callable[[int, int], None]) -> Tokens:
        """Tokens of all sentences, cut at the maximal length; the memory is 8 bytes a sub-word."""
        ids: list[np.ndarray] = []
        words: list[np.ndarray] = []
        lengths: list[int] = []
        for begin in range(0, len(sentences), CHUNK):
            encodings = self.encode(sentences[begin : begin + CHUNK])
            # A sentence without a single sub-word goes through the model as token 0, which belongs to no word.
            ids.append(np.fromiter((i for e in encodings for i in (e.ids or (0,))), dtype=np.int32))
            words.append(
                np.fromiter((SPECIAL if w is None else w for e in encodings for w in (e.word_ids or (None,))), dtype=np.int32)
            )
            lengths.extend(max(1, len(e.ids)) for e in encodings)
            progress(min(begin + CHUNK, len(sentences)), len(sentences))
        start = np.zeros(len(sentences) + 1, dtype=np.int64)
        np.cumsum(np.array(lengths, dtype=np.int64), out=start[1:])
        return Tokens(np.concatenate(ids), np.concatenate(words), start)

    def empty(self, forms: Iterable[str]) -> set[str]:
        """Those of `forms` that yield no sub-word at all (control characters, zero-width spaces …)."""
        listed = sorted(set(forms))
        found = self.encode([[form] for form in listed])
        return {form for form, e in zip(listed, found, strict=True) if all(w is None for w in e.word_ids)}


def _marks_spaces(backend: Any) -> bool:
    """Whether a word split on its own differs from the same word in running text by the space before it."""
    plain = backend.encode("cat cat", add_special_tokens=False).ids
    if backend.encode(["cat", "cat"], is_pretokenized=True, add_special_tokens=False).ids == plain:
        return False
    spaced = backend.encode([" cat", " cat"], is_pretokenized=True, add_special_tokens=False)
    second = [i for i, word in zip(spaced.ids, spaced.word_ids, strict=True) if word == 1]
    return bool(second) and plain[-len(second) :] == second
