"""The folder that a probe leaves in: its arrays as safetensors, what it is as JSON, a card, and the lines that apply it with transformers alone.

FOLDER/probe.safetensors   the arrays of `Fitted.state` (probes/fitted.py), fp32; `projection.*` where vectors are brought to fewer numbers first
FOLDER/probe.json          a `PortableProbe`
FOLDER/README.md           the card of a model on a hub
FOLDER/apply.py            the lines; not where no such lines would give the same vectors
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import yaml
from safetensors.numpy import save

from cache import files
from cache.store import Store
from probing.checkpoints.selfcheck import GIVEN, SelfCheck, stored_check
from probing.errors import BadInput
from probing.reports.portable_probe import FORMAT, ChosenProbe, PortableProbe, read

ARRAYS, FACTS, CARD, LINES = "probe.safetensors", "probe.json", "README.md", "apply.py"
SAYS = {"word": "a label for each word", "sentence": "a label for the sentence"}


def without_lines(facts: PortableProbe, check: SelfCheck | None) -> str:
    """Why no few lines of transformers give the vectors that this probe reads; empty where they do."""
    if facts.submodule != "layer":
        return f"the probe reads what the {facts.submodule} part of a layer adds, which transformers does not return"
    if check is not None and check.states != GIVEN:
        return "transformers does not return the layers of this checkpoint as they are"
    if check is not None and any(one.name == "tokenizer" and one.outcome == "adapted" for one in check.findings):
        return "transformers splits text otherwise than the tokenizer.json of this checkpoint"
    return ""


WORDS = {
    "mean": "states[own == word].mean(0)",
    "max": "states[own == word].max(0)",
    "first": "states[own == word][0]",
    "last": "states[own == word][-1]",
}
SENTENCES = {
    "mean": "states[own >= 0].mean(0)",
    "max": "states[own >= 0].max(0)",
    "first": "states[0]",
    "last": "states[own >= 0][-1]",
}


def lines(facts: PortableProbe, projected: bool) -> str:
    """The program `apply.py`. It reads sentences, one a line with blanks between the words, and prints their labels as JSON, one list a line."""
    pool = (
        f"np.stack([{WORDS[facts.pooling]} for word in range(len(words))])"
        if facts.level == "word"
        else f"{SENTENCES[facts.pooling]}[None]"
    )
    steps = (
        ['    x = ((x - probe["projection.mean"]) * probe["projection.scale"]) @ probe["projection.axes"]'] if projected else []
    )
    steps.append('    x = (x - probe["mean"]) * probe["scale"]')
    for layer in range(facts.hidden_layers + 1):
        product = f'x @ probe["weights_{layer}"] + probe["bias_{layer}"]'
        steps.append(f"    x = np.maximum({product}, 0)" if layer < facts.hidden_layers else f"    x = {product}")
    return "\n".join(
        [
            '"""The labels that this probe reads: python apply.py CHECKPOINT < SENTENCES',  # no names here: they are others' text, and this is code
            "",
            "CHECKPOINT is a folder or a hub id; SENTENCES are lines with blanks between the words. Prints the labels of each line as JSON.",
            '"""',
            "",
            "import json",
            "import sys",
            "from pathlib import Path",
            "",
            "import numpy as np",
            "from safetensors.numpy import load_file",
            "from transformers import AutoModel, AutoTokenizer",
            "",
            "here = Path(__file__).parent",
            f'probe, facts = load_file(here / "{ARRAYS}"), json.loads((here / "{FACTS}").read_text(encoding="utf-8"))',
            "tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])",
            "model = AutoModel.from_pretrained(sys.argv[1]).float().eval()",
            "",
            "",
            "def encode(words, **more):",
            "    return tokenizer(words, is_split_into_words=True, **more)",
            "",
            "",
            "# A tokenizer that marks words by the space before them gets the space with each word, as in running text.",
            'running, words = tokenizer("cat cat", add_special_tokens=False), encode(["cat", "cat"], add_special_tokens=False)',
            'space = "" if running.input_ids == words.input_ids else " "',
            "",
            "",
            "def labels(words):",
            '    encoded = encode([space + word for word in words], truncation=True, return_tensors="pt")',
            '    states = model(**encoded, output_hidden_states=True).hidden_states[facts["layer"]][0].detach().numpy()',
            "    own = np.array([-1 if word is None else word for word in encoded.word_ids()])",
            f"    x = {pool}",
            *steps,
            '    return [facts["classes"][best] for best in x.argmax(1)]',
            "",
            "",
            "for line in sys.stdin:",
            "    print(json.dumps(labels(line.split()), ensure_ascii=False))",
            "",
        ]
    )


