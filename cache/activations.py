"""Activations: vectors of every word and sentence at every layer, in shards that are whole or not there.

A collection is a folder: facts.json, and a shard each as NAME.safetensors (one tensor a layer) with NAME.json, its
manifest, written last. A shard without a sound manifest does not exist.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from cache import files
from cache.errors import StoreError
from cache.keys import digest, file_sha256
from cache.locks import FileLock
from cache.shard import ShardManifest, check_shapes, compact, manifest

_TOUCH_SECONDS = 60.0  # how exactly "last used" is kept
_checked: set[tuple[str, int, int, int]] = set()  # shards whose checksum this process has seen to be right


class Collection:
    """Vectors of one checkpoint under one pooling, precision and submodule.

    `facts` tell which, `key` is their digest.
    """

    def __init__(self, folder: Path, locks: Path, facts: dict[str, Any]) -> None:
        self.folder, self.facts, self.key = folder, facts, folder.name
        self.lease_path = locks / f"collection-{self.key}.lock"
        self._changes = locks / f"shards-{self.key}.lock"  # held for the moment in which a shard appears or goes
        self._manifests: dict[str, tuple[tuple[int, ...], ShardManifest | None]] = {}

    @property
    def bytes(self) -> int:
        return files.size(self.folder)

    @property
    def last_used(self) -> float | None:
        """Seconds since the epoch, None where nothing is stored."""
        return max((self.shard_last_used(shard.name) for shard in self.shards()), default=None)

    def shard_last_used(self, name: str) -> float:
        used = [files.modified(self.folder / f"{name}.{suffix}") for suffix in ("used", "json")]
        return max((moment for moment in used if moment is not None), default=0.0)

    def lease(self) -> contextlib.AbstractContextManager[object]:
        """Hold it while vectors are written or read: eviction leaves a leased collection alone."""
        return FileLock(self.lease_path, shared=True)

    def shards(self) -> list[ShardManifest]:
        """Shards with a sound manifest and a file of the right size, by name; checksums are not read."""
        return [shard for name in self._names("json") if (shard := self._shard(name)) is not None]

    def missing(self, keys: Sequence[str]) -> list[int]:
        """Positions of the sentence keys that no whole shard holds. Cheap: manifests and file sizes only."""
        stored = {key for shard in self.shards() for key in shard.keys}
        return [position for position, key in enumerate(keys) if key not in stored]

    def sound(self, keys: Sequence[str]) -> list[int]:
        """Like `missing`, after reading the checksums concerned (once a process) and dropping damaged shards."""
        wanted = set(keys)
        for name in self._names("json"):
            shard = self._shard(name)
            if shard is None or (not wanted.isdisjoint(shard.keys) and not self._checksum_right(shard)):
                self._drop(name)
        return self.missing(keys)

    def verify(self) -> list[str]:
        """Read every checksum anew; remove damaged and unfinished shards and return their names."""
        return [name for name in self._names("json", "safetensors") if self._drop(name)]

    def reader(self, keys: Sequence[str]) -> Reader:
        """Vectors of these sentences, in this order. Raises StoreError that says how many are not stored."""
        return Reader(self, keys)

    def write_shard(
        self,
        keys: Sequence[str],
        counts: Sequence[int] | np.ndarray,
        present: np.ndarray,
        words: Sequence[np.ndarray],
        sentences: Sequence[np.ndarray],
        source: str = "",
    ) -> None:
        """Store S sentences of `counts` [S] words each, W in all; empty arrays store nothing.

        `present` bool [W]: whether a word has a vector; `words` L+1 × [W, D]; `sentences` L+1 × [S, D]; `source` names the files that they
        were computed from.

        Kept as fp16, or as fp32 where a tensor would overflow or vanish in fp16. Raises StoreError for values that are
        not finite and for a full disk, and ValueError where the shapes disagree; then nothing is stored.
        """
        counted = [int(count) for count in counts]
        check_shapes(len(keys), counted, present, words, sentences)
        if not keys:
            return
        tensors = {"present": np.ascontiguousarray(present, dtype=np.bool_)}
        for layer, (word, sentence) in enumerate(zip(words, sentences, strict=True)):
            tensors[f"word.{layer}"] = compact(word, layer)
            tensors[f"sentence.{layer}"] = compact(sentence, layer)
        part = files.temporary(self.folder, "shard")
        with self.lease(), files.writing("the activations", part):
            part.mkdir(parents=True)
            self._write_facts()
            save_file(tensors, part / "shard")
            sha256 = file_sha256(part / "shard")
            # Keys enter the name: an uncased model gives two texts the very same bytes.
            shard = ShardManifest(
                digest(sha256, *keys),
                list(keys),
                counted,
                len(words),
                words[0].shape[1],
                files.size(part / "shard"),
                sha256,
                source=source,
            )
            with FileLock(self._changes):
                files.put(part / "shard", self.file(shard.name))
                files.write_text(self.folder / f"{shard.name}.json", files.sealed(asdict(shard)), "the activations")
            files.remove(part)

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.safetensors"

    def touch(self, shards: Sequence[ShardManifest]) -> None:
        """Note that the shards are used now. A store that cannot be written to is read all the same."""
        with contextlib.suppress(OSError):
            for shard in shards:
                (self.folder / f"{shard.name}.used").touch()

    def remove_shard(self, name: str) -> int:
        """Remove one shard, the manifest first, and return its bytes. Only for who holds the collection alone."""
        paths = [self.folder / f"{name}.{suffix}" for suffix in ("json", "safetensors", "used")]
        freed = sum(files.size(path) for path in paths)
        for path in paths:
            files.remove(path)
        return freed

    def checked_shards(self, keys: Sequence[str]) -> list[ShardManifest]:
        """The shards that hold any of the keys, checksums right. Raises StoreError where keys are missing."""
        if missing := self.sound(keys):
            raise StoreError(
                f"{len(missing):,} of {len(keys):,} sentences are not in the store: run again, and they are read anew."
            )
        wanted = set(keys)
        return [shard for shard in self.shards() if not wanted.isdisjoint(shard.keys)]

    def _names(self, *suffixes: str) -> list[str]:
        found = {path.stem for suffix in suffixes for path in self.folder.glob(f"*.{suffix}")}
        return sorted(name for name in found if name != "facts" and files.is_name(name))

    def _shard(self, name: str) -> ShardManifest | None:
        """The manifest, where it is sound and the file beside it has its size. Read again only when it changed."""
        try:
            stat = (self.folder / f"{name}.json").stat()
            length = self.file(name).stat().st_size
        except OSError:
            return None
        signature = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if self._manifests.get(name, ((), None))[0] != signature:
            self._manifests[name] = (signature, manifest(self.folder / f"{name}.json"))
        shard = self._manifests[name][1]
        return shard if shard is not None and shard.bytes == length else None

    def _checksum_right(self, shard: ShardManifest, afresh: bool = False) -> bool:
        path = self.file(shard.name)
        try:
            stat = path.stat()
            signature = (str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns)
            if signature in _checked and not afresh:
                return True
            if file_sha256(path) != shard.sha256:
                _checked.discard(signature)
                return False
        except OSError:
            return False
        _checked.add(signature)
        return True

    def _drop(self, name: str) -> bool:
        """Remove a shard unless it is sound after all: another process may just have written it anew."""
        with FileLock(self._changes):
            self._manifests.pop(name, None)
            shard = self._shard(name)
            if shard is not None and shard.name == name and self._checksum_right(shard, afresh=True):
                return False
            self.remove_shard(name)
        return True

    def _write_facts(self) -> None:
        path = self.folder / "facts.json"
        if files.unsealed(path) is None:
            files.write_text(path, files.sealed(self.facts), "the activations")


class Reader:
    """Vectors of given sentences, addressed by position among the keys; of the files only what is asked for is read.

    Holds a lease for as long as it lives, or until `close`. Raises StoreError where sentences are not stored.
    """

    def __init__(self, collection: Collection, keys: Sequence[str]) -> None:
        self._lease = FileLock(collection.lease_path, shared=True)
        self._lease.acquire()
        self._collection = collection
        self._shards = collection.checked_shards(keys)
        shapes = {(shard.layers, shard.width) for shard in self._shards}
        if len(shapes) > 1:
            raise StoreError("The stored activations disagree in their shape: evict them from the store and run again.")
        self.layers, self.width = shapes.pop() if shapes else (0, 0)  # L + 1 and D
        position: dict[str, tuple[int, int]] = {}
        starts = []
        for number, shard in enumerate(self._shards):
            starts.append(np.concatenate([[0], np.cumsum(shard.counts)]).astype(np.int64))
            for row, key in enumerate(shard.keys):
                position.setdefault(key, (number, row))
        places = np.array([position[key] for key in keys], dtype=np.int64).reshape(-1, 2)
        self._shard_of, self._row = places[:, 0], places[:, 1]
        self._start = np.array([starts[shard][row] for shard, row in places], dtype=np.int64)
        self._count = np.array([self._shards[shard].counts[row] for shard, row in places], dtype=np.int64)
        self._present = [self._tensor(number, "present") for number in range(len(self._shards))]
        self._touched = 0.0
        self._touch()

    def close(self) -> None:
        """Let eviction have the collection; reading on is an error only where it took it."""
        self._lease.release()

    def __len__(self) -> int:
        return len(self._row)

    def present(self, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        """Whether each word [N] of sentence [N] has a vector: bool [N]. Raises IndexError where there is none."""
        sentence, row = self._word_rows(sentence, word)
        out = np.zeros(len(sentence), dtype=bool)
        for number, chosen in self._by_shard(sentence):
            out[chosen] = self._present[number][row[chosen]]
        return out

    def words(self, layer: int, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        """Vectors of word [N] of sentence [N] at `layer`: float32 [N, D].

        A word without a vector gives what was written for it. Holds one layer of one shard at a time beside the
        result. Raises IndexError where there is no such layer or word.
        """
        sentence, row = self._word_rows(sentence, word)
        return self._vectors(f"word.{self._layer(layer)}", sentence, row)

    def sentence_vectors(self, layer: int, sentence: np.ndarray) -> np.ndarray:
        """Vectors of sentence [N] at `layer`: float32 [N, D]. Raises IndexError."""
        sentence = self._sentences(sentence)
        return self._vectors(f"sentence.{self._layer(layer)}", sentence, self._row[sentence])

    def _vectors(self, tensor: str, sentence: np.ndarray, row: np.ndarray) -> np.ndarray:
        self._touch()
        out = np.empty((len(sentence), self.width), dtype=np.float32)
        for number, chosen in self._by_shard(sentence):
            begin, end = int(row[chosen].min()), int(row[chosen].max()) + 1
            out[chosen] = self._tensor(number, tensor, slice(begin, end))[row[chosen] - begin]
        return out

    def _by_shard(self, sentence: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        shard = self._shard_of[sentence]
        for number in np.unique(shard):
            yield int(number), np.flatnonzero(shard == number)

    def _sentences(self, sentence: np.ndarray) -> np.ndarray:
        sentence = np.asarray(sentence, dtype=np.int64)
        if len(sentence) and (sentence.min() < 0 or sentence.max() >= len(self)):
            raise IndexError(f"a sentence position lies outside the reader's {len(self)}")
        return sentence

    def _word_rows(self, sentence: np.ndarray, word: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        sentence, word = self._sentences(sentence), np.asarray(word, dtype=np.int64)
        if sentence.shape != word.shape:
            raise ValueError(f"{len(sentence)} sentences and {len(word)} words do not pair up")
        if ((word < 0) | (word >= self._count[sentence])).any():
            raise IndexError("a word position lies outside its sentence")
        return sentence, self._start[sentence] + word

    def _layer(self, layer: int) -> int:
        if not 0 <= layer < self.layers:
            raise IndexError(f"layer {layer} is not among the {self.layers} stored")
        return layer

    def _tensor(self, number: int, name: str, rows: slice | None = None) -> np.ndarray:
        try:
            with safe_open(self._collection.file(self._shards[number].name), framework="numpy") as file:
                return file.get_tensor(name) if rows is None else file.get_slice(name)[rows]
        except (OSError, SafetensorError) as error:
            raise StoreError("Stored activations vanished or broke while they were read: resume the run.") from error

    def _touch(self) -> None:
        if time.time() - self._touched > _TOUCH_SECONDS:
            self._touched = time.time()
            self._collection.touch(self._shards)
