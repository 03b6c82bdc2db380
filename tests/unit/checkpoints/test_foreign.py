"""Foreign errors are one sentence; errors of ours stay what they are."""

from __future__ import annotations

import json

import pytest

from probing.checkpoints.foreign import first_line, foreign, shown
from probing.errors import BadInput
from probing.extraction.batches import batch_size


def test_what_a_library_raises_is_a_sentence_with_its_first_line() -> None:
    with (
        pytest.raises(BadInput, match=r"^It cannot be read \(JSONDecodeError: Expecting value: .*\): write it anew\.$"),
        foreign("It cannot be read", "write it anew"),
    ):
        json.loads("?\n?")


def test_a_defect_of_ours_and_a_lack_of_memory_pass_as_they_are() -> None:
    import numpy as np

    with pytest.raises(TypeError), foreign("It cannot be read", "write it anew"):
        batch_size(np.array([1, 2]), "budget")  # type: ignore[arg-type]
    for error in (MemoryError(), RuntimeError("CUDA out of memory"), BadInput("A sentence."), KeyboardInterrupt()):
        with pytest.raises(type(error)) as caught, foreign("It cannot be read", "write it anew"):
            raise error
        assert caught.value is error


def test_an_error_without_words_is_called_by_its_type() -> None:
    assert first_line(StopIteration()) == "StopIteration"
    assert first_line(ValueError("one.\ntwo")) == "ValueError: one"
    assert shown(["a"] * 20) == repr("a a a a a a a a a a a a …")