def card(facts: PortableProbe, reason: str) -> str:
    """The README of the folder: what the probe is, what it scores, how it is applied, and what it does not say."""
    head = {"library_name": "transformers", "tags": ["probe", "interpretability", FORMAT]}
    if "/" in facts.checkpoint.name and not facts.checkpoint.name.startswith(("/", ".", "~")):
        head["base_model"] = facts.checkpoint.name
    rows = [
        f"| {one.split} | {one.metric} | {one.value:.4f} | {'' if one.lower is None else f'{one.lower:.4f} to {one.upper:.4f}'} | {one.unit} | "
        f"{'' if one.n is None else one.n} |"
        for one in facts.scores
    ]
    how = (
        f"`{LINES}` is not here: {reason}. Strata reads it from its store."
        if reason
        else f"    python {LINES} CHECKPOINT < SENTENCES\n\n`CHECKPOINT` is a folder or a hub id with the fingerprint below. `SENTENCES` are lines, "
        "with blanks between the words. It needs transformers, PyTorch and safetensors, and nothing of Strata."
    )
    return "\n".join(
        [
            f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True)}---",
            "",
            f"# {_text(facts.task)}, read out of layer {facts.layer} of {_text(facts.checkpoint.name)}",
            "",
            f"A {facts.family} probe: {SAYS[facts.level]}, one of {len(facts.classes)}. It was trained on "
            f"{_text(facts.corpus)} (hash `{facts.corpus_hash[:16]}`), on vectors of layer {facts.layer} of {facts.checkpoint.layers}, pooled by "
            f"{facts.pooling}. The checkpoint was not changed.",
            "",
            how,
            "",
            "## Scores",
            "",
            "| split | metric | value | 95 % interval | unit | items |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "Accuracies say that the labels can be read out, not that the model uses them. Compare them with the control task "
            "(selectivity) and the majority class.",
            "",
            "## What it fits",
            "",
            f"The checkpoint with the fingerprint `{facts.checkpoint.fingerprint}`. Another, even one fine-tuned from it, gives other vectors.",
            "",
            f"Made by {facts.made_by} from run `{facts.run}`, seed {facts.seed}. {FACTS} says the same for programs.",
            "",
        ]
    )


def _text(name: str) -> str:
    """A name as text of a Markdown line."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|!" else " " if sign in "\r\n" else sign for sign in name)


def write(folder: Path, store: Store, run: str, chosen: ChosenProbe, seed: int | None = None) -> PortableProbe:
    """Write the files. A folder that holds anything else is refused (BadInput); an earlier export there is replaced."""
    facts, arrays = read(store, run, chosen, seed)
    own = {ARRAYS, FACTS, CARD, LINES}
    if folder.exists() and (not folder.is_dir() or {path.name for path in folder.iterdir()} - own):
        raise BadInput(f"{folder} holds something else: name a new or empty folder with --out.")
    reason = without_lines(facts, stored_check(chosen.checkpoint, store.root))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LINES).unlink(missing_ok=True)
    (folder / ARRAYS).write_bytes(save({name: np.ascontiguousarray(array) for name, array in arrays.items()}))
    files.write_text(folder / FACTS, json.dumps(facts.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n", "the probe")
    files.write_text(folder / CARD, card(facts, reason), "the card")
    if not reason:
        files.write_text(folder / LINES, lines(facts, "projection.axes" in arrays), "the lines")
    return facts
