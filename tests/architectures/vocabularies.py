"""Three small tokenizers: WordPiece, byte-level BPE, and unigram with a mark for spaces. All have the same special tokens and ids."""

from __future__ import annotations

from functools import cache
from typing import Any

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SPECIALS = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
KINDS = ("wordpiece", "bytes", "plain", "pieces")
PAD, BOS, EOS, UNKNOWN = range(4)
SIZE = 320  # ids that a model has an embedding for: at least those of each tokenizer
WORDS = ("the", "cat", "dog", "sat", "good")
TEXT = ["the cat sat on the mat", "a dog barked at the cats", "unbelievable things happen to good dogs"]


@cache
def tokenizer(kind: str) -> Any:
    """A tokenizers.Tokenizer of one of KINDS. Inputs stand between `<s>` and `</s>`, but those of `plain` bytes."""
    return {"wordpiece": _wordpiece, "bytes": _bytes, "plain": _plain, "pieces": _pieces}[kind]()


def _wordpiece() -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    names = [*SPECIALS.values(), *WORDS, "##s", "un", "##believ", "##able", ",", ".", "'"]
    names += [*LETTERS, *(f"##{letter}" for letter in LETTERS if letter != "s")]
    made = Tokenizer(models.WordPiece({name: i for i, name in enumerate(names)}, unk_token="<unk>"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return _between_marks(made)


def _bytes() -> Any:
    return _between_marks(_trained(list(SPECIALS.values())))


def _plain() -> Any:
    """As GPT-2's: no special tokens at all, none for padding."""
    return _trained([])


def _trained(specials: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=specials, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator(TEXT * 3, trainer)
    return made


def _pieces() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers

    pieces = [(name, 0.0) for name in SPECIALS.values()] + [("▁", -2.0), *((f"▁{word}", -1.5) for word in WORDS)]
    pieces += [(letter, -4.0) for letter in (*LETTERS, *LETTERS.upper(), ",", ".", "'")]
    made = Tokenizer(models.Unigram(pieces, unk_id=UNKNOWN))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    return _between_marks(made)


def _between_marks(made: Any) -> Any:
    from tokenizers import processors

    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", BOS), ("</s>", EOS)]
    )
    return made
