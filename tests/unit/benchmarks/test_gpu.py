"""The script that measures a GPU, tried on the CPU at a tiny size: every figure is there, and a short budget leaves out what does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import gpu, made_checkpoints


def test_every_figure_is_measured_and_stands_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    out = tmp_path / "gpu.json"
    gpu.main(["--tiny", "--device", "cpu", "--json", str(out)])
    found = json.loads(out.read_text())
    assert found["failed"] == []
    assert found["left_out"] == []
    measured = [(one["work"], one["size"], one.get("precision")) for one in found["figures"]]
    both = [("encoder 2 × 32", "bf16"), ("encoder 2 × 32", "fp32"), ("decoder 2 × 64", "bf16"), ("decoder 2 × 64", "fp32")]
    assert measured == [
        *(("vectors in memory", *one) for one in both),
        ("25 linear probes at once", "1,000 words × 16", None),
        ("4 MLPs × 2 layers at once", "800 words × 8", None),
        *(("vectors to disk", *one) for one in both),
    ]
    assert all(one["rate"] > 0 for one in found["figures"])
    to_disk = [(f"{size} to disk", precision) for size, precision in both]
    assert [(one["size"], one["precision"]) for one in found["profiles"]] == [*both, *to_disk]
    assert any("mm" in one["operation"] for one in found["profiles"][0]["cpu"]), "products of the passes' own threads are heard"
    capsys.readouterr()
    gpu.main(["--table", str(out)])
    table = capsys.readouterr().out
    assert all(f"| {size} | {precision} | vectors in memory |" in table for size, precision in both)
    assert "| 25 linear probes at once | 1,000 words × 16 |" in table


def test_what_does_not_fit_or_fails_is_said(tmp_path: Path) -> None:
    out = tmp_path / "gpu.json"
    run = gpu.Run("cpu", gpu.TRIAL, 10, out, tmp_path)
    run.step("a short one", 0, lambda: run.found["figures"].append({"work": "kept"}))
    run.step("a long one", 60, lambda: pytest.fail("carried out"))
    run.step("a slow one", 0, run.within(-1))
    run.step("a broken one", 0, lambda: 1 / 0)
    found = json.loads(out.read_text())
    assert found["figures"] == [{"work": "kept"}]
    assert [one.split(":")[0] for one in found["left_out"]] == ["a long one", "a slow one"]
    assert found["failed"] == ["a broken one: ZeroDivisionError: division by zero"]


def test_made_text_has_words_of_one_and_of_several_sub_words(tmp_path: Path) -> None:
    from probing import checkpoints
    from probing.checkpoints.tokenizer import load_tokenizer
    from probing.extraction.tokens import Splitter

    folder = made_checkpoints.checkpoint(tmp_path / "made", made_checkpoints.TINY)
    facts = checkpoints.resolve(str(folder), tmp_path).facts
    assert (facts.layers, facts.hidden) == (2, 32)
    text = made_checkpoints.sentences(300)
    assert text == made_checkpoints.sentences(300)
    words = sum(map(len, text))
    tokens = Splitter(load_tokenizer(folder).backend_tokenizer).tokens(text, lambda _done, _total: None)
    assert 1 not in tokens.ids, "every word is known"
    assert 1.1 < (len(tokens.ids) - 2 * len(text)) / words < 2
