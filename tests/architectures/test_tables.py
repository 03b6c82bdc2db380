"""The tables of tiny architectures cover what transformers reads text with."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from tests.architectures import blocks, configurations, known
from tests.architectures.names import NAMES, RELEASE, TYPES, UNMADE, VARIANTS
from tests.architectures.page import PAGE


def test_there_are_enough() -> None:
    assert len(set(TYPES)) == len(TYPES) >= 90
    assert set(configurations.OVERRIDES) <= set(TYPES)
    assert {model_type for model_type, _, _ in VARIANTS.values()} <= set(TYPES)


def test_every_entry_is_an_architecture() -> None:
    for table in (
        known.REFUSED,
        known.NO_ATTENTION,
        known.KNOWN_WRONG,
        known.UNKNOWN,
        blocks.PLACES,
        blocks.TOPS,
        blocks.LEADING,
    ):
        assert set(table) <= set(NAMES)


def test_every_type_with_a_head_on_text_is_made_or_the_reason_said() -> None:
    from transformers.models.auto import modeling_auto as auto

    if not version("transformers").startswith(f"{RELEASE}."):
        pytest.skip(f"the tables are of transformers {RELEASE}; {version('transformers')} is installed")
    tables = [
        auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES,
        auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
        auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
        auto.MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES,
        auto.MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES,
    ]
    opened = set(auto.MODEL_MAPPING_NAMES)
    headed = {model_type for table in tables for model_type in table} & opened
    assert headed - {*TYPES, *UNMADE} == set()
    assert {*TYPES, *UNMADE} - opened == set()
    assert set(TYPES) & set(UNMADE) == set()


def test_the_page_has_every_architecture_once_and_names_its_release() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert f"from transformers {RELEASE}." in page
    rows = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    assert rows == ["architecture", *NAMES, "type", *sorted(UNMADE)], "run docs/build_architectures.py"
