"""The examination of a self-check: it reads a few short sentences in several ways that must agree. Imports torch at its top.

In fp32, to `TOLERANCE` of a layer's largest value; where fp32 would not fit into memory in bf16, to `COARSE`.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Sequence
from typing import Any

import psutil
import torch

from probing.checkpoints import blocks
from probing.checkpoints.facts import read_config
from probing.checkpoints.foreign import first_line, foreign, is_ours
from probing.checkpoints.loading import load, top_of, vocabulary
from probing.checkpoints.resolve import Checkpoint
from probing.checkpoints.selfcheck import ALONE, BLOCKS, EVEN, GIVEN, PADDED, VERSION, Finding, SelfCheck, release
from probing.checkpoints.tokenizer import Tokenizer, by_transformers, pad_of
from probing.checkpoints.tokenizer_file import FILE
from probing.errors import BadInput

TOLERANCE, COARSE = 1e-4, 5e-2  # of a layer's largest value
SHARE = 0.7  # of the free memory that a model may take
SUM = 1e-3  # by which a row of attention may miss 1
TEXTS = (
    "The cat sat.",
    "A dog barked at the cats, and nobody slept.",
    "In 1998 Zoë's café in São Paulo sold 42 cakes (or so they say) to people who did not ask for any.",
)
DIFFICULT_TEXTS = (
    "ÉCOLE École école",
    "naïve coöperation",
    "Don't-stop_me 3.14 <b>x</b>",
    "東京 Привет 안녕",
    "a  b\tc",
    "ﬁne ½ Ⅻ",
)
Ids = list[int]
States = list[torch.Tensor]


def examine(checkpoint: Checkpoint, device: str) -> SelfCheck:
    """Read the sentences and judge. Raises BadInput for what cannot be loaded, and for a model that raises as it reads a sentence."""
    precision = "fp32" if fits(4 * checkpoint.facts.parameters, device) else "bf16"
    model, tokenizer = load(checkpoint, device, precision)
    if getattr(model.config, "use_cache", False):
        model.config.use_cache = False
    found = _Examination(checkpoint, model, tokenizer, TOLERANCE if precision == "fp32" else COARSE)
    with torch.inference_mode():
        return found.judged(precision)


def fits(count: int, device: str) -> bool:
    """Whether `count` bytes of weights fit into memory beside what is there."""
    free = torch.cuda.mem_get_info(torch.device(device))[0] if device.startswith("cuda") else psutil.virtual_memory().available
    return count <= SHARE * free


class _Examination:
    def __init__(self, checkpoint: Checkpoint, model: Any, tokenizer: Tokenizer, tolerance: float) -> None:
        self.checkpoint, self.facts, self.name = checkpoint, checkpoint.facts, checkpoint.name
        self.model, self.tokenizer, self.tolerance = model, tokenizer, tolerance
        self.sentences = self._sentences()
        self.pad = pad_of(tokenizer, vocabulary(model))
        self.findings: list[Finding] = []
        self.states = GIVEN

    def judged(self, precision: str) -> SelfCheck:
        self._blocked()
        refused = self._layers()
        causal, company, no_attention = False, PADDED, ""
        if not refused:
            alone = [self._read([ids])[0] for ids in self.sentences]
            refused = self._repetition(alone)
        if not refused:
            company = self._batching(alone)
            causal = self._causal(alone)
            if causal:
                self._left(alone)
            no_attention = self._attention(company, causal)
        self._tokenizer()
        return SelfCheck(
            version=VERSION,
            release=release(),
            precision=precision,
            states=self.states,  # type: ignore[arg-type]
            company=company,  # type: ignore[arg-type]
            causal=causal,
            refused=refused,
            no_attention=no_attention,
            findings=tuple(self.findings),
        )

    def _say(self, name: str, outcome: str, sentence: str) -> str:
        self.findings.append(Finding(name=name, outcome=outcome, sentence=sentence))  # type: ignore[arg-type]
        return sentence if outcome == "refused" else ""

    # What is read

    def _sentences(self) -> list[Ids]:
        """Ids of a short, a middling and a long text, of different lengths; the tokenizer's own order of ids where it splits text into nothing."""
        backend = self.tokenizer.backend_tokenizer
        backend.no_padding()
        backend.no_truncation()
        with foreign(f"The tokenizer of {self.name} cannot split the sentence {TEXTS[0]!r}", "fetch the checkpoint again"):
            found = [[int(i) for i in backend.encode(text).ids][: self.facts.max_length] for text in TEXTS]
        known = vocabulary(self.model)
        if any(i >= known for ids in found for i in ids):
            highest = max(max(ids, default=0) for ids in found)
            raise BadInput(
                f"The tokenizer of {self.name} gives the id {highest}, and the model knows ids below {known}: they do not belong together."
            )
        if len({len(ids) for ids in found if len(ids) > 1}) < len(TEXTS):
            lengths = sorted({min(length, self.facts.max_length) for length in (3, 5, 9)})
            ids = itertools.cycle(range(min(known, 40)))
            found = [[next(ids) for _ in range(length)] for length in lengths]
        return found

    def _call(self, sentences: Sequence[Ids], left: bool = False, **more: Any) -> Any:
        """One pass over sentences padded to the longest. Raises BadInput where the model's own code raises."""
        longest = max(map(len, sentences))
        pads = [[self.pad] * (longest - len(ids)) for ids in sentences]
        rows = [(p + i if left else i + p) for p, i in zip(pads, sentences, strict=True)]
        marks = [
            ([0] * len(p) + [1] * len(i) if left else [1] * len(i) + [0] * len(p)) for p, i in zip(pads, sentences, strict=True)
        ]
        ids, mask = (torch.tensor(value, device=self.model.device) for value in (rows, marks))
        if left:
            more["position_ids"] = (mask.cumsum(1) - 1).clamp(min=0)
        with foreign(
            f"{self.name} cannot read the sentence {TEXTS[0]!r}: its model raised an error",
            f"transformers' class for {self.facts.model_type} needs more than text, or its files do not fit it: take another checkpoint",
        ):
            return self.model(input_ids=ids, attention_mask=mask, return_dict=True, **more)

    def _read(self, sentences: Sequence[Ids], left: bool = False) -> list[States]:
        """For each sentence its states [T, D] of layers 0 to L, pads left out, in fp32."""
        listening = blocks.Blocks(self.model, self.facts.layers) if self.states == BLOCKS else None
        output = self._call(sentences, left, output_hidden_states=True)
        shape = (len(sentences), max(map(len, sentences)), self.facts.hidden)
        layers = list(output.hidden_states) if listening is None else listening.take().stream(top_of(output), shape)
        if listening is not None:
            listening.remove()
        if layers is None:
            raise BadInput(f"{self.name} gives other states for a batch than for one sentence: it cannot be probed.")
        own = [slice(-len(ids), None) if left else slice(len(ids)) for ids in sentences]
        return [[layer[row, part].float() for layer in layers] for row, part in enumerate(own)]

    def _differs_at(self, one: States, other: States) -> int | None:
        """The first layer in which two readings of a sentence differ; None where none does."""
        for layer, (a, b) in enumerate(zip(one, other, strict=True)):
            if a.shape != b.shape or not float((a - b).abs().max()) <= self.tolerance * max(float(a.abs().max()), 1e-30):
                return layer
        return None

    def _first_difference(self, ones: Sequence[States], others: Sequence[States]) -> int | None:
        """Of the first of several sentences that differs."""
        found = (self._differs_at(one, other) for one, other in zip(ones, others, strict=True))
        return next((layer for layer in found if layer is not None), None)

    # What is judged

    def _layers(self) -> str:
        """Whether the states that the model gives are the L+1 they should be; decides where they are read."""
        ids = self.sentences[-1]
        shape = (1, len(ids), self.facts.hidden)
        listening = blocks.Blocks(self.model, self.facts.layers)
        output = self._call([ids], output_hidden_states=True)
        heard = listening.take()
        listening.remove()
        reported = getattr(output, "hidden_states", None)
        reported = [layer for layer in reported if isinstance(layer, torch.Tensor)] if isinstance(reported, (tuple, list)) else []
        whole = len(reported) == self.facts.layers + 1 and all(tuple(layer.shape) == shape for layer in reported)
        said = f"it gives {len(reported)} states" + (f" of width {reported[-1].shape[-1]}" if reported else "")
        if len(reported) == self.facts.layers + 1 and reported[-1].shape[-1] == self.facts.hidden:
            odd = next((layer for layer in reported if tuple(layer.shape) != shape), reported[0])
            said = f"it gives states of the shape {tuple(odd.shape)} for one sentence of {len(ids)} tokens"
        promised = f"its configuration promises {self.facts.layers + 1} of width {self.facts.hidden}"

        def refuse(why: str) -> str:
            return self._say("layers", "refused", f"{self.name} cannot be probed layer by layer: {why}: take another checkpoint.")

        wanted = heard.stream(top_of(output), shape, blocks.turned)
        if wanted is None or len(wanted) != self.facts.layers + 1:
            return self._unknown() if whole else refuse(f"{said}, and {promised}")
        wrong = self._differs_at([one[0] for one in reported], [one[0] for one in wanted]) if whole else 0
        if wrong is None:
            return self._say("layers", "ok", "Layer 0 is what enters the first block, and each layer is what its block gives.")
        if wrong < self.facts.layers and not heard.chained(shape):
            return self._unknown()
        if heard.stream(top_of(output), shape) is None:
            return refuse(f"layer {wrong} as the model gives it is not what its block gives")
        self.states = BLOCKS
        why = f"layer {wrong} as the model gives it is another" if whole else said
        if whole and wrong == self.facts.layers:
            why = "the model gives its last layer before the final norm"
        return self._say("layers", "adapted", f"Layers are read at its blocks, since {why}.")

    def _unknown(self) -> str:
        said = (
            "Its blocks are not known here, so its layers could not be compared with them: they are read as the model gives them."
        )
        return self._say("layers", "unknown", said)

    def _blocked(self) -> None:
        """Whether its attention in sparse blocks was turned off when it was loaded."""
        if str(read_config(self.checkpoint.folder).get("attention_type")) == "block_sparse":
            said = (
                "Its attention in sparse blocks is read as full attention, as its model does for short sentences: else a sentence's "
                "vectors would depend on those read before it."
            )
            self._say("blocks", "adapted", said)

    def _repetition(self, alone: Sequence[States]) -> str:
        layer = self._differs_at(alone[-1], self._read([self.sentences[-1]])[0])
        if layer is None:
            return self._say("repetition", "ok", "A sentence that is read twice gets the same vectors.")
        said = f"{self.name} gives other vectors at layer {layer} when it reads the same sentence again"
        why = "its model draws at random, so it cannot be probed; take another checkpoint"
        return self._say("repetition", "refused", f"{said}: {why}.")

    def _batching(self, alone: Sequence[States]) -> str:
        """Which sentences may share a batch: any, those of one length, or none."""
        together = self._read(self.sentences)
        wrong = self._first_difference(alone, together)
        if wrong is None:
            self._say("padding", "ok", "A sentence gets the same vectors alone and in a padded batch.")
            return PADDED
        length = min(map(len, self.sentences))
        short = [ids[:length] for ids in self.sentences]
        even = self._read(short)
        one_by_one = [self._read([ids])[0] for ids in short]
        if self._first_difference(one_by_one, even) is None:
            company, why = (
                EVEN,
                f"padding into the vectors (layer {wrong}), so nothing is padded: only sentences of one length share a batch",
            )
        else:
            company, why = ALONE, f"the sentences of a batch into each other's vectors (layer {wrong}), so each is read alone"
        self._say("padding", "adapted", f"Its model lets {why}, which is slower.")
        return company

    def _causal(self, alone: Sequence[States]) -> bool:
        """Whether the vectors of a beginning are the same without the rest."""
        ids = self.sentences[-1]
        half = max(1, len(ids) // 2)
        begun = self._read([ids[:half]])[0]
        return half < len(ids) and self._differs_at([layer[:half] for layer in alone[-1]], begun) is None

    def _left(self, alone: Sequence[States]) -> None:
        """What padding on the left does to a decoder: told, since other programs pad so; it decides nothing here."""
        if "position_ids" not in inspect.signature(self.model.forward).parameters:
            self._say("left padding", "unknown", "Its model takes no positions, so it was not read padded on the left.")
            return
        try:
            padded = self._read(self.sentences, left=True)
        except BadInput as error:
            self._say("left padding", "unknown", f"It could not be read padded on the left ({first_line(error)}).")
            return
        if self._first_difference(alone, padded) is None:
            said = "Padded on the left, with positions counted from the mask, it gives the same vectors."
            self._say("left padding", "ok", said)
        else:
            said = "Padded on the left it gives other vectors: pad on the right in programs of your own too."
            self._say("left padding", "unknown", said)

    def _attention(self, company: str, causal: bool) -> str:
        """Why its attention is not to be read; empty where it is what it should be."""
        kind = f"{self.name} ({self.facts.model_type})"
        try:
            self.model.set_attn_implementation("eager")  # the others never hold the weights that are asked for here
            batches = [self.sentences] if company == PADDED else [[ids] for ids in self.sentences]
            outputs = [(batch, self._call(batch, output_attentions=True)) for batch in batches]
        except Exception as error:
            if is_ours(error) and not isinstance(error, BadInput):
                raise
            return self._say("attention", "refused", f"{kind} does not give its attention: choose a checkpoint of another type.")
        wrong = next((why for batch, output in outputs if (why := self._rows(batch, output, causal))), "")
        if wrong:
            said = f"The attention of {kind} is not read, since {wrong}: choose a checkpoint of another type."
            return self._say("attention", "refused", said)
        said = "Each token's attention adds up to 1 over the sentence's own tokens" + (", none of it later." if causal else ".")
        return self._say("attention", "ok", said)

    def _rows(self, batch: Sequence[Ids], output: Any, causal: bool) -> str:
        """What is wrong with the attention of a batch; empty where nothing is."""
        layers = getattr(output, "attentions", None)
        longest, count = max(map(len, batch)), self.facts.layers
        if not isinstance(layers, (tuple, list)) or len(layers) != count or any(layer is None for layer in layers):
            return f"the model does not give that of all {count} layers"
        for number, layer in enumerate(layers, start=1):
            if layer.ndim != 4 or layer.shape[0] != len(batch) or tuple(layer.shape[2:]) != (longest, longest):
                return f"layer {number} gives a table of the shape {tuple(layer.shape)} for {len(batch)} sentences of {longest} tokens"
            for row, ids in enumerate(batch):
                own = layer[row, :, : len(ids), : len(ids)].float()
                if not bool(((own.sum(-1) - 1).abs() <= SUM).all()) or not bool((own >= -SUM).all()):
                    return f"the rows of layer {number} do not add up to 1 over the sentence's own tokens"
                if causal and float(own.triu(1).abs().max()) > SUM:
                    return f"layer {number} shows attention to later tokens, of which its vectors do not depend"
        return ""

    def _tokenizer(self) -> None:
        """Whether transformers' own class splits text as tokenizer.json does; the file is what is read either way."""
        folder = self.checkpoint.folder
        if not (folder / FILE).is_file():
            self._say("tokenizer", "ok", f"It has no {FILE}: its vocabulary is read by transformers' own class.")
            return
        from tokenizers import Tokenizer as Backend

        own = Backend.from_file(str(folder / FILE))
        try:
            made = by_transformers(folder)
        except BadInput as error:
            self._say(
                "tokenizer", "ok", f"{FILE} is read as it is; transformers' own class cannot be loaded ({first_line(error)})."
            )
            return
        theirs, kind = made.backend_tokenizer, type(made).__name__
        for backend in (own, theirs):
            backend.no_padding()
            backend.no_truncation()
        with foreign(f"The tokenizer of {self.name} cannot split text", "fetch the checkpoint again"):
            other = next((text for text in (*TEXTS, *DIFFICULT_TEXTS) if own.encode(text).ids != theirs.encode(text).ids), None)
        if other is None:
            self._say("tokenizer", "ok", f"{FILE} and transformers' {kind} split text alike.")
        else:
            self._say("tokenizer", "adapted", f"Transformers' {kind} splits {other!r} otherwise than {FILE}. The file is read.")
