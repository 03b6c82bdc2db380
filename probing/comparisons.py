"""A comparison: two or more checkpoints on the same text, the pairs that answer it, and the id it has everywhere.

As with a run (runs.py), the id is a digest of content, so the same question is answered once. The first checkpoint is compared with each other,
and with the same architecture under random weights, which is the floor of every similarity. Importing this module imports no torch.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import pandas as pd
from pydantic import Field

from cache.keys import SCHEMA, canonical_json, digest
from cache.store import Store
from probing import checkpoints as known_checkpoints
from probing import corpora, precision, versions
from probing.checkpoints import Checkpoint, mends, products
from probing.checkpoints.pairing import pairing, read_otherwise
from probing.corpora import Source
from probing.errors import BadInput, Request
from probing.extraction import submodules
from probing.numerals import MOST as MOST_NUMBER
from probing.records import stored
from probing.records.record import PairRecord
from probing.runs import BASELINE_SEED, refuse_beyond
from probing.settings import Settings

Kind = Literal["similarity", "drift", "topology"]
SPLIT = "test"  # whose items are compared
MOST = 5_000  # items: words, or sentences
MOST_GRAPHS = 300  # sentences whose attention is read
SAMPLE_SEED = 0  # under which they are drawn where there are more

# What of a product's record says how it was made, but for the seed; the rest says what came of it.
RECIPE = {
    *("how", "parent_fingerprint", "method", "student", "terms", "task", "columns", "pooling"),
    *("learning_rate", "weight", "init_probe", "steps", "batch"),
}
RECIPE_DATA = {"hash", "train"}


class ComparisonSpec(Request):
    """What a user asks. Frozen, no unknown keys; `parse` turns a wrong one into a sentence."""

    named = "The comparison's {}"

    checkpoints: tuple[str, ...] = Field(min_length=2, description="the first is compared with each of the others")
    corpus: str | None = Field(None, description="whose test sentences are read; without one only parameters are compared")
    items: Literal["words", "sentences"] = Field("words", description="whose vectors are compared")
    layers: Literal["all"] | Annotated[tuple[int, ...], Field(min_length=1)] = Field(
        "all", description="layers to compare; 0 is the embedding output"
    )
    max_test: int | None = Field(None, ge=1, le=MOST_NUMBER, description="take the first N sentences of test")
    pooling: Literal["mean", "first", "last", "max"] = Field("mean", description="sub-words to a word, words to a sentence")
    precision: Literal["auto", "fp32", "bf16"] = Field("auto", description="arithmetic of the forward pass")
    submodule: Literal["layer", "attention", "mlp"] = Field("layer", description="a layer's output, or what a part of it adds")
    baselines: bool = Field(True, description="also the first checkpoint's architecture with random weights")


@dataclass(frozen=True)
class Pair:
    """One independent piece of work; `id` names its answer."""

    id: str
    kind: Kind
    first: Checkpoint
    second: Checkpoint
    first_layers: tuple[int, ...]
    second_layers: tuple[int, ...]


@dataclass(frozen=True)
class Comparison:
    """A comparison made concrete; `spec` is canonical. `run` is its id, as a job's."""

    run: str
    spec: ComparisonSpec
    source: Source | None
    pairs: tuple[Pair, ...]
    device: str
    kind: ClassVar[str] = "comparison"  # of its job

    @property
    def label(self) -> str:
        names = list(dict.fromkeys(name for pair in self.pairs for name in (pair.first.name, pair.second.name)))
        requested = [name for name in names if not name.startswith("random:")] or names
        text = f" · {self.spec.items} of {self.source.name}" if self.source else " · parameters alone"
        return f"Comparison: {', '.join(requested)}{text}"

    @property
    def reads(self) -> tuple[Checkpoint, ...]:
        return tuple(side for pair in self.pairs for side in (pair.first, pair.second))

    def answered(self, store: Store) -> bool:
        return all(store.results.has_cell(pair.id) for pair in self.pairs)

    def table(self, store: Store) -> pd.DataFrame:
        """The tidy rows of an answered comparison; `checkpoint` and `layer` are the first's, the second's stand in `setting`. Raises StoreError."""
        frames = []
        for pair in self.pairs:
            rows = store.results.cell_table(pair.id)
            setting = [canonical_json(json.loads(text) | {"second": pair.second.name}) for text in rows["setting"]]
            corpus = self.source.name if self.source and pair.kind != "drift" else None
            frames.append(rows.assign(run=self.run, checkpoint=pair.first.name, setting=setting, corpus=corpus))
        return pd.concat(frames, ignore_index=True)

    def notes(self, store: Store) -> list[str]:
        return list(dict.fromkeys(note for pair in self.pairs for note in stored.cell(store, pair.id, PairRecord).notes))


