"""What moves and what does not, the best weights of dev, going on after a kill, and what stops a training."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cache.errors import StoreError
from probing.checkpoints import resolve
from probing.corpora.sentence import Corpus, Sentence
from probing.errors import BadInput
from probing.tuning.training import Tick, rate_factor
from tests import tiny_checkpoints as tiny
from tests.unit.tuning import made


def before_and_after(
    model: Path, store: Path, tmp_path: Path, **asked: Any
) -> tuple[made.PreparedFineTuning, dict[str, Any], dict[str, Any]]:
    """A tuning that was carried out for 3 steps, and its encoder's tensors before and after."""
    one = made.ready(model, store, steps=3, **asked)
    before = {name: value.clone() for name, value in one.model.encoder.state_dict().items()}
    one.run(str(tmp_path / "out"), made.settings(store), made.unwatched)
    return one, before, one.model.encoder.state_dict()


def moved(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name, value in before.items() if not value.equal(after[name])}


def test_bitfit_moves_biases_and_nothing_else_by_a_bit(model: Path, store: Path, tmp_path: Path) -> None:
    one, before, after = before_and_after(model, store, tmp_path, method="bitfit")
    changed = moved(before, after)
    # A key's bias adds the same to all scores of a query, which the softmax takes away again.
    keys = {name for name in one.choice.names if ".key." in name}
    assert set(one.choice.names) - keys <= changed <= set(one.choice.names)
    assert all(name.endswith(".bias") for name in changed)


@pytest.mark.parametrize("method", ["bitfit:query+intermediate", "layernorm", "head", "top:1", "full"])
def test_only_what_was_chosen_moves(model: Path, store: Path, tmp_path: Path, method: str) -> None:
    one, before, after = before_and_after(model, store, tmp_path, method=method)
    assert moved(before, after) <= set(one.choice.names)
    assert bool(moved(before, after)) == (method != "head")


def test_random_moves_no_more_values_than_biases(model: Path, store: Path, tmp_path: Path) -> None:
    one, before, after = before_and_after(model, store, tmp_path, method="random")
    count = sum(int((value != after[name]).sum()) for name, value in before.items())
    assert one.choice.sampled == one.trainable["parameters"]
    assert one.choice.sampled is not None
    assert one.choice.sampled / 4 < count <= one.choice.sampled


def test_low_rank_changes_queries_and_values_by_their_rank(model: Path, store: Path, tmp_path: Path) -> None:
    import torch

    one, before, after = before_and_after(model, store, tmp_path, method="lora:2")
    assert moved(before, after) == set(one.choice.names)
    assert one.trainable["parameters"] == 4 * 2 * (16 + 16)
    for name in one.choice.names:
        assert torch.linalg.matrix_rank(after[name] - before[name], rtol=1e-4) <= 2, name


def test_words_alone_train_no_pooler(model: Path, store: Path) -> None:
    slots, intent = (made.ready(model, store, method="bitfit", task=task) for task in ("slots", "intent"))
    assert set(intent.choice.names) - set(slots.choice.names) == {"pooler.dense.bias"}
    assert intent.trainable["parameters"] - slots.trainable["parameters"] == 16


def test_a_task_that_can_be_learned_is_learned(model: Path, store: Path, tmp_path: Path) -> None:
    # Drawn anew, since the weights of the tiny checkpoint give all words nearly the same states.
    _, record = made.run(f"random:{model}@0", store, tmp_path / "out", task="intent+slots", steps=200, lr=1e-2)
    scores = {row["metric"]: row["value"] for row in record["rows"] if row["split"] == "test"}
    assert scores["accuracy"] > 0.9
    assert scores["slot_f1"] > 0.6
    looks = record["history"]
    assert looks[-1]["cross_entropy"] < looks[0]["cross_entropy"] / 2
    assert record["best_step"] in [look["step"] for look in looks]


def test_the_same_seed_gives_the_same_weights_and_another_does_not(model: Path, store: Path, tmp_path: Path) -> None:
    first, again, other = (before_and_after(model, store, tmp_path, seed=seed)[2] for seed in (0, 0, 1))
    assert not moved(first, again)
    assert moved(first, other)


