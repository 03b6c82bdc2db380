"""Whatever the type says, words are split as tokenizer.json splits them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from probing.checkpoints.tokenizer import load_tokenizer
from probing.extraction.tokens import Splitter
from tests.architectures import reference
from tests.architectures.names import TYPES
from tests.architectures.vocabularies import KINDS, SPECIALS, tokenizer

WORDS = ["The", "unbelievable", "dog's", "cat", ",", "sat", "on", "12,345", "mats", "."]
CLASSES = ("PreTrainedTokenizerFast", "BertTokenizer", "RobertaTokenizer", "GPT2Tokenizer", "T5Tokenizer", "LlamaTokenizer")


def split(folder: Path, kind: str, model_type: str, named: str) -> tuple[list[int], list[int | None]]:
    """(ids, words) as the product has them, with that tokenizer.json, type and tokenizer class."""
    tokenizer(kind).save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}), encoding="utf-8")
    settings = {"tokenizer_class": named, **({} if kind == "plain" else SPECIALS)}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    found = Splitter(load_tokenizer(folder).backend_tokenizer).encode([WORDS])[0]
    return found.ids, found.word_ids


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_counts_whatever_the_type(kind: str, tmp_path: Path) -> None:
    ids, words = reference.aligned(tokenizer(kind), WORDS)
    expected = ids, [None if word == reference.NO_WORD else word for word in words.tolist()]
    for model_type in TYPES:
        assert split(tmp_path, kind, model_type, CLASSES[0]) == expected, model_type


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("named", CLASSES)
def test_the_file_counts_whatever_the_class(kind: str, named: str, tmp_path: Path) -> None:
    ids, words = reference.aligned(tokenizer(kind), WORDS)
    expected = ids, [None if word == reference.NO_WORD else word for word in words.tolist()]
    assert split(tmp_path, kind, "bert", named) == expected