def plan(spec: ComparisonSpec, settings: Settings) -> Comparison:
    """Resolve what `spec` names and cut it into pairs.

    Raises BadInput for anything that cannot be resolved or compared. Corpora are not loaded; of weights the headers are read.
    """
    first, *others = [known_checkpoints.find(name, settings) for name in spec.checkpoints]
    device = precision.resolve_device(settings.device)
    source = corpora.named(spec.corpus, settings) if spec.corpus else None
    canonical = spec.model_copy(
        update={
            "checkpoints": tuple(checkpoint.spec for checkpoint in (first, *others)),
            "corpus": source.spec if source else None,
            "precision": precision.resolve(spec.precision, device),
        }
    )
    pairs = [_drift(first, other) for other in others if _comparable(first, other)]
    if source:
        random = f"random:{first.spec}@{BASELINE_SEED}"
        baselines = [known_checkpoints.find(random, settings)] if spec.baselines and first.random_seed is None else []
        pairs += [_similarity(canonical, source, first, other) for other in (*others, *baselines)]
        shaped = [other for other in others if unlike(first, other) is None]
        pairs += [_topology(canonical, source, first, other) for other in (*shaped, *(baselines if shaped else ()))]
        pairs = [pair for pair in pairs if pair.kind != "topology" or pair.first_layers]
    pairs = list({pair.id: pair for pair in pairs}.values())
    if not pairs:
        raise BadInput(
            f"{first.name} and {others[0].name} have no parameters of one name and shape, so their weights cannot be compared: name a "
            "corpus with --corpus to compare their vectors."
        )
    identity = [SCHEMA, "comparison", [[pair.id, pair.first.name, pair.second.name] for pair in pairs], source and source.name]
    return Comparison(digest(canonical_json(identity))[:16], canonical, source, tuple(pairs), device)


def _comparable(first: Checkpoint, second: Checkpoint) -> bool:
    """Whether both have weights on disk, of one architecture; random weights are drawn and not read."""
    one, other = ((c.random_seed, c.facts.model_type, c.facts.hidden, c.facts.layers) for c in (first, second))
    return one == other and one[0] is None and bool(pairing(first, second).common)


def _drift(first: Checkpoint, second: Checkpoint) -> Pair:
    mended: list[object] = [mends.VERSION] if read_otherwise(first) or read_otherwise(second) else []
    mended += [found] if (found := versions.of_rows("drift")) else []
    name = digest(canonical_json([SCHEMA, "drift", first.fingerprint, second.fingerprint, *mended]))
    return Pair(name, "drift", first, second, (), ())


def _similarity(spec: ComparisonSpec, source: Source, first: Checkpoint, second: Checkpoint) -> Pair:
    layers = (_layers(spec, first), _layers(spec, second))
    facts = {name: getattr(spec, name) for name in ("items", "pooling", "precision", "submodule")}
    facts |= {"layers": layers, "most": [MOST, SAMPLE_SEED]}
    return _on_text("similarity", spec, source, first, second, layers, facts, bool(first.facts.mend or second.facts.mend))


