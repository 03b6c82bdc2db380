"""Cost of linear probes against size, on log axes: words × layers × problems from a thousand to millions.

    python -m benchmarks.scaling --corpus FOLDER [--repeats 5] [--picture docs/pictures/cost.png] [--json FILE]

Problems are control maps of the words taken, at λ = 1/n, to within 0.1 % of the optimum; a point is the median of repeats. Prints
the slope of log seconds on log size, by least squares, over all points and over the upper half of sizes.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.report import Row, finish, seconds
from benchmarks.sweeps import ours
from benchmarks.words import Words

WORDS = (1_000, 4_000, 16_000, 48_000)
PROBLEMS = (1, 4, 16)
LAYERS = (1, 3)


def measure(words: Words, repeats: int) -> list[dict[str, float]]:
    drawn = [words.drawn(seed)["train"] for seed in range(max(PROBLEMS))]
    layers = [words.vectors(1 + layer)["train"] for layer in range(max(LAYERS))]
    points = []
    for size in (n for n in WORDS if n <= len(drawn[0])):
        for problems in PROBLEMS:
            for depth in LAYERS:

                def work(size: int = size, problems: int = problems, depth: int = depth) -> None:
                    for vectors in layers[:depth]:
                        ours(vectors[:size], [(labels[:size], 1 / size) for labels in drawn[:problems]], words.classes)

                taken = median(seconds(work) for _ in range(repeats))
                points.append({"words": size, "layers": depth, "problems": problems, "seconds": taken})
                print(points[-1], flush=True)
    return points


def slope(points: list[dict[str, float]]) -> float:
    size = np.log([p["words"] * p["layers"] * p["problems"] for p in points])
    return float(np.polyfit(size, np.log([p["seconds"] for p in points]), 1)[0])


def draw(points: list[dict[str, float]], picture: Path) -> None:
    import plotly.graph_objects as go
    from playwright.sync_api import sync_playwright

    figure = go.Figure()
    for problems, symbol in zip(PROBLEMS, ("circle", "square", "diamond"), strict=True):
        chosen = sorted((p for p in points if p["problems"] == problems), key=lambda p: p["words"] * p["layers"])
        figure.add_scatter(
            x=[p["words"] * p["layers"] * problems for p in chosen],
            y=[p["seconds"] for p in chosen],
            mode="markers",
            marker={"symbol": symbol, "size": 9},
            name=f"{problems} problem{'s' * (problems > 1)}",
        )
    middle = sorted(points, key=lambda p: p["seconds"])[len(points) // 2]
    centre = middle["words"] * middle["layers"] * middle["problems"]
    ends = [min(p["words"] for p in points), max(p["words"] * p["layers"] * p["problems"] for p in points)]
    line = [middle["seconds"] * end / centre for end in ends]
    figure.add_scatter(x=ends, y=line, mode="lines", line={"dash": "dot", "color": "grey"}, name="slope 1")
    figure.update_layout(
        template="plotly_white",
        width=760,
        height=460,
        xaxis={"type": "log", "title": "words × layers × problems"},
        yaxis={"type": "log", "title": "seconds"},
        margin={"l": 60, "r": 20, "t": 20, "b": 50},
    )
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 760, "height": 460})
        page.set_content(figure.to_html(include_plotlyjs=True, full_html=True, config={"displayModeBar": False}))
        page.wait_for_selector(".main-svg")
        page.screenshot(path=str(picture))
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    words = Words.read("minilm-l6", options.corpus, "upos", {"train": 3000, "dev": 700, "test": 700})
    points = measure(words, options.repeats)
    sizes = sorted(p["words"] * p["layers"] * p["problems"] for p in points)
    upper = [p for p in points if p["words"] * p["layers"] * p["problems"] >= sizes[len(sizes) // 2]]
    rows = [
        Row(f"cost against words × layers × problems, {what}", "slope 1 on log axes", "1", slope(chosen), 1.0, "", slope(chosen))
        for what, chosen in (("all sizes", points), (f"from {sizes[len(sizes) // 2]:,} on", upper))
    ]
    if options.picture:
        draw(points, options.picture)
    finish("scaling", rows, options.json, points=points)


if __name__ == "__main__":
    main()
