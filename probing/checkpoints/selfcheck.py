"""The result of a checkpoint's self-check, stored by fingerprint. Imports no torch.

examination.py makes it, trust.py returns the stored one or a new one. It decides how the vectors of a checkpoint are read: states from the
model's output or from hooks on its blocks; sentences padded, in batches of one length, or alone.
"""

from __future__ import annotations

import contextlib
import functools
from importlib.metadata import version
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cache import files

VERSION = 2  # raise when the examination finds more or decides otherwise: kept checks are made anew then
FOLDER = "checks"  # of the store
GIVEN, BLOCKS = "given", "blocks"
PADDED, EVEN, ALONE = "padded", "even", "alone"
Outcome = Literal["ok", "adapted", "refused", "unknown"]

MEANING = {
    "layers": "Each layer as the model gives it is compared with what enters the first block and what leaves each.",
    "blocks": "Attention in sparse blocks may be full for short sentences and sparse for long ones.",
    "padding": "Sentences are read alone and in a padded batch: a vector must not depend on the sentences beside it.",
    "repetition": "A sentence is read twice: it must get the same vectors.",
    "attention": "Each token's attention must add up to 1 over the sentence's own tokens; in a decoder none goes to later tokens.",
    "tokenizer": "Text is split by tokenizer.json and by transformers' own class. Strata uses the file.",
    "left padding": "A decoder is also read padded on the left, as programs that generate text pad. Strata pads on the right.",
}


class Fingerprinted(Protocol):
    """A checkpoint, here or as a record names it."""

    @property
    def fingerprint(self) -> str: ...


class Finding(BaseModel):
    """One check. `outcome`: ok; adapted (Strata reads this checkpoint in another way, so that its numbers are right); refused (what cannot be
    right is not offered); unknown (it could not be checked)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    outcome: Outcome
    sentence: str


class SelfCheck(BaseModel):
    """What an examination found. `refused` and `no_attention` are sentences, empty where nothing is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    release: str = Field(description="of transformers")
    precision: str = Field(description="in which it was examined: fp32, or bf16 where fp32 would not fit into memory")
    states: Literal["given", "blocks"] = Field(description="layers as the model gives them, or from hooks on its blocks")
    company: Literal["padded", "even", "alone"] = Field(
        description="which sentences share a batch: any, those of one length, or none"
    )
    causal: bool = Field(description="whether a token's vectors depend on earlier tokens alone")
    refused: str
    no_attention: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether its vectors can be read rightly."""
        return not self.refused

    def notes(self, name: str) -> list[str]:
        """Sentences for the reader of a result: what was read in another way than usual, or could not be checked."""
        reported = [
            one for one in self.findings if one.name in ("layers", "blocks", "padding") and one.outcome in ("adapted", "unknown")
        ]
        return [f"{name}: {one.sentence}" for one in reported]


@functools.cache
def release() -> str:
    """The installed release of transformers, whose code a check is of."""
    return version("transformers")


def stored_check(checkpoint: Fingerprinted, root: Path | None) -> SelfCheck | None:
    """The stored check of this checkpoint. None where there is none of this version and release, or it cannot be read."""
    if root is None:
        return None
    with contextlib.suppress(OSError, ValidationError):
        found = SelfCheck.model_validate(files.unsealed(path(checkpoint, root)))
        return found if (found.version, found.release) == (VERSION, release()) else None
    return None


def path(checkpoint: Fingerprinted, root: Path) -> Path:
    return root / FOLDER / f"{checkpoint.fingerprint}.json"
