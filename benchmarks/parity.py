"""Ours against scikit-learn on the same vectors at the same penalty (λ = 1/(C·n), C = 1, bias unpenalised).

    python -m benchmarks.parity --corpus FOLDER [--task upos] [--max-train 3000 --max-dev 700 --max-test 700]

Prints a Markdown table: at every layer the test accuracy of scikit-learn's LogisticRegression, ours at the same penalty, ours
with λ chosen on dev, and the same for the control task.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from benchmarks.words import Words
from probing import probes
from probing.probes.family import ProbeOptions, Problem
from probing.solvers.standardise import Standardiser


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--task", default="upos")
    parser.add_argument("--checkpoint", default="minilm-l6")
    for split, size in (("train", 3000), ("dev", 700), ("test", 700)):
        parser.add_argument(f"--max-{split}", type=int, default=size)
    options = parser.parse_args()
    from sklearn.linear_model import LogisticRegression

    limits = {"train": options.max_train, "dev": options.max_dev, "test": options.max_test}
    words = Words.read(options.checkpoint, options.corpus, options.task, limits)
    gold, drawn, classes = words.gold, words.drawn(0), words.classes
    # Read the control where its labels can be learned.
    seen = words.seen("test")
    n = len(gold["train"])
    linear = probes.FAMILIES.get("linear")
    print("| layer | scikit-learn | ours, same λ | ours, λ on dev | control, theirs | control, ours | theirs s | ours s |")
    print("|---|---|---|---|---|---|---|---|")
    for layer in range(words.layers):
        raw = words.vectors(layer)
        scale = Standardiser.of(raw["train"])
        x = {name: scale.apply(vectors) for name, vectors in raw.items()}
        theirs, seconds = [], 0.0
        for labels, keep in ((gold, np.ones(len(gold["test"]), bool)), (drawn, seen)):
            start = time.perf_counter()
            model = LogisticRegression(C=1.0, max_iter=2000, tol=1e-5).fit(x["train"], labels["train"])
            seconds += time.perf_counter() - start
            theirs.append(float((model.predict(x["test"]) == labels["test"])[keep].mean()))
        problems = [
            Problem("task", gold["train"], gold["dev"], classes, penalty=1 / n),
            Problem("control", drawn["train"], drawn["dev"], classes, penalty=1 / n),
            Problem("task", gold["train"], gold["dev"], classes),
        ]
        start = time.perf_counter()
        *same, chosen = linear.fit(raw["train"], raw["dev"], problems, ProbeOptions(), lambda _done, _total: None)
        ours_seconds = time.perf_counter() - start
        p_task, p_control = (probe.log2_probabilities(raw["test"]).argmax(1) for probe in same)
        best = float((chosen.log2_probabilities(raw["test"]).argmax(1) == gold["test"]).mean())
        print(
            f"| {layer} | {theirs[0]:.4f} | {(p_task == gold['test']).mean():.4f} | {best:.4f} (λ {chosen.setting['lambda']:g}) "
            f"| {theirs[1]:.4f} | {(p_control == drawn['test'])[seen].mean():.4f} | {seconds:.1f} | {ours_seconds:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
