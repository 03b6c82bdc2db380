"""One mark for each checkpoint: distinct, the same when others are added, and a family is recognised by its symbol."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from probing.figures.marks import BASELINE, MARKS, METHODS, SYMBOLS, marks, of_checkpoints, of_layers, of_methods

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


def test_a_method_has_no_colour_and_no_sign_of_a_checkpoint() -> None:
    found = of_methods([f"method {number}" for number in range(len(METHODS))])
    checkpoints = of_checkpoints({f"m{number}": f"family {number % 8}" for number in range(40)})
    for part in ("colour", "symbol"):
        assert not {getattr(mark, part) for mark in found.values()} & {getattr(mark, part) for mark in checkpoints.values()}
        assert len({getattr(mark, part) for mark in found.values()}) == len(METHODS)


def test_layers_of_a_checkpoint_have_its_colour_and_marks_of_their_own() -> None:
    look = of_checkpoints({"a": "a", "b": "a", "random:a@0": "a"}, {"random:a@0"})
    keys = [(name, layer) for name in look for layer in (0, 3, 6)]
    found = of_layers(keys, look)
    assert len(set(found.values())) == len(keys)
    for (name, _), mark in found.items():
        assert mark.colour == look[name].colour
        assert mark.symbol.endswith("-open") == (name == "random:a@0")
        assert mark.symbol.removesuffix("-open") in SYMBOLS
        assert mark.dash != "dash", "a dash is a control task"
