"""Peak memory of a worker that extracts 1x and 10x the text.

    python -m benchmarks.memory [--sentences 400]

The text is the grammar's train split under `random:minilm-l6@0`; the larger one is made of new sentences, each a rotation of
an old one's words, so that nothing is shared. Prints the peak resident memory of each process and the difference.
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
    report = extract(checkpoints.resolve("minilm-l6", Path(store)), text, Store(Path(store)), progress=lambda *_: None)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(text)} {report.tokens} {peak:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--times", type=int)
    options = parser.parse_args()
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
