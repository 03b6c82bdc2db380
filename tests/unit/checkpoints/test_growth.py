"""A tokenizer that multiplies what it reads is refused by its file; those that checkpoints come with are not."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from probing.checkpoints import growth, resolve
from probing.errors import BadInput
from tests import tiny_checkpoints as tiny

LONG = "x" * 2000


def replace(pattern: dict[str, str], content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": pattern, "content": content}


def sequence(steps: list[dict[str, Any]], key: str = "normalizers") -> dict[str, Any]:
    return {"type": "Sequence", key: steps}


def charsmap(*texts: bytes) -> dict[str, Any]:
    data = (8).to_bytes(4, "little") + bytes(8) + b"".join(text + b"\0" for text in texts)
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(data).decode()}


BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
TEMPLATE = {"type": "TemplateProcessing", "single": [], "pair": []}


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"normalizer": replace({"String": "a"}, LONG)}, "2,000 characters into every word (content)"),
        ({"normalizer": sequence([replace({"String": "a"}, "aa")] * 30)}, "more than 1,000 characters of one"),
        ({"normalizer": sequence([sequence([replace({"Regex": "."}, "aaaa")] * 3)] * 3)}, "more than 1,000 characters of one"),
        ({"normalizer": sequence([replace({"Regex": ""}, "a")] * 12)}, "more than 1,000 characters of one"),
        ({"normalizer": {"type": "Prepend", "prepend": LONG}}, "into every word (prepend)"),
        ({"normalizer": charsmap(b"a", LONG.encode())}, "into every word (precompiled_charsmap)"),
        ({"normalizer": sequence([charsmap(b"a" * 400)] * 4)}, "more than 1,000 characters of one"),
        ({"pre_tokenizer": sequence([BYTES] * 20, "pretokenizers")}, "more than 1,000 characters of one"),
        ({"model": {"type": "WordPiece", "continuing_subword_prefix": LONG}}, "(continuing_subword_prefix)"),
        ({"model": {"type": "BPE", "end_of_word_suffix": LONG}}, "(end_of_word_suffix)"),
        (
            {"post_processor": TEMPLATE | {"special_tokens": {"[A]": {"ids": [1] * 2000}}}},
            "1,000 special tokens around a sentence",
        ),
        ({"post_processor": TEMPLATE | {"single": [{"SpecialToken": {"id": "[A]"}}] * 2000}}, "1,000 special tokens around"),
    ],
)
def test_what_multiplies_is_refused(part: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput) as caught:
        growth.refuse(Path("tokenizer.json"), part)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"normalizer": None, "pre_tokenizer": BYTES, "model": {"type": "BPE", "end_of_word_suffix": "</w>"}},
        {"normalizer": sequence([{"type": "Prepend", "prepend": "▁"}, replace({"String": " "}, "▁")])},
        {"normalizer": sequence([charsmap("صلى الله عليه وسلم".encode()), replace({"Regex": " {2,}"}, "▁")])},
        {"normalizer": sequence([{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "NFKC"}, replace({"String": "``"}, '"')])},
        {"pre_tokenizer": sequence([{"type": "Split"}, BYTES], "pretokenizers")},
        {"normalizer": [], "pre_tokenizer": "x", "model": 3, "post_processor": {"special_tokens": []}},
    ],
)
def test_what_checkpoints_come_with_is_not(part: dict[str, Any]) -> None:
    growth.refuse(Path("tokenizer.json"), part)


def test_a_bomb_is_refused_by_resolve_without_reading_a_word(tmp_path: Path) -> None:
    model = tiny.bert(tmp_path / "bomb")
    tiny.edit_json(model / "tokenizer.json", normalizer=sequence([replace({"String": "a"}, "aa")] * 40))
    for _ in range(2):  # the second answer is remembered
        with pytest.raises(BadInput, match="multiply what they read"):
            resolve(str(model), tmp_path / "store")
