"""How to get the same numbers again: the command, the versions, and what identifies the inputs."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import pandas as pd
from pydantic import BaseModel

from probing.installation import PROGRAM, VERSION
from probing.records.run import RecordedCheckpoint
from probing.reports.document import CodeBlock, DataTable, Paragraph, Part

PACKAGES = ("torch", "transformers", "tokenizers", "numpy", "scipy", "scikit-learn", "pandas")
# Fields whose option is called otherwise than the field and takes several words, and those whose words have commas between.
LISTED = {
    "checkpoints": "--checkpoint",
    "tasks": "--task",
    "probes": "--probe",
    "methods": "--method",
    "width": "--width",
    "rank": "--rank",
}
JOINED = ("layers", "sizes")
SAID = ("seeds", "seed", "precision", "pooling")  # also where they have their default, which another release may change


def command(name: str, spec: BaseModel) -> str:
    """`strata NAME`, or as a checkout calls it, and the options that ask for `spec`; defaults are left out, but for what every reader asks."""
    parts = [*PROGRAM.split(), name]
    for field, info in type(spec).model_fields.items():
        value, option = getattr(spec, field), f"--{field.replace('_', '-')}"
        if field in LISTED:
            parts += [LISTED[field], *map(str, value)] if value else []
        elif field == "baselines":
            parts += [] if value else ["--no-baselines"]
        elif value is None or value is False or value == () or (value == info.get_default() and field not in SAID):
            continue
        elif value is True:
            parts.append(option)
        else:
            parts += [option, ",".join(map(str, value)) if field in JOINED and isinstance(value, tuple) else str(value)]
    return shlex.join(parts)


def versions() -> str:
    """Of this software and what computes, on the machine that writes the report."""
    found = [f"strata {VERSION}", f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


def fingerprints(entries: Sequence[RecordedCheckpoint], own: Mapping[str, str], corpus: str, hashed: str) -> DataTable:
    """What identifies checkpoints and corpus: the same digest is the same content, on any machine."""
    rows: list[dict[str, Any]] = [
        {"what": "checkpoint", "name": one.name, "full name": own.get(one.name, one.name), "fingerprint": one.fingerprint}
        for one in entries
    ]
    rows.append({"what": "corpus", "name": corpus, "full name": corpus, "fingerprint": hashed})
    table = pd.DataFrame(rows)
    if (table["name"] == table["full name"]).all():
        table = table.drop(columns="full name")
    return DataTable.of(
        table,
        title="Fingerprints of what was read",
        note="A digest of weights, configuration and tokenizer; of a corpus, of its sentences.",
    )


def making(entries: Sequence[RecordedCheckpoint]) -> DataTable | None:
    """How products of the lab were made, as far as they say; None where there are none."""
    fields = ("how", "parent", "method", "data", "task", "train", "steps", "batch", "seed", "weight", "init_probe")
    rows = [
        {"checkpoint": one.name}
        | {name: getattr(one.lineage, name) for name in fields}
        | {"rate": one.lineage.learning_rate and one.lineage.learning_rate.encoder}
        for one in entries
        if one.lineage is not None
    ]
    if not rows:
        return None
    note = (
        "The commands finetune, distill and sweep make them again. train: sentences of train; rate: the encoder's learning rate."
    )
    return DataTable.of(pd.DataFrame(rows).dropna(axis=1, how="all"), title="How checkpoints were made", note=note)


def parts(name: str, spec: BaseModel, run: str, table: DataTable, more: str = "") -> list[Part]:
    """The chapter without its heading. `more` ends the command: what it needs and a spec does not say."""
    found: list[Part] = [
        Paragraph(text="This command answers the same question. The same inputs get the same id on every machine."),
        CodeBlock(text=f"{command(name, spec)} {more}".strip(), language="sh"),
        Paragraph(text=f"Id: {run}.", role="note"),
    ]
    found.append(table)
    found.append(Paragraph(text=f"Versions on the machine that wrote this report: {versions()}.", role="note"))
    return found
