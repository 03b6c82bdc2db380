"""A run in progress is drawn on every page that will show it: its points as they are done, in the page's own measure."""

from __future__ import annotations

from typing import Any

import pytest

from cache.store import Store
from tests.app.opening import open_page, sound, words
from tests.planted import live

PAGES: list[tuple[str, dict[str, Any], tuple[str, ...], str]] = [
    ("layers", {}, ("accuracy",), "test"),
    ("overview", {}, ("accuracy",), "test"),
    ("compare", {}, ("accuracy",), "test"),
    ("effort", {"measure": "decodability"}, ("accuracy",), "test"),
    ("trees", {"tasks": ("trees",), "probes": ("structural",)}, ("uuas",), "test"),
]


@pytest.mark.parametrize(("page", "asked", "metrics", "split"), PAGES, ids=[page for page, *_ in PAGES])
def test_the_page_draws_what_is_done(
    store: Store, page: str, asked: dict[str, Any], metrics: tuple[str, ...], split: str
) -> None:
    planned = live.asked(**asked)
    publisher = live.begin(store, planned)
    publisher.expect(30)
    app = open_page(page, run=planned.run)
    assert "The first layer" in words(app)
    publisher.rows(live.rows(planned, 2, metrics=metrics, split=split))
    app = sound(app.run())
    assert "Not final yet: 2 of" in words(app)
    assert len(app.get("plotly_chart")) == 1
    publisher.close()


def test_a_measure_that_comes_later_can_be_chosen_as_soon_as_it_has_a_point(store: Store) -> None:
    planned = live.asked(measure="decodability")
    publisher = live.begin(store, planned)
    codes = live.rows(planned, 1, metrics=("codelength",), split="train")
    publisher.rows([*live.rows(planned, 2), *(row for row in codes if row["metric"] == "codelength")])
    app = open_page("effort", run=planned.run)
    (menu,) = [one for one in app.selectbox if one.label == "Measure"]
    assert [option.lower() for option in menu.options] == ["accuracy", "codelength"]
    publisher.close()
