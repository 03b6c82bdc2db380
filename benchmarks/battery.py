"""Seventeen tasks of one checkpoint in one run, against the same by a loop per task: seconds and forward passes.

    python -m benchmarks.battery --corpus FOLDER [--checkpoint minilm-l6] [--max-train 3000] [--json FILE]

SentEval's ten sentence tasks, five of words and two of edges, all layers, linear probes with control task and random-weights checkpoint, one
seed, from an empty store. The loop encodes what each task asks in a store of its own; its fits are those of the one run, which does not fit
any two tasks together, so they are counted once for both and not made again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.report import Row, ceiling, finish
from cache.store import Store
from probing import tasks
from probing.execution.engine import execute
from probing.extraction import extract
from probing.runs import RunSpec, plan
from probing.settings import Settings

SENTENCES = (
    *("sentence_length", "word_content", "tree_depth", "top_relations", "bigram_shift"),
    *("past_present", "subj_number", "obj_number", "odd_man_out", "coordination_inversion"),
)
WORDS = ("upos", "deprel", "head_direction", "head_distance", "word_depth")
EDGES = ("arc_label", "arc")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--checkpoint", default="minilm-l6")
    parser.add_argument("--max-train", type=int, default=3000)
    parser.add_argument("--max-dev", type=int, default=700)
    parser.add_argument("--max-test", type=int, default=700)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    names = (*SENTENCES, *WORDS, *EDGES)
    spec = RunSpec(
        checkpoints=(options.checkpoint,),
        corpus=options.corpus,
        tasks=names,
        seeds=1,
        max_train=options.max_train,
        max_dev=options.max_dev,
        max_test=options.max_test,
    )
    asked = plan(spec, Settings.read())
    told = {"last": ""}

    def tell(stage: str, *_: object) -> None:
        if stage != told["last"]:
            told["last"] = stage
            print(stage, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as folder:
        outcome = execute(asked, Store(Path(folder)), tell)
    corpus = asked.source.load().first(spec.limits)
    passes, seconds = 0, 0.0
    for name in names:
        splits = tasks.get_task(name).label(corpus).indexed_sentences(corpus)
        forms = [sentence.forms for split in splits.values() for sentence in split]
        with tempfile.TemporaryDirectory() as folder:
            store = Store(Path(folder))
            for checkpoint in asked.checkpoints:
                report = extract(checkpoint, forms, store, device=asked.device)
                passes += report.forward_passes
                seconds += report.seconds
        print(f"{name}: {len(set(forms)):,} sentences", file=sys.stderr, flush=True)
    work = f"{len(names)} tasks, {len(asked.checkpoints)} checkpoints, all layers, {options.max_train:,} sentences"
    against, note = "a loop over tasks", f"of ours {outcome.extract_seconds:.0f} s encode and {outcome.fit_seconds:.0f} s fit"
    loop = outcome.total_seconds - outcome.extract_seconds + seconds
    rows = [
        Row(f"{work}: forward passes", against, "", outcome.forward_passes, passes, "passes", passes / outcome.forward_passes),
        Row(f"{work}: encoding", against, "", outcome.extract_seconds, seconds, "s", seconds / outcome.extract_seconds),
        Row(f"{work}: all of it", against, "", outcome.total_seconds, loop, "s", loop / outcome.total_seconds, note),
    ]
    finish("battery", rows, options.json, ceiling=ceiling())


if __name__ == "__main__":
    main()
