"""What a GPU does, in one go: tests/gpu, then a table of figures on checkpoints with random weights. Needs no network and no weights.

    python -m benchmarks.gpu [--json FILE] [--seconds 330] [--device cuda] [--tiny]
    python -m benchmarks.gpu --table FILE

The most important figures come first. What does not fit into `--seconds` is left out and named; FILE is written after each figure, so
that a run that is cut leaves what it had. `--table` prints the GPU section of docs/performance.md from FILE. `--tiny --device cpu` tries
the script where no GPU is.

Extraction is forward passes with pooling, every layer, its words on the CPU as fp32; the first run warms up and is dropped, then the
median of up to five. Its share of the ceiling counts all operations of the passes. The profile is of one more run.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
import torch

from benchmarks import made_checkpoints, sweeps
from benchmarks.extraction import Ours
from benchmarks.gpu_table import markdown
from benchmarks.made_checkpoints import Size
from benchmarks.networks import SEEDS, WIDTHS
from benchmarks.report import ceiling, seconds
from benchmarks.timing import profile, python_profile, timed
from cache.store import Store
from probing import checkpoints
from probing.checkpoints.tokenizer import load_tokenizer
from probing.extraction import extract
from probing.extraction.models import Models
from probing.extraction.passes import keep_steady
from probing.extraction.tokens import Splitter, Tokens
from probing.measures.loss import unseen_share
from probing.solvers.networks import Mlp
from probing.solvers.standardise import Standardiser
from probing.solvers.stochastic import SCHEDULE, NetworkProblem, train

SLOW = 75  # seconds after which a fit is stopped
Figure = dict[str, Any]


@dataclass(frozen=True)
class Scale:
    """What is measured: checkpoints with their numbers of sentences, sides of products, words × width and number of linear probes, and
    of MLPs layers and seeds."""

    sizes: tuple[tuple[Size, int], ...]
    products: tuple[int, ...]
    words: int
    width: int
    probes: int
    mlps: tuple[int, int]


FULL = Scale(
    ((made_checkpoints.BASE, 4000), (made_checkpoints.MINILM, 4000), (made_checkpoints.BILLION, 1500)),
    products=(4096, 8192),
    words=16_000,
    width=768,
    probes=1000,
    mlps=(7, SEEDS),
)
TRIAL = Scale(
    ((made_checkpoints.TINY, 20), (made_checkpoints.TINY_DECODER, 10)),
    products=(64, 128),
    words=1000,
    width=16,
    probes=25,
    mlps=(2, 1),
)


class Run:
    """One run of the script: its clock, its folder, and what it has found so far."""

    def __init__(self, device: str, scale: Scale, limit: float, out: Path | None, folder: Path) -> None:
        self.device, self.scale, self.folder, self.store = device, scale, folder, Store(folder / "store")
        self.cuda = device.startswith("cuda")
        self._end, self._began, self._out = time.monotonic() + limit, time.monotonic(), out
        self._made: dict[str, tuple[checkpoints.Checkpoint, list[list[str]], Tokens]] = {}
        self.operations: dict[str, int] = {}
        self.found: Figure = {"name": "gpu", "made": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}", **machine(device)}
        self.found |= {"figures": [], "profiles": [], "left_out": [], "failed": []}

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    def step(self, name: str, expected: float, work: Callable[[], object]) -> None:
        """Carry out `work` where `expected` seconds are left; whatever comes of it is written."""
        if self.left < expected:
            self.found["left_out"].append(f"{name}: {self.left:.0f} s were left, and it takes some {expected:.0f}")
        else:
            print(f"{name} ({self.left:.0f} s left)", file=sys.stderr, flush=True)
            try:
                work()
            except TimeoutError as error:
                self.found["left_out"].append(f"{name}: {error}")
            except Exception as error:
                traceback.print_exc()
                self.found["failed"].append(f"{name}: {type(error).__name__}: {error}"[:500])
        if self.cuda:
            gc.collect()
            torch.cuda.empty_cache()
        self.found["seconds"] = round(time.monotonic() - self._began, 1)
        if self._out:
            self._out.parent.mkdir(parents=True, exist_ok=True)
            self._out.write_text(json.dumps(self.found, indent=1))

    def within(self, limit: float) -> Callable[..., None]:
        """A function that raises TimeoutError once `limit` seconds from now, or all that are left, are over."""
        end = min(time.monotonic() + limit, self._end)

        def tick(*_: object) -> None:
            if time.monotonic() > end:
                raise TimeoutError(f"it was stopped after {limit:.0f} s, or when no time was left")

        return tick

    @contextmanager
    def figure(self, work: str, **more: Any) -> Iterator[Figure]:
        """A figure to be filled, with the most GPU memory (bytes) that is in use until it is done."""
        if self.cuda:
            torch.cuda.reset_peak_memory_stats(self.device)
        one: Figure = {"work": work, **more}
        yield one
        one["peak_bytes"] = torch.cuda.max_memory_allocated(self.device) if self.cuda else None
        self.found["figures"].append(one)
        print(f"  {one}", file=sys.stderr, flush=True)

    def checkpoint(self, size: Size, count: int) -> tuple[checkpoints.Checkpoint, list[list[str]], Tokens]:
        """The checkpoint of a size, `count` sentences, and their tokens; made once."""
        if size.name not in self._made:
            place = re.sub(r"\W+", "-", size.name)
            folder = made_checkpoints.checkpoint(self.folder / place, size, self.device)
            found = checkpoints.resolve(str(folder), self.store.root)
            text = made_checkpoints.sentences(count)
            splitter = Splitter(load_tokenizer(folder).backend_tokenizer, found.facts.max_length)
            self._made[size.name] = found, text, splitter.tokens(text, lambda _done, _total: None)
        return self._made[size.name]


def machine(device: str) -> Figure:
    import transformers

    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else "CPU"
    return {
        "device": name,
        "cores": os.cpu_count(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "cudnn": torch.backends.cudnn.version() if device.startswith("cuda") else None,
        "python": ".".join(map(str, sys.version_info[:3])),
    }


def tests(run: Run) -> None:
    """tests/gpu in a process of its own, which leaves the card when it ends."""
    command = [sys.executable, "-m", "pytest", "tests/gpu", "-q", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=max(30.0, run.left / 2))
        code, said = done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired as error:
        code, said = -1, f"ended after {error.timeout:.0f} s\n{error.stdout or ''}"
    run.found["tests"] = {"code": code, "summary": said.strip().splitlines()[-1] if said.strip() else "", "said": said[-6000:]}


def products(run: Run) -> None:
    run.found["ceiling"] = {}  # GFLOP/s by side and precision
    for side in run.scale.products:
        run.found["ceiling"][str(side)] = ceiling(side, device=run.device)


def in_memory(run: Run, size: Size, count: int, precision: str) -> None:
    """Extraction into memory, its profile, and of bf16 on a GPU also the time with either kernel of attention."""
    checkpoint, _, tokens = run.checkpoint(size, count)
    with run.figure("vectors in memory", size=size.name, precision=precision) as one:
        ours = Ours(checkpoint, tokens, run.device, precision, run.store.root)
        one |= timed(partial(_drain, ours), len(tokens.ids))
        if size.name not in run.operations:
            run.operations[size.name] = ours.operations()
        rate = run.operations[size.name] / one["seconds"] / 1e9
        one |= {"passes": ours.made.made, "text_share": ours.made.tokens / ours.made.computed, "gflops": rate}
        one["shares"] = {side: rate / by[precision] for side, by in run.found.get("ceiling", {}).items()}
    if run.cuda and precision == "bf16":
        before = torch.backends.cuda.cudnn_sdp_enabled()
        try:
            for allowed in (True, False):
                torch.backends.cuda.enable_cudnn_sdp(allowed)
                kind = "allowed" if allowed else "off"
                with run.figure(f"vectors in memory, cuDNN's attention {kind}", size=size.name, precision=precision) as one:
                    one |= timed(partial(_drain, ours), len(tokens.ids))
        finally:
            torch.backends.cuda.enable_cudnn_sdp(before)
    run.found["profiles"].append({"size": size.name, "precision": precision, **profile(partial(_drain, ours), run.cuda)})


def _drain(ours: Ours) -> None:
    for _ in ours.passes():
        pass


def to_disk(run: Run, size: Size, count: int, precision: str) -> None:
    """`extract()` into an empty store, the model loaded before; loading and tokenising are not counted, as in its own report."""
    checkpoint, text, _ = run.checkpoint(size, count)
    models, rates = Models(1), []
    with run.figure("vectors to disk", size=size.name, precision=precision) as one:
        for _ in range(3):
            report = extract(checkpoint, text, run.store, precision=precision, device=run.device, models=models)
            rates.append(report.tokens / report.seconds)
            shutil.rmtree(run.store.root / "activations")
        one |= {
            "rate": median(rates[1:]),
            "rates": rates,
            "sub_words": report.tokens,
            "seconds": report.tokens / median(rates[1:]),
        }
    again = partial(extract, checkpoint, text, run.store, precision=precision, device=run.device, models=models)
    run.found["profiles"].append({"size": f"{size.name} to disk", "precision": precision, **python_profile(again)})
    shutil.rmtree(run.store.root / "activations")


def planted(run: Run, layers: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors [L, N, D] and labels [N] of 17 classes, which are linear in them but for noise."""
    draw = np.random.default_rng(0)
    vectors = draw.normal(size=(layers, run.scale.words, width)).astype(np.float32)
    scores = vectors[0] @ draw.normal(size=(width, 17)) + draw.normal(size=(run.scale.words, 17)) * width**0.5
    return vectors, scores.argmax(1).astype(np.int32)


