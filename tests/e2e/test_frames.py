"""Every figure in its frame, in a real browser: no text beyond the edge, none on another, at both sizes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from probing.reports import images
from probing.reports.document import Chart, Picture, facts
from probing.reports.framing import SIZES, SizeName, framed
from tests.planted.figure_rows import NAMES, SCRIPT
from tests.planted.figures import CROWDED, EXAMPLES, figure_functions

pytestmark = pytest.mark.e2e
SAID = (
    f"{NAMES[1]} reads upos best at layer 8: accuracy 0.913 [0.901, 0.925].\nThe base reaches 0.861 there; the difference is significant "
    "(adjusted p = 0.002), and bag of words reach 0.62."
)
KNOWN = facts(
    checkpoints=", ".join(NAMES),
    corpus="snips (test)",
    n="1,200",
    probe="linear",
    interval="95 %",
    run="0a1b2c",
    date="2026-11-28",
)
# The boxes of all texts of the pictures that lie beyond their frame, in pixels; what is too thin to be seen is none.
BEYOND = """() => [...document.querySelectorAll('#shown > svg')].map((svg) => {
  const frame = svg.getBoundingClientRect();
  const cut = (box) => box.width && (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1
    || box.bottom > frame.bottom + 1);
  return [...svg.querySelectorAll('text')].filter((one) => one.textContent.trim() && cut(one.getBoundingClientRect())).map((one) => {
    const box = one.getBoundingClientRect();
    return [one.textContent, ...[box.left - frame.left, box.top - frame.top, box.right - frame.right, box.bottom - frame.bottom].map(Math.round)];
  });
})"""


@pytest.fixture(scope="module")
def drawing(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Draws specs as the product does: one page for all of them, without a network."""
    context = browser.new_context(offline=True)
    folder = tmp_path_factory.mktemp("frames")

    def draw(specs: list[dict[str, Any]]) -> Page:
        page = context.new_page()
        page.set_default_timeout(240_000)
        file = folder / "page.html"
        file.write_text(images.page(specs, 0), encoding="utf-8")
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-done]", state="attached")
        made = json.loads(page.inner_text("#made"))
        assert isinstance(made, list), made
        page.evaluate(
            """(made) => { const place = document.createElement('div'); place.id = 'shown'; document.body.replaceChildren(place);
            for (const one of made) { place.insertAdjacentHTML('beforeend', one.svg); } }""",
            made,
        )
        return page

    yield draw
    context.close()


def part(name: str) -> Chart:
    figure = (EXAMPLES | CROWDED)[name]()
    return Chart.of(
        figure, title=f"Probe accuracy of {name}", finding=SAID, drawn=f"{name} by layer; bands are 95 % intervals.", facts=KNOWN
    )


def test_every_figure_function_has_an_example() -> None:
    assert figure_functions() == set(EXAMPLES)


@pytest.mark.parametrize("size", list(SIZES))
def test_no_text_of_any_figure_is_cut_off(drawing: Any, size: SizeName) -> None:
    names = [*EXAMPLES, *CROWDED]
    page = drawing([framed(part(name), size, "dark" if place % 2 else "light") for place, name in enumerate(names)])
    found = dict(zip(names, page.evaluate(BEYOND), strict=True))
    assert {name: beyond for name, beyond in found.items() if beyond} == {}
    texts = dict(zip(names, page.eval_on_selector_all("#shown > svg", "all => all.map(one => one.textContent)"), strict=True))
    assert all(NAMES[1] in text for text in texts.values()), "the facts name the checkpoints in full"
    for task in ("sentence_length", "feats:VerbForm of finite clauses", "top_constituents"):
        for name in ("heatmap.layer_by_task", "seed_noise.seed_noise_map", "comparison_maps.difference_map"):
            assert task in texts[name], "a map names all its tasks"
    assert all(f"feats:Feature{number:02}" in texts["thirty tasks"] for number in range(30))
    assert "first 24 of 200 lines" in texts["two hundred lines"]
    assert SCRIPT in texts["layer_curves.layer_curves"], "a name is text"
    assert page.locator("#shown script").count() == 0
    page.close()


def test_a_picture_and_a_heading_are_framed_too(drawing: Any) -> None:
    from probing.reports.document import Heading

    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 200"><text x="5" y="90">tree</text></svg>'
    specs = [framed(Picture(svg=svg, title="A tree", finding=SAID, facts=KNOWN), size, "dark") for size in SIZES]
    page = drawing([*specs, framed(Heading(text=f"{SCRIPT}\nbelow"), "slide", "light")])
    assert page.evaluate(BEYOND) == [[], [], []]
    assert page.locator("#shown image").count() == 2
    page.close()


def test_a_picture_is_what_its_kind_says() -> None:
    spec = [framed(part("layer_curves.over_floor"), "slide", "light", "http://localhost:8501/layers?run=a&b=<")]
    (svg,), (png,), pdf = images.svgs(spec), images.pngs(spec), images.pdf(spec * 2)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") == 2 * SIZES["slide"].width
    assert int.from_bytes(png[20:24], "big") == 2 * 720
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") == 2 or pdf.count(b"/Type /Page") >= 2
    assert b"/FontFile" in pdf, "its fonts are in it"
    assert svg.startswith("<svg")
    assert "http://localhost:8501/layers?run=a" in svg
    assert "src=" not in svg
    assert "url(http" not in svg