def _on_text(
    kind: Kind,
    spec: ComparisonSpec,
    source: Source,
    first: Checkpoint,
    second: Checkpoint,
    layers: tuple[tuple[int, ...], tuple[int, ...]],
    facts: dict[str, Any],
    mended: bool,
) -> Pair:
    """A pair on a text. Its id is the digest of what every such pair depends on, of the `facts` of its kind, and of what earlier
    releases read (`mended`) or measured otherwise."""
    facts = facts | {"schema": SCHEMA, "comparison": kind, "corpus": source.hash, "max_test": spec.max_test}
    facts |= {"checkpoints": [first.fingerprint, second.fingerprint]} | ({"extraction": mends.VERSION} if mended else {})
    facts |= {"versions": found} if (found := versions.of_rows(kind)) else {}
    return Pair(digest(canonical_json(facts)), kind, first, second, *layers)


def unlike(first: Checkpoint, second: Checkpoint) -> str | None:
    """Why no head of the first can be held against one of the second, in a sentence; None where every head has its other."""
    for one in (first, second):
        if not one.facts.heads:
            return f"The configuration of {one.name} names no attention heads, so the shape of attention cannot be compared."
    counts = [f"{one.facts.layers} layers of {one.facts.heads} heads" for one in (first, second)]
    if counts[0] != counts[1]:
        return f"{first.name} has {counts[0]} and {second.name} has {counts[1]}, so their heads cannot be held against each other one by one."
    if first.facts.vocab != second.facts.vocab:
        return f"{first.name} and {second.name} have other vocabularies, so their attention is between other tokens and cannot be compared."
    return None


def _topology(spec: ComparisonSpec, source: Source, first: Checkpoint, second: Checkpoint) -> Pair:
    layers = tuple(layer for layer in _layers(spec, first) if layer)  # embeddings attend to nothing
    facts = {"layers": layers, "most": [MOST_GRAPHS, SAMPLE_SEED], "precision": spec.precision}
    mended = any(one.facts.mend or mends.of_attention(one.facts.model_type) for one in (first, second))
    return _on_text("topology", spec, source, first, second, (layers, layers), facts, mended)


def _layers(spec: ComparisonSpec, checkpoint: Checkpoint) -> tuple[int, ...]:
    submodules.check(checkpoint, spec.submodule)
    if spec.layers == "all":
        return tuple(range(checkpoint.facts.layers + 1))
    refuse_beyond(checkpoint, spec.layers, "compared")
    return tuple(sorted(set(spec.layers)))


def declared(first: Checkpoint, second: Checkpoint) -> list[tuple[int, int]]:
    """The layer map of a distillation, as (first's, second's) layers, where one of the two says in its lineage that the other was its teacher."""
    for teacher, student in ((first, second), (second, first)):
        record = products.record(student)
        layers = record.get("layer_map")
        its_own = teacher.fingerprint == record.get("parent_fingerprint") or teacher.spec == record.get("parent")
        if its_own and isinstance(layers, list):
            pairs = [(int(layer), place) for place, layer in enumerate(layers, 1)]
            return pairs if teacher is first else [(student_layer, layer) for layer, student_layer in pairs]
    return []


def seed_pairs(named: Mapping[str, str], settings: Settings) -> list[tuple[str, str]]:
    """Pairs of names whose checkpoints were made alike under two seeds, in the order of `named`: name → what `plan` would resolve.

    What two such checkpoints differ by is the floor under every other comparison of that recipe. What cannot be resolved is in no pair.
    """
    recipes: dict[str, dict[int, str]] = {}
    for name, spec in named.items():
        with contextlib.suppress(BadInput):
            record = products.record(known_checkpoints.find(spec, settings))
            if isinstance(record.get("seed"), int):
                recipe = {key: value for key, value in record.items() if key in RECIPE}
                data = {key: value for key, value in (record.get("data") or {}).items() if key in RECIPE_DATA}
                recipes.setdefault(canonical_json(recipe | {"data": data}), {}).setdefault(record["seed"], name)
    return [pair for seeds in recipes.values() for pair in itertools.combinations(seeds.values(), 2)]
