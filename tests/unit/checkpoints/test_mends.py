"""New ids for what earlier releases read wrongly, and for nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cache.keys import SCHEMA
from probing.checkpoints import mends, resolve, tokenizer_file
from probing.checkpoints.mends import split_otherwise
from probing.extraction import facts_of
from tests import tiny_checkpoints as tiny

BERT = {"model": {"type": "WordPiece"}, "normalizer": {"type": "BertNormalizer", "lowercase": True, "strip_accents": None}}
BERT |= {"pre_tokenizer": {"type": "BertPreTokenizer"}}
PIECES = {"model": {"type": "Unigram"}, "normalizer": {"type": "Precompiled"}}
PIECES |= {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace"}]}}
BYTES: dict[str, Any] = {"model": {"type": "BPE"}, "normalizer": None, "pre_tokenizer": {"type": "ByteLevel"}}
SPLIT = BYTES | {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split"}, {"type": "ByteLevel"}]}}


def test_the_ids_of_what_was_right_do_not_move() -> None:
    checkpoint = resolve("minilm-l6", None)
    assert checkpoint.fingerprint == "28d96068fec883d9bb5bb9ca57df6014"
    assert checkpoint.facts.mend == ""
    assert facts_of(checkpoint, "mean", "fp32") == {
        "schema": SCHEMA,
        "checkpoint": checkpoint.fingerprint,
        "pooling": "mean",
        "precision": "fp32",
        "submodule": "layer",
    }


def test_a_mended_architecture_has_another_collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny.bert(tmp_path / "bert")
    plain = facts_of(resolve(str(folder), None), "mean", "fp32")
    monkeypatch.setitem(mends.VECTORS, "bert", mends.PADS)
    mended = resolve(str(folder), None)
    assert facts_of(mended, "mean", "fp32") == plain | {"extraction": mends.VERSION}
    assert resolve(f"random:{folder}@0", None).identity()["extraction"] == mends.VERSION


@pytest.mark.parametrize(
    ("content", "settings", "model_type", "otherwise"),
    [
        (BERT, {"tokenizer_class": "BertTokenizer"}, "bert", False),
        (BERT, {"tokenizer_class": "BertTokenizerFast", "do_lower_case": False}, "bert", True),
        (BERT, {"tokenizer_class": "RobertaTokenizer"}, "roberta", True),
        (BERT, {"tokenizer_class": "PreTrainedTokenizerFast"}, "bert", False),
        (BERT, {}, "bert", False),
        (BERT | {"normalizer": {"type": "Lowercase"}}, {"tokenizer_class": "BertTokenizer"}, "bert", True),
        (PIECES, {"tokenizer_class": "XLMRobertaTokenizer"}, "xlm-roberta", False),
        (PIECES, {"tokenizer_class": "GPT2Tokenizer"}, "gpt2", True),
        (BYTES, {"tokenizer_class": "GPT2Tokenizer"}, "gpt2", False),
        (BYTES, {"tokenizer_class": "LlamaTokenizer"}, "llama", False),
        (SPLIT, {"tokenizer_class": "GPT2Tokenizer"}, "gpt2", True),
        (SPLIT, {"tokenizer_class": "PreTrainedTokenizerFast"}, "qwen2", False),
        (BERT, {"tokenizer_class": "PreTrainedTokenizerFast"}, "qwen2", True),
    ],
)
def test_a_file_whose_steps_were_dropped_is_known(
    content: dict[str, Any], settings: dict[str, Any], model_type: str, otherwise: bool
) -> None:
    assert split_otherwise(content, settings, model_type) == otherwise


def test_the_table_of_rebuilt_classes_is_what_transformers_builds() -> None:
    """Each class is made from a vocabulary of its own and asked for its steps."""
    import transformers

    looked = 0
    for name, (model, accepted) in mends.REBUILT.items():
        try:
            made = getattr(transformers, name)()
        except Exception:  # a class that needs files or a further package
            continue
        content = json.loads(made.backend_tokenizer.to_str())
        steps = tuple(step["type"] for step in tokenizer_file.pre_tokenizers(content) if step["type"] not in mends._WHOLE)
        assert (content["model"]["type"], steps in accepted) == (model, True), name
        looked += 1
    assert looked >= 20
