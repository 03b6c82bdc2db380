"""Peak memory of a worker that extracts 1x and 10x the text.

    python -m benchmarks.memory [--sentences 2000]
    python -m benchmarks.memory --words 1000000

The text is the grammar's train split under `random:minilm-l6@0`; the larger one is made of new sentences, each a rotation of
an old one's words, so that nothing is shared. Prints the peak resident memory of each process and the difference. With `--words`, one extraction of
so many words: resident memory after every tenth of its sub-words, and what it grew by after the first tenth.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path


def child(times: int, sentences: int, store: str) -> None:
    from cache.store import Store
    from probing import checkpoints, corpora
    from probing.extraction import extract

    forms = [sentence.forms for sentence in corpora.find("grammar").load().splits["train"][:sentences]]
    text = [form[i % len(form) :] + form[: i % len(form)] + (f"n{i}",) for i in range(times) for form in forms]
    report = extract(checkpoints.resolve("random:minilm-l6@0", Path(store)), text, Store(Path(store)), progress=lambda *_: None)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(text)} {report.tokens} {peak:.0f}")


def distinct(words: int) -> list[tuple[str, ...]]:
    """Sentences of at least so many words in all, each a rotation of one of the grammar's and a number."""
    from probing import corpora

    forms = [sentence.forms for sentence in corpora.find("grammar").load().splits["train"]]
    text: list[tuple[str, ...]] = []
    while words > 0:
        form = forms[len(text) % len(forms)]
        turn = len(text) % len(form)
        text.append((*form[turn:], *form[:turn], f"n{len(text)}"))
        words -= len(text[-1])
    return text


def along(words: int, store: str) -> None:
    """Resident memory along one extraction; the parent's own text is in it from the start."""
    from cache.store import Store
    from probing import checkpoints
    from probing.extraction import extract

    checkpoint, text = checkpoints.resolve("random:minilm-l6@0", Path(store)), distinct(words)
    sizes: list[int] = []

    def sample(stage: str, done: int, total: int) -> None:
        if stage == "reading" and 10 * done >= (len(sizes) + 1) * total:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            sizes.append(pages * resource.getpagesize() >> 20)
            print(f"{100 * done // total} %: {sizes[-1]} MB", flush=True)

    report = extract(checkpoint, text, Store(Path(store)), progress=sample)
    speed = report.tokens / report.seconds
    growth = f"at most {max(sizes) - sizes[0]:+} MB, at the end {sizes[-1] - sizes[0]:+} MB"
    print(f"{words:,} words, {report.tokens:,} sub-words at {speed:,.0f} a second; after the first tenth {growth}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--times", type=int)
    parser.add_argument("--words", type=int)
    options = parser.parse_args()
    if options.words:
        with tempfile.TemporaryDirectory() as store:
            along(options.words, store)
        return
    if options.times:
        with tempfile.TemporaryDirectory() as store:
            child(options.times, options.sentences, store)
        return
    peaks = []
    for times in (1, 10):
        command = [
            sys.executable,
            "-m",
            "benchmarks.memory",
            "--times",
            str(times),
            "--sentences",
            str(options.sentences),
        ]
        sentences, tokens, peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        peaks.append(float(peak))
        print(f"{times}x: {sentences} sentences, {tokens} tokens, peak {peak} MB", flush=True)
    print(f"difference {peaks[1] - peaks[0]:.0f} MB")


if __name__ == "__main__":
    main()
