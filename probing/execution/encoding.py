"""The vectors of a question's sentences: extracted where the store lacks them, and read."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from cache.keys import sentence_key
from probing.execution.progress import Progress

if TYPE_CHECKING:
    from cache.activations import Reader
    from cache.store import Store
    from probing.checkpoints import Checkpoint
    from probing.comparisons import ComparisonSpec
    from probing.extraction import ExtractionReport
    from probing.runs import RunSpec


def encoded(
    checkpoint: Checkpoint,
    forms: list[tuple[str, ...]],
    store: Store,
    spec: RunSpec | ComparisonSpec,
    device: str,
    leases: ExitStack,
    progress: Progress,
) -> tuple[Reader, ExtractionReport]:
    """A reader of the vectors of `forms`, pooled as `spec` says, and what it took; `leases` keeps them from eviction until it closes.

    Raises BadInput for what cannot be encoded.
    """
    from probing.extraction import collection, extract

    vectors = collection(store, checkpoint, spec.pooling, spec.precision, spec.submodule)
    leases.enter_context(vectors.lease())
    report = extract(
        checkpoint,
        forms,
        store,
        pooling=spec.pooling,
        precision=spec.precision,
        submodule=spec.submodule,
        device=device,
        progress=lambda stage, done, total: progress(f"{checkpoint.name}: {stage}", done, total),
    )
    reader = vectors.reader([sentence_key(one) for one in forms])
    leases.callback(reader.close)
    return reader, report
