"""One mark for each checkpoint: distinct, the same when others are added, and a family is recognised by its symbol."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from probing.figures.marks import BASELINE, MARKS, marks, of_checkpoints

FAMILIES = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.sampled_from("ABC"), max_size=40)


@given(FAMILIES, st.integers(0, 40))
def test_marks_are_distinct_and_stay_when_others_are_added(families: dict[str, str], some: int) -> None:
    found = of_checkpoints(families)
    assert len(set(found.values())) == len(families)
    first = dict(list(families.items())[:some])
    assert of_checkpoints(first).items() <= found.items()
    for name, mark in found.items():
        assert mark.symbol == next(found[other].symbol for other in families if families[other] == families[name])


def test_colours_differ_as_long_as_there_are_enough() -> None:
    names = [f"m{number}" for number in range(len(MARKS))]
    assert len({mark.colour for mark in of_checkpoints(dict.fromkeys(names, "m0")).values()}) == len(MARKS)
    assert len({mark.colour for mark in of_checkpoints({name: name for name in names}).values()}) == len(MARKS)


def test_random_weights_are_grey_with_the_open_symbol_of_their_family() -> None:
    found = of_checkpoints({"a": "a", "random:a@0": "a", "random:a@1": "a"}, {"random:a@0", "random:a@1"})
    assert found["random:a@0"].colour == found["random:a@1"].colour == BASELINE.colour
    assert found["random:a@0"].symbol == f"{found['a'].symbol}-open"
    assert found["random:a@0"] != found["random:a@1"]


def test_a_known_name_keeps_its_mark() -> None:
    known = of_checkpoints({"a": "a", "b": "a"})
    assert marks(["b"], (), known) == {"b": known["b"]}