def test_pairs_go_in_together_and_can_be_learned(model: Path, store: Path, tmp_path: Path) -> None:
    """Whether both sentences have the same animal, which neither says alone."""
    draw = random.Random(1)
    splits: dict[str, list[Sentence]] = {}
    for split, size in (("train", 128), ("dev", 32), ("test", 32)):
        splits[split] = []
        for number in range(size):
            animals = [draw.choice(["cat", "dog"]) for _ in range(2)]
            first, second = (Sentence(f"{split}-{number}-{half}", (made.word(animal),)) for half, animal in enumerate(animals))
            label = "same" if animals[0] == animals[1] else "other"
            splits[split].append(replace(first, labels=(("label", label),), second=second))
    one = made.ready(f"random:{model}@0", store, Corpus("pairs", "pairs-1", splits), task="pairs", steps=300, lr=1e-2)
    batch = one.reader.train_batch(4, 0, 0)
    # [CLS] a [SEP] b [SEP]: the first sentence's word alone may be tagged, the text is both words.
    assert (batch.words >= 0).sum(1).tolist() == [1] * 4
    assert batch.text.sum(1).tolist() == [2] * 4
    record = one.run(str(tmp_path / "out"), made.settings(store), made.unwatched).record
    assert {row["metric"] for row in record["rows"]} == {"accuracy", "mcc"}
    assert next(row["value"] for row in record["rows"] if row["split"] == "test" and row["metric"] == "mcc") > 0.8


class KilledError(Exception):
    """Stands for a kill between two steps."""


def stop_at(step: int) -> Any:
    def watch(tick: Tick) -> None:
        if tick.step == step:
            raise KilledError

    return watch


@pytest.mark.parametrize("method", ["full", "random", "lora:2"])
def test_what_was_killed_goes_on_and_ends_as_if_it_never_was(model: Path, tmp_path: Path, method: str) -> None:
    asked: dict[str, Any] = {"steps": 20, "method": method, "task": "intent+slots"}
    ends = {}
    for name, stops in (("whole", ()), ("broken", (7, 15))):
        store = tmp_path / name
        steps: list[int] = []
        for stop in stops:
            with pytest.raises(KilledError):
                made.ready(model, store, **asked).run(str(tmp_path / "out"), made.settings(store), stop_at(stop))
        last = made.ready(model, store, **asked)
        product = last.run(str(tmp_path / "out"), made.settings(store), lambda tick, steps=steps: steps.append(tick.step))
        ends[name] = (last.model.state_dict(), product.record["history"], product.record["rows"])
        assert steps[0] == (1 if not stops else 15)
        assert not list((store / "scratch").iterdir()), "the state goes once the product is there"
    whole, broken = ends["whole"], ends["broken"]
    assert not moved(whole[0], broken[0])
    assert whole[1:] == broken[1:]


def test_a_loss_that_is_no_number_is_one_sentence_and_what_was_there_stays(model: Path, store: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made.run(model, store, out, steps=2)
    kept = {file.name: file.read_bytes() for file in out.iterdir()}
    with pytest.raises(BadInput, match=r"no longer a number at step .* smaller --lr") as caught:
        made.run(model, store, out, steps=8, lr=1e30)
    assert "\n" not in str(caught.value)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == kept


def test_a_full_disk_in_mid_save_leaves_what_was_there(
    model: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from probing.tuning import saving

    out = tmp_path / "out"
    made.run(model, store, out, steps=2)
    kept = {file.name: file.read_bytes() for file in out.iterdir()}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving, "save_file", full)
    with pytest.raises(StoreError, match="disk is full"):
        made.run(model, store, out, steps=3)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == kept
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_full_disk_while_a_state_is_kept_is_one_sentence(
    model: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from probing.tuning import training

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(training, "save_file", full)
    with pytest.raises(StoreError, match="disk is full"):
        made.run(model, store, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_two_processes_do_not_make_the_same(model: Path, store: Path, tmp_path: Path) -> None:
    from probing.tuning.work import working

    one = made.ready(model, store)
    with working(one.store, one.id), pytest.raises(BadInput, match="Another process"):
        one.run(str(tmp_path / "out"), made.settings(store), made.unwatched)


def test_the_rate_rises_and_falls_in_lines() -> None:
    found = [rate_factor(step, 20) for step in range(20)]
    assert found[:2] == [0.5, 1.0]
    assert found[2] == 1.0
    assert found[-1] == pytest.approx(1 / 18)
    assert rate_factor(0, 1) == 1.0


def test_an_evaluation_reads_a_part_of_a_large_dev_and_the_scores_all_of_it(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from probing.tuning import reading
    from probing.tuning.batches import ExampleTokenizer
    from probing.tuning.data import examples
    from probing.tuning.model import build

    monkeypatch.setattr(reading, "EVALUATED", 5)
    tuned, tokenizer = build(resolve(str(model), None), 2, 5, 0, "cpu", tiny.USUAL)
    reader = reading.ExampleReader(examples(made.corpus(), "intent+slots"), ExampleTokenizer(tokenizer, 24, tuned), "cpu")
    few, again = reader._dev_sample, reader._dev_sample
    assert len(few.dataset.splits["dev"]) == len(few._coded["dev"]) == 5
    assert [e.forms for e in few.dataset.splits["dev"]] == [e.forms for e in again.dataset.splits["dev"]]
    assert all(example in reader.dataset.splits["dev"] for example in few.dataset.splits["dev"])
    assert reader.scored(tuned, "dev").scores["accuracy"].n == 16
    assert math.isfinite(reader.evaluation(tuned).loss)
