"""The head of a model card: what it tells, and that nothing in it can do harm."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.checkpoints.model_card import front_matter


def read(folder: Path, head: str) -> dict[str, str]:
    card = folder / "README.md"
    card.write_text(f"---\n{head}\n---\n# Words\n", encoding="utf-8")
    return front_matter(card)


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("license: mit\nbase_model:\n- org/parent\n- other", {"license": "mit", "base_model": "org/parent"}),
        ("date: 2024-13-45\nlicense: mit", {"license": "mit"}),
        ("license: 'null'\nbase_model: null", {"license": "null"}),
        ("license: ~\nbase_model: ''", {}),
        ("x: {license: gpl}\n? [a, b]\n: {license: gpl}\nlicense: mit", {"license": "mit"}),
        ("license:\n  name: mit\nbase_model: q", {"base_model": "q"}),
        ("x: &a mit\nlicense: *a\nbase_model: q", {"base_model": "q"}),
        ("license: [[mit]]", {}),
        ("license: [unclosed", {}),
        ("- license: mit", {}),
        ("license: !!python/object/apply:os.system [ls]", {"license": "ls"}),
        ("n: " + "9" * 5000 + "\nlicense: mit", {"license": "mit"}),
    ],
)
def test_what_a_card_tells(tmp_path: Path, head: str, told: dict[str, str]) -> None:
    assert read(tmp_path, head) == told


def test_nesting_references_and_odd_files_cost_nothing(tmp_path: Path) -> None:
    many = "\n".join(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 12))
    for head in ("[" * 100_000, "- " * 100_000 + "a", f"a0: &a0 {{k: v}}\n{many}\n"):
        assert read(tmp_path, head) == {}
    os.mkfifo(tmp_path / "pipe.md")
    for path in (tmp_path / "pipe.md", Path("/dev/zero"), tmp_path, tmp_path / "gone.md"):
        assert front_matter(path) == {}
    (tmp_path / "latin.md").write_bytes(b"---\nlicense: \xe9\n---\n")
    assert front_matter(tmp_path / "latin.md") == {}


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="licensebase_model: \n-[]{}?&*!|>'\"~#%@0129\t", max_size=80))
def test_any_head_ends_in_texts(tmp_path_factory: pytest.TempPathFactory, head: str) -> None:
    found = read(tmp_path_factory.getbasetemp(), head)
    assert set(found) <= {"license", "base_model"}
    assert all(isinstance(text, str) and text for text in found.values())
