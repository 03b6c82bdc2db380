"""What extraction promises beyond the vectors: what it counts, reuses, resumes and refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.errors import StoreError
from cache.keys import sentence_key
from cache.store import Store
from probing.checkpoints import Checkpoint, resolve
from probing.errors import BadInput
from probing.extraction import ExtractionReport, batches, collection, extract
from tests import tiny_checkpoints as tiny

WORDS = ["the", "cat", "dog", "cats", "dogs", "unbelievable", "a", "on", "he", "said", ",", "."]


def made_up(count: int, seed: int = 0) -> list[tuple[str, ...]]:
    """Distinct sentences of 1 to 6 words."""
    draw = np.random.default_rng(seed)
    found: dict[tuple[str, ...], None] = {}
    while len(found) < count:
        found[tuple(str(word) for word in draw.choice(WORDS, draw.integers(1, 7)))] = None
    return list(found)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return resolve(str(tiny.bert(tmp_path_factory.mktemp("bert"))), None, offline=True)


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of 60 sub-words, so that a few sentences fill several."""
    monkeypatch.setattr(batches, "SHARD_BYTES", 60 * 2 * 3 * 16)


def stored_files(store: Store, checkpoint: Checkpoint) -> dict[str, bytes]:
    folder = collection(store, checkpoint, "mean", "fp32").folder
    return {path.name: path.read_bytes() for path in folder.glob("*.safetensors")}


