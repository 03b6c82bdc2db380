"""Write docs/architectures.md from the self-check of a tiny instance of each: `python docs/build_architectures.py`.

A test fails when the page is out of date for the installed release of transformers.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from probing.checkpoints import resolve  # noqa: E402
from probing.checkpoints.selfcheck import SelfCheck, release  # noqa: E402
from probing.checkpoints.trust import self_check  # noqa: E402
from probing.errors import BadInput  # noqa: E402
from tests.architectures import instances, known  # noqa: E402
from tests.architectures.names import NAMES, UNMADE  # noqa: E402

PAGE = ROOT / "docs" / "architectures.md"
HEAD = """# Architectures

Made by `python docs/build_architectures.py` from transformers {release}; do not edit.

Each row is the self-check of a tiny random instance ({count} in all; a name with a comma is a type with other settings). Tests compare every layer
and pooling of each with a reference that shares no code with Strata: each sentence alone, words by their offsets in running text, states by hooks
on the blocks.

- **Layers**: as the model gives them, or from hooks on its blocks. "Not compared" means that Strata does not know where its blocks are.
- **Batches**: padded; or of sentences of one length, or of one sentence, where the model does not heed the padding. That is slower.
- **Attention**: read, or refused with the reason.
- **Tokenizer**: tokenizer.json is what counts. "Not its class" means that transformers' own class splits text otherwise.

| architecture | layers | batches | attention | tokenizer |
|---|---|---|---|---|
"""
STATES = {"given": "given", "blocks": "from its blocks"}
COMPANY = {"padded": "padded", "even": "of one length", "alone": "one sentence"}


def row(name: str, check: SelfCheck | BadInput) -> str:
    """A line of the table."""
    if isinstance(check, BadInput) or check.refused:
        return f"| {name} | refused: {known.REFUSED.get(name, 'not expected')} | | | |\n"
    outcome = {one.name: one.outcome for one in check.findings}
    layers = "given, not compared" if outcome["layers"] == "unknown" else STATES[check.states]
    attention = f"refused: {known.NO_ATTENTION.get(name, 'not expected')}" if check.no_attention else "read"
    tokenizer = "not its class" if outcome["tokenizer"] == "adapted" else ""
    return f"| {name} | {layers} | {COMPANY[check.company]} | {attention} | {tokenizer} |\n"


def checked(name: str, folder: Path) -> SelfCheck | BadInput:
    """The self-check of a tiny instance that is made for it, or why there is none."""
    try:
        made = instances.save(name, instances.build(name), folder / str(NAMES.index(name)))
        return self_check(resolve(str(made), None, offline=True), None)
    except BadInput as error:
        return error


def render(checks: Mapping[str, SelfCheck | BadInput]) -> str:
    """The page as Markdown, from the self-check of each of NAMES."""
    parts = [HEAD.format(release=release(), count=len(checks)), *(row(name, checks[name]) for name in sorted(checks))]
    parts.append("\n## Types without a tiny instance\n\nThey were not tried.\n\n| type | why |\n|---|---|\n")
    parts += [f"| {name} | {UNMADE[name]} |\n" for name in sorted(UNMADE)]
    return "".join(parts)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        PAGE.write_text(render({name: checked(name, Path(scratch)) for name in NAMES}), encoding="utf-8")
