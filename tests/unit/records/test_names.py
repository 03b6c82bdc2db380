"""Nicknames and roles: from lineage or by hand, never two alike, and kept in one file that may be damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.store import Store
from probing.errors import BadInput
from probing.records import names
from probing.records.names import Given, Known, called

LONG = "minilm-l6-grammar-bitfit-256-s0-8a52fc"
BITFIT = Known(LONG, "minilm-l6", "finetune", "bitfit", "grammar", 256, 0)


def test_a_long_name_of_a_product_has_a_nickname_and_a_role_by_its_lineage() -> None:
    random = f"random:{LONG}@0"
    found = called([Known("minilm-l6"), BITFIT, Known(random, LONG), Known("pupil", "lab:" + LONG, "distil")])
    assert found["minilm-l6"] == ("minilm-l6", "base", "minilm-l6")
    assert found[LONG] == ("BitFit grammar 256", "BitFit", "minilm-l6")
    assert found[random] == ("random:BitFit grammar 256@0", "random", "minilm-l6")
    assert found["pupil"] == ("pupil", "student", "minilm-l6")  # short enough; the family is found over two steps


def test_two_of_one_recipe_differ_by_seed_and_then_by_name() -> None:
    second = BITFIT._replace(name="minilm-l6-grammar-bitfit-256-s1-aaaaaa", seed=1)
    third = BITFIT._replace(name="minilm-l6-grammar-bitfit-256-s1-bbbbbb", seed=1)
    assert [one.nickname for one in called([BITFIT, second, third]).values()] == [
        "BitFit grammar 256",
        "BitFit grammar 256 s1",
        "BitFit grammar 256 bbbbbb",
    ]


def test_a_student_is_told_by_its_teacher() -> None:
    student = Known(f"{LONG}-3-layers-grammar-s0-25daba", "lab:" + LONG, "distil", None, "grammar", 12406, 0)
    second = student._replace(name=f"{LONG}-3-layers-grammar-s1-aaaaaa", seed=1)
    found = called([BITFIT, student, second, student._replace(name=f"{LONG}-other", parent="minilm-l6")])
    told = [one.nickname for one in found.values()]
    assert told == ["BitFit grammar 256", "student of BitFit 256", "student of BitFit 256 s1", "student grammar 12406"]


def test_what_is_given_by_hand_comes_first_and_is_taken_from_no_other() -> None:
    other = Known("a-long-name-of-a-checkpoint-without-lineage")
    found = called([BITFIT, other], {other.name: Given(nickname="BitFit grammar 256", role="full")})
    assert found[other.name] == ("BitFit grammar 256", "full", other.name)
    assert found[LONG].nickname == "BitFit grammar 256 s0"


NAMES = st.text("ab-", min_size=1, max_size=40)


@given(
    st.lists(
        st.builds(
            Known,
            NAMES,
            st.none() | NAMES,
            st.sampled_from([None, "finetune", "distil"]),
            st.sampled_from([None, "bitfit", "top:2"]),
            st.sampled_from([None, "grammar"]),
            st.sampled_from([None, 64]),
            st.sampled_from([None, 0, 1]),
        )
    )
)
def test_no_two_have_one_nickname(known: list[Known]) -> None:
    found = called(known)
    assert set(found) == {one.name for one in known}
    assert len({one.nickname for one in found.values()}) == len(found)


def test_they_are_kept_in_the_store_and_cleared(store_root: Path) -> None:
    store = Store(store_root)
    known = called([BITFIT, Known("minilm-l6")])
    names.write(store, LONG, "  mine\n ", "student", known)
    assert names.read(Store(store_root)) == {LONG: Given(nickname="mine", role="student")}
    with pytest.raises(BadInput, match="is that of minilm-l6"):
        names.write(store, LONG, "minilm-l6", "", known)
    with pytest.raises(BadInput, match="more than 24"):
        names.write(store, LONG, "x" * 25, "", known)
    names.write(store, LONG, "", "", known)
    assert names.read(store) == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"record": {"names": {"a": 1}}, "seal": "0"}', "\0"])
def test_a_damaged_file_is_one_sentence_and_is_not_written_over(store_root: Path, text: str) -> None:
    store = Store(store_root)
    path = store.root / names.FILE
    path.write_text(text)
    with pytest.raises(BadInput, match=r"names\.json is damaged"):
        names.read(store)
    with pytest.raises(BadInput):
        names.write(store, LONG, "mine", "", {})
    assert path.read_text() == text
