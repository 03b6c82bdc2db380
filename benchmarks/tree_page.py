"""What somebody waits for on Trees and on Try a sentence, in Chromium: another sentence opened, and a sentence typed.

    python -m benchmarks.tree_page --store DIR [--repeats 15] [--typed 5]
    python -m benchmarks.tree_page --store DIR --sentence "base=minilm-l6&with=…&task=upos" [--typed 5] [--pause 8]

With `--sentence` the page is Try a sentence, opened with that address, and the picture is the table of labels: of the first checkpoint, and of all.

The store has a run with structural probes, such as of

    python -m probing run --store DIR --checkpoint minilm-l6 --corpus grammar --task trees --probe structural --max-train 400 --seeds 1

Milliseconds from the click, or the key, to the picture replaced, by the browser's own clock: medians and ranges. The first typed sentence has
to start the process that reads it; the next ones find it warm.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.app.serving import serving
from tests.e2e.conftest import FLAGS, chromium, still

STORED, TYPED = "img[usemap='#tree-words']", "img[usemap^='#own-']"
WATCH = """picture => {
    const seen = () => [...document.querySelectorAll(picture)].filter(one => one.complete).map(one => one.src).join();
    const before = seen();
    window.took = new Promise(done => {
        let began;
        document.addEventListener("click", () => { began = performance.now(); }, {capture: true, once: true});
        document.addEventListener("keydown", key => { if (key.key === "Enter") began = performance.now(); }, {capture: true});
        const look = () => {
            const now = seen();
            if (began && now && now !== before) done(performance.now() - began); else requestAnimationFrame(look);
        };
        look();
    });
}"""


ANSWERED = """([word, columns]) => {
    window.took = new Promise(done => {
        let began;
        document.addEventListener("keydown", key => { if (key.key === "Enter") began = performance.now(); }, {capture: true});
        const times = [];
        const look = () => {
            const table = document.querySelector(".st-read");
            const there = began && table && table.textContent.includes(word);
            const drawn = there ? table.querySelectorAll("th[scope=colgroup]").length : 0;
            if (drawn && !times.length) times.push(performance.now() - began);
            if (drawn >= columns) done([times[0], performance.now() - began]); else requestAnimationFrame(look);
        };
        look();
    });
}"""


def opened(page: Page) -> float:
    """Milliseconds until the next sentence of the menu is drawn."""
    page.get_by_role("combobox", name="Sentence (").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.evaluate(WATCH, STORED)
    page.keyboard.press("Enter")
    return float(page.evaluate("window.took"))


def typed(page: Page, text: str) -> float:
    """Milliseconds until a typed sentence's trees are drawn."""
    page.get_by_role("textbox", name="Sentence").fill(text)
    page.evaluate(WATCH, TYPED)
    page.keyboard.press("Enter")
    return float(page.evaluate("window.took"))


def labelled(page: Page, text: str, word: str, checkpoints: int) -> list[float]:
    """Milliseconds until the labels of a typed sentence with this new word are drawn: of the first checkpoint, and of all."""
    page.get_by_role("textbox", name="Sentence").fill(text)
    page.evaluate(ANSWERED, [word, checkpoints])
    page.keyboard.press("Enter")
    return [float(one) for one in page.evaluate("window.took")]


def told(name: str, times: list[float]) -> None:
    print(
        f"{name}: median {statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f}, {len(times)} times)", flush=True
    )


def trees(page: Page, address: str, repeats: int, count: int) -> None:
    page.goto(f"{address}/trees")
    still(page)
    page.locator(STORED).wait_for()
    times = []
    for _ in range(repeats + 1):
        times.append(opened(page))
        still(page)
    told("another sentence, the first time", times[:1])
    told("another sentence", times[1:])
    stamp = f"{time.time():.0f}"
    told("a typed sentence, cold", [typed(page, f"The cats that the dog chased were grey, said number {stamp}.")])
    still(page)
    warm = []
    for i in range(count):
        warm.append(typed(page, f"Nobody thought that the {i + 2} dogs of house {stamp} had ever seen so grey a cat."))
        still(page)
    told("a typed sentence, warm", warm)


def labels(page: Page, address: str, query: str, count: int, pause: float) -> None:
    page.goto(f"{address}/sentence?{query}")
    still(page)
    time.sleep(pause)
    checkpoints = 1 + len([one for one in parse_qs(urlsplit(page.url).query).get("with", []) if one])
    stamp = f"{time.time():.0f}"
    times = []
    for i in range(count + 1):
        word = f"{stamp}{i}"
        times.append(
            labelled(page, f"Nobody thought that the dogs of house {word} had ever seen so grey a cat.", word, checkpoints)
        )
        still(page)
    for place, which in enumerate(("the first checkpoint", f"all {checkpoints} checkpoints")):
        told(f"labels of a typed sentence, {which}, cold", [times[0][place]])
        told(f"labels of a typed sentence, {which}, warm", [one[place] for one in times[1:]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", required=True, type=Path)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--typed", type=int, default=5)
    parser.add_argument("--sentence", help="the address of Try a sentence, after its question mark")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds that somebody takes to type the first sentence")
    options = parser.parse_args()
    with serving(options.store.resolve()) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1360, "height": 1000})
        page.set_default_timeout(30_000)
        if options.sentence is None:
            trees(page, address, options.repeats, options.typed)
        else:
            labels(page, address, options.sentence, options.typed, options.pause)
        browser.close()


if __name__ == "__main__":
    main()
