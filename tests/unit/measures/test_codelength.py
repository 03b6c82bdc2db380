"""The online codelength by hand, and what the reference code prints instead."""

from __future__ import annotations

import numpy as np
import pytest

from probing.measures.codelength import as_published, codelength


def test_by_hand() -> None:
    found = codelength(4, np.array([6.0, 10.0]), np.array(12.0), 32, 8)
    assert found.uniform == 96
    assert found.online == 4 * 3 + 16
    assert found.model == 28 - 12
    assert found.compression == pytest.approx(96 / 28)


def test_labels_drawn_uniformly_do_not_compress() -> None:
    items, classes, first = 1000, 16, 100
    blocks = np.array([[400.0, 3200.0], [400.0, 3200.0]])  # 4 bits an item: what a probe that answers the prior costs
    found = codelength(first, blocks, np.full(2, 4000.0), items, classes)
    assert found.compression == pytest.approx([1.0, 1.0])
    assert found.model == pytest.approx([0.0, 0.0])


def test_as_published_is_short_by_the_derived_amount() -> None:
    blocks = np.array([120.0, 340.0])
    right = codelength(10, blocks, np.array(300.0), 500, 4).online
    assert right - as_published(10 * np.log2(4), blocks) == pytest.approx((1 - np.log(2)) * 460)


def test_the_published_figure_of_elmo_in_both_units() -> None:
    """Voita & Titov's 96 kbit of ELMo layer 1 on part of speech (949,676 words, 45 tags) mixes units; all in bits it is 136."""
    first, classes = 950, 45
    uniform = first * np.log2(classes)
    later = (96_000 - uniform) / np.log(2)
    assert (uniform + later) / 1000 == pytest.approx(136, abs=0.5)
    assert as_published(uniform, np.array([later])) == pytest.approx(96_000)
