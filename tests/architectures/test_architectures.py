"""Every architecture against a reference that shares no code with the product, or a refusal in one sentence."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cache.activations
from probing.checkpoints import Checkpoint, examination, loading
from probing.checkpoints.selfcheck import SelfCheck, release
from probing.checkpoints.trust import self_check
from probing.errors import BadInput
from probing.extraction import POOLINGS, attention, models
from tests.architectures import known, reference
from tests.architectures.names import NAMES, RELEASE
from tests.architectures.page import PAGE, builder
from tests.architectures.subject import BUDGET, SENTENCES, TOLERANCE, Subject, expected


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Products this small take longer on several."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module", params=NAMES)
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """Its model is read from disk once, for all poolings; the examination changes it, and gets a copy."""

    kept: list[tuple[Any, Any]] = []

    def load(checkpoint: Checkpoint, _device: str, _precision: str) -> tuple[Any, Any]:
        if not kept:
            kept.append(loading.load(checkpoint))
        return kept[0]

    def exact(vectors: np.ndarray, _layer: int) -> np.ndarray:
        """The store rounds to fp16, by more than the reference may differ."""
        return np.ascontiguousarray(vectors, dtype=np.float32)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache.activations, "compact", exact)
        patch.setattr(models, "load", load)
        patch.setattr(attention, "load", load)
        patch.setattr(examination, "load", lambda *options: copy.deepcopy(load(*options)))
        yield Subject.make(request.param, tmp_path_factory.mktemp("architecture"))


def test_layers_are_what_blocks_give(subject: Subject, request: pytest.FixtureRequest) -> None:
    if reason := known.KNOWN_WRONG.get(subject.name):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    if reason := known.REFUSED.get(subject.name):
        with pytest.raises(BadInput) as refusal:
            list(subject.extracted("mean", BUDGET))
        assert one_sentence(str(refusal.value)), reason
    else:
        assert wrong_layers(subject) == []


def wrong_layers(subject: Subject) -> list[str]:
    """Every pooling and layer that is not as the reference has it. Two poolings are read in batches, two with all padded to the longest."""
    problems = []
    for pooling in POOLINGS:
        found = list(subject.extracted(pooling, BUDGET if pooling in ("mean", "last") else None))
        if len(found) != len(subject.read[0].states):
            problems.append(f"{pooling}: {len(found)} layers, not {len(subject.read[0].states)}")
            continue
        for layer, pair in enumerate(found):
            largest = max(np.abs(one.states[layer]).max() for one in subject.read)
            for what, ours, right in zip(("words", "sentences"), pair, expected(subject.read, pooling, layer), strict=True):
                off = np.abs(ours - right).max() / largest if ours.shape == right.shape else np.inf
                if not off < TOLERANCE:
                    problems.append(f"{pooling}, layer {layer}, {what}: off by {off:.1e} of the largest value")
    return problems


def test_attention_is_shares_among_a_sentences_own_tokens(subject: Subject) -> None:
    if reason := known.REFUSED.get(subject.name) or known.NO_ATTENTION.get(subject.name):
        with pytest.raises(BadInput) as refusal:
            subject.attention()
        assert one_sentence(str(refusal.value)), reason
    else:
        assert wrong_attention(subject) == []


def test_the_self_check_says_what_the_reference_and_the_page_say(subject: Subject) -> None:
    found: SelfCheck | BadInput
    try:
        found = self_check(subject.checkpoint, subject.store.root)
    except BadInput as error:
        found = error
    if release().startswith(f"{RELEASE}."):  # another release may read otherwise, and the page says of which it is
        assert builder().row(subject.name, found) in PAGE.read_text(encoding="utf-8").splitlines(keepends=True)
    if isinstance(found, BadInput) or found.refused:
        assert subject.name in known.REFUSED, found
        return
    assert subject.name not in known.REFUSED
    assert bool(found.no_attention) == (subject.name in known.NO_ATTENTION), found.no_attention
    assert found.causal == is_causal(subject)
    assert {one.name for one in found.findings if one.outcome == "refused"} <= {"attention"}
    unknown = {one.name for one in found.findings if one.outcome == "unknown"} - {"left padding"}
    assert bool(unknown) == (subject.name in known.UNKNOWN), unknown


def test_the_self_check_finds_what_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    subject = Subject.make("bert", tmp_path)
    model, tokenizer = loading.load(subject.checkpoint)

    def unmasked(_module: object, inputs: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return inputs, named | {"attention_mask": torch.ones_like(named["attention_mask"])}

    monkeypatch.setattr(examination, "load", lambda *_: (model, tokenizer))
    assert self_check(subject.checkpoint, None).company == "padded"
    hook = model.register_forward_pre_hook(unmasked, with_kwargs=True)
    assert self_check(subject.checkpoint, None).company == "even"
    hook.remove()
    model.encoder.layer[1].register_forward_hook(lambda _module, _inputs, output: output + torch.rand(1))
    assert self_check(subject.checkpoint, None).refused


def wrong_attention(subject: Subject) -> list[str]:
    """What is wrong with the maps: rows that are no shares, tokens that attend to later ones where no state depends on them, company that matters."""
    problems: dict[str, None] = {}
    maps = subject.attention()
    causal = is_causal(subject)
    for sentence, found in zip(SENTENCES[:4], maps, strict=False):
        alone = reference.attention(subject.model, subject.tokenizer, sentence)
        tokens = len(reference.aligned(subject.tokenizer, sentence)[0])
        if found.shape[2:] != (tokens, tokens):
            problems[f"{found.shape[2:]} for {tokens} tokens"] = None
        elif (found < -1e-6).any() or np.abs(found.sum(-1) - 1).max() > 1e-4:
            problems["rows are no shares of 1"] = None
        elif causal and np.abs(np.triu(found, 1)).max() > 1e-6:
            problems["attends to later tokens"] = None
        elif np.abs(found - alone).max() > 1e-4:
            problems["differs from the sentence alone"] = None
    return list(problems)


def is_causal(subject: Subject) -> bool:
    """Whether what the model says of a sentence's first tokens stays as it is when further words come."""
    import torch

    whole, part = (reference.aligned(subject.tokenizer, words) for words in (SENTENCES[2], SENTENCES[2][:5]))
    count = int(np.flatnonzero(part[1] != reference.NO_WORD)[-1]) + 1
    with torch.no_grad():
        long, short = (subject.model(input_ids=torch.tensor([ids]), return_dict=True)[0][0] for ids, _ in (whole, part))
    return bool((long[:count] - short[:count]).abs().max() < TOLERANCE * long.abs().max())


def one_sentence(text: str) -> bool:
    """It ends as a sentence does, and nothing in it does so before; what stands in brackets is quoted."""
    return text.endswith(".") and "\n" not in text and not re.search(r"[.!?] [A-Z]", re.sub(r"\(.*\)", "", text))