def test_identical_sentences_are_read_once_and_counted_as_often_as_they_stand(checkpoint: Checkpoint, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    text = [("the", "cat"), ("a", "\u200b"), ("the", "cat"), ("a", "\u200b"), ("the", "cat")]
    report = extract(checkpoint, text, store, precision="fp32")
    assert (report.encoded, report.reused, report.missing_words, report.truncated_words) == (2, 0, 2, 0)
    assert report.tokens == 4 + 3  # [CLS] the cat [SEP]; [CLS] a [SEP]
    again = extract(checkpoint, [*text, ("dogs",)], store, precision="fp32")
    assert (again.encoded, again.reused, again.forward_passes, again.missing_words) == (1, 2, 1, 2)


def test_words_beyond_the_models_length_are_counted_and_never_shifted(checkpoint: Checkpoint, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    # 24 positions less [CLS] and [SEP] hold 22 sub-words; "cats" is two: words 0 to 10 have a vector.
    long, edge = ("cats",) * 5000, ("cats",) * 11
    report = extract(checkpoint, [long, edge], store, precision="fp32")
    assert (report.truncated_sentences, report.truncated_words, report.missing_words) == (1, 4989, 0)
    reader = collection(store, checkpoint, "mean", "fp32").reader([sentence_key(long), sentence_key(edge)])
    assert reader.present(np.zeros(5000, int), np.arange(5000)).tolist() == [True] * 11 + [False] * 4989
    word = np.arange(11)
    np.testing.assert_array_equal(reader.words(1, np.zeros(11, int), word), reader.words(1, np.ones(11, int), word))
    assert "4,989 words in 1 sentences" in report.notes("tiny")[0]
    cached = extract(checkpoint, [long, edge], store, precision="fp32")
    assert (cached.forward_passes, cached.truncated_words, cached.truncated_sentences) == (0, 4989, 1)


def test_sentences_of_nothing_are_kept_as_such(checkpoint: Checkpoint, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    text = [(), ("\u200b", "\u200d"), ("cat",)]
    report = extract(checkpoint, text, store, precision="fp32")
    assert (report.encoded, report.missing_words) == (3, 2)
    reader = collection(store, checkpoint, "mean", "fp32").reader([sentence_key(forms) for forms in text])
    assert not reader.sentence_vectors(1, np.array([0, 1])).any()
    assert reader.sentence_vectors(1, np.array([2])).any()
    assert extract(checkpoint, [], store, precision="fp32") == ExtractionReport()


@pytest.mark.parametrize("maker", [tiny.bert, tiny.gpt2])
def test_a_second_call_reads_nothing_and_loads_no_torch(maker: object, tmp_path: Path) -> None:
    folder = maker(tmp_path / "model")  # type: ignore[operator]
    code = (
        "import sys; from pathlib import Path\n"
        "from cache.store import Store; from probing.checkpoints import resolve\n"
        "from probing.extraction import extract\n"
        f"root = Path({str(tmp_path / 'store')!r})\n"
        f"checkpoint = resolve({str(folder)!r}, root, offline=True)\n"
        "text = [('the', 'cats'), ('dog', '\\u200b', 'a'), ('cat',) * 40]\n"
        "r = extract(checkpoint, text, Store(root), precision='auto')\n"
        "print(r.forward_passes, r.encoded, r.missing_words, r.truncated_words, 'torch' in sys.modules)\n"
    )
    lines = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() for _ in range(2)
    ]
    assert lines[0][0] != "0"
    assert lines[0][1] == "3"
    assert lines[0][4] == "True"
    assert lines[1][:2] == ["0", "0"]
    assert lines[1][2:4] == lines[0][2:4]
    assert int(lines[0][3]) > 0
    assert lines[1][4] == "False"


@pytest.mark.usefixtures("small_shards")
def test_what_a_kill_left_out_is_read_again_to_the_last_bit(checkpoint: Checkpoint, tmp_path: Path) -> None:
    text = made_up(60)
    whole = Store(tmp_path / "whole")
    full = extract(checkpoint, text, whole, precision="fp32", token_budget=40)
    expected = stored_files(whole, checkpoint)
    assert len(expected) > 4
    names = sorted(expected)
    for lost in ([names[0]], [names[1], names[3]], names[2:]):
        folder = collection(whole, checkpoint, "mean", "fp32").folder
        for name in lost:
            (folder / name).unlink()
        report = extract(checkpoint, text, whole, precision="fp32", token_budget=40)
        assert 0 < report.encoded < len(text)
        assert report.encoded + report.reused == len(text) == full.encoded
        assert stored_files(whole, checkpoint) == expected
    # The order in which the sentences come makes no difference either.
    other = Store(tmp_path / "other")
    extract(checkpoint, text[::-1], other, precision="fp32", token_budget=40)
    assert stored_files(other, checkpoint) == expected


@pytest.mark.usefixtures("small_shards")
def test_a_writers_error_reaches_the_caller(checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cache.activations import Collection

    write = Collection.write_shard
    written = []

    def full_disk(self: Collection, *arguments: object, **named: object) -> None:
        if len(written) == 2:
            raise StoreError("The disk is full.")
        written.append(1)
        write(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Collection, "write_shard", full_disk)
    store = Store(tmp_path / "store")
    with pytest.raises(StoreError, match="disk is full"):
        extract(checkpoint, made_up(60), store, precision="fp32", token_budget=40)
    monkeypatch.undo()
    assert extract(checkpoint, made_up(60), store, precision="fp32").reused > 0, "what was written stays"


@pytest.mark.usefixtures("small_shards")
def test_a_device_out_of_memory_gets_half_the_batch(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from probing.extraction.forward import Encoder

    read, sizes = Encoder.__call__, []

    def little_memory(self: Encoder, batch: batches.TokenBatch) -> object:
        sizes.append(batch.ids.size)
        if batch.ids.size > limit:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return read(self, batch)

    monkeypatch.setattr(Encoder, "__call__", little_memory)
    limit = 20
    store = Store(tmp_path / "store")
    text = made_up(40)
    report = extract(checkpoint, text, store, precision="fp32", token_budget=64)
    assert max(sizes) > limit
    assert report.encoded == len(text)
    assert report.forward_passes == sum(size <= limit for size in sizes)
    limit = 2
    with pytest.raises(BadInput, match="too little memory for one sentence"):
        extract(checkpoint, made_up(50, seed=1), store, precision="fp32")


def test_states_that_are_not_finite_are_refused_with_layer_and_sentence(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from probing.extraction import forward

    read = forward.Encoder.__call__

    def overflowing(self: forward.Encoder, batch: batches.TokenBatch) -> forward.Pooled:
        states = read(self, batch).states.clone()
        states[2, int(np.argmax(batch.row == 1))] = np.inf
        return forward.Pooled(batch, states, None)

    monkeypatch.setattr(forward.Encoder, "__call__", overflowing)
    with pytest.raises(BadInput, match=r"not finite at layer 2 for the sentence 'dogs he said'"):
        extract(checkpoint, [("dogs", "he", "said"), ("a",)], Store(tmp_path / "store"), precision="fp32")


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    folder = tiny.bert(tmp_path / "model")
    content = (folder / "tokenizer.json").read_text(encoding="utf-8").replace('"dog":6', '"dog":600')
    (folder / "tokenizer.json").write_text(content.replace('"dog": 6,', '"dog": 600,'), encoding="utf-8")
    with pytest.raises(BadInput, match="gives the id 600"):
        extract(resolve(str(folder), None), [("dog",)], Store(tmp_path / "store"), precision="fp32")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pooling": "median"}, "Pooling 'median'"),
        ({"precision": "fp8"}, "Precision 'fp8'"),
        ({"device": "tpu"}, "Device 'tpu'"),
        ({"device": "cuda:99"}, "cuda:99"),
        ({"token_budget": 0}, "token budget of 0"),
    ],
)
def test_options_that_do_not_exist_are_refused(
    checkpoint: Checkpoint, tmp_path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        extract(checkpoint, [("a",)], Store(tmp_path / "store"), **options)  # type: ignore[arg-type]


def test_progress_tells_stages_to_their_end(checkpoint: Checkpoint, tmp_path: Path) -> None:
    seen: dict[str, tuple[int, int]] = {}
    extract(
        checkpoint,
        made_up(30),
        Store(tmp_path / "store"),
        precision="fp32",
        progress=lambda stage, done, total: seen.__setitem__(stage, (done, total)),
    )
    assert list(seen) == ["checking the model", "loading the model", "splitting words", "reading"]
    assert seen["splitting words"] == (30, 30)
    assert seen["reading"][0] == seen["reading"][1] > 0


LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=60).map(lambda found: np.sort(np.array(found)))


@settings(max_examples=40, deadline=None)
@given(LENGTHS, st.integers(1, 90))
def test_batches_fit_their_budget_and_waste_little(lengths: np.ndarray, budget: int) -> None:
    begin = 0
    while begin < len(lengths):
        size = batches.batch_size(lengths[begin:], budget)
        chosen = lengths[begin : begin + size]
        assert size == 1 or chosen.max() * size <= budget
        begin += size
    assert begin == len(lengths)


@settings(max_examples=40, deadline=None)
@given(LENGTHS, st.integers(1, 90), st.sets(st.integers(0, 20)))
def test_shards_are_cut_again_as_before(lengths: np.ndarray, limit: int, lost: set[int]) -> None:
    ranges = batches.shards(lengths, limit)
    assert [position for begin, end in ranges for position in range(begin, end)] == list(range(len(lengths)))
    assert all(end - begin == 1 or lengths[begin:end].sum() <= limit for begin, end in ranges)
    again = [ranges[i] for i in sorted(lost) if i < len(ranges)]
    rest = np.concatenate([lengths[begin:end] for begin, end in again]) if again else lengths[:0]
    assert [end - begin for begin, end in batches.shards(rest, limit)] == [end - begin for begin, end in again]