def linear(run: Run) -> None:
    """Nested sizes × seeds × {task, control} at one layer, from raw vectors to weights."""
    vectors, gold = planted(run, 1, run.scale.width)

    def control(seed: int) -> np.ndarray:
        return np.random.default_rng(seed).integers(0, 17, len(gold)).astype(np.int32)

    swept = sweeps.nested(gold, control, -(-run.scale.probes // (2 * len(sweeps.CUTS) - 1)))
    problems = [one for some in swept for one in some][: run.scale.probes]
    with run.figure(f"{len(problems):,} linear probes at once", size=f"{run.scale.words:,} words × {run.scale.width}") as one:
        taken = seconds(lambda: sweeps.ours(vectors[0], problems, 17, device=run.device, tick=run.within(SLOW)))
        one |= {"seconds": taken, "rate": len(problems) / taken, "amount": len(problems)}


def networks(run: Run) -> None:
    """MLPs of four widths and several seeds at each of several layers, trained together."""
    layers, seeds = run.scale.mlps
    vectors, gold = planted(run, layers, run.scale.width // 2)
    cut = len(gold) * 8 // 10
    scaled = np.stack([Standardiser.of(layer[:cut]).apply(layer) for layer in vectors])
    rows = torch.from_numpy(scaled).to(run.device)
    unseen = unseen_share(cut, 17)
    problems = [
        NetworkProblem(gold[:cut], gold[cut:], 17, Mlp(width), seed, unseen, layer=layer)
        for layer in range(layers)
        for seed in range(seeds)
        for width in WIDTHS
    ]
    size = f"{cut:,} words × {run.scale.width // 2}"
    with run.figure(f"{len(WIDTHS) * seeds} MLPs × {layers} layers at once", size=size) as one:
        fits: list[Any] = []
        taken = seconds(lambda: fits.extend(train(rows[:, :cut], rows[:, cut:], problems, SCHEDULE, run.within(SLOW))))
        one |= {"seconds": taken, "rate": len(problems) / taken, "amount": len(problems)}
        one |= {"bits": mean(fit.bits for fit in fits), "steps": mean(fit.steps for fit in fits)}


def measure(run: Run) -> None:
    """Every figure, most important first, with the seconds that it may take."""
    if run.cuda:
        run.step("tests/gpu", 30, lambda: tests(run))
    run.step("large products", 5, lambda: products(run))
    large = {size.name: size.layers * size.hidden**2 > 1 << 25 for size, _ in run.scale.sizes}
    for size, count in run.scale.sizes:
        for precision in ("bf16", "fp32"):
            expected = 0 if not run.cuda else 40 if large[size.name] else 15
            run.step(f"{size.name}, {precision}", expected, partial(in_memory, run, size, count, precision))
    run.step("linear probes", 30 if run.cuda else 0, lambda: linear(run))
    run.step("MLPs", 15 if run.cuda else 0, lambda: networks(run))
    for size, count in run.scale.sizes:
        for precision in ("bf16", "fp32"):
            expected = 0 if not run.cuda else 50 if large[size.name] else 20
            run.step(f"{size.name}, {precision}, to disk", expected, partial(to_disk, run, size, count, precision))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seconds", type=float, default=330)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--table", type=Path)
    options = parser.parse_args(arguments)
    if options.table:
        print(markdown(json.loads(options.table.read_text())))
        return
    if options.device.startswith("cuda") and not torch.cuda.is_available():
        parser.exit(1, "No CUDA device is here, so nothing was measured: try the script with --tiny --device cpu.\n")
    keep_steady()
    with tempfile.TemporaryDirectory() as folder:
        run = Run(options.device, TRIAL if options.tiny else FULL, options.seconds, options.json, Path(folder))
        measure(run)
    print(markdown(run.found))


if __name__ == "__main__":
    main()
