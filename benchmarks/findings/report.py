"""The page: what was run, on what, how long it took, and what came of it. Every figure is read from the answers of the stages."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any

import torch

from benchmarks.findings.claims import claims
from benchmarks.findings.closeness import child_section
from benchmarks.findings.closeness import section as closeness_section
from benchmarks.findings.markdown import table
from benchmarks.findings.probes import exposure_section, probes_section, seeds_section
from benchmarks.findings.scores import cola_section, section, student_section
from benchmarks.findings.stages import Answers
from benchmarks.findings.study import BEGIN, BUNDLE, END, part
from benchmarks.findings.tiers import TIERS, Tier
from cache.store import Store


def page(answers: Answers, tier: Tier, told: list[dict[str, Any]], store: Store, processor: str) -> str:
    """The whole of docs/findings.md."""
    found = claims(answers, store)
    lines = [
        "# Findings",
        "",
        "What fine-tuning, the size of its data and distillation do to what can be read out of a checkpoint: real runs, every sentence and figure of "
        "them computed by",
        "",
        f"    make findings DATA=FOLDER TIER={tier.name}",
        "",
        "where FOLDER holds `snips_nlu`, `cola` and `ud_english_ewt`. A stage that was answered is not asked again: a run that was stopped goes on.",
        "",
        *_run(tier, told, processor, store.root / "scratch"),
        "",
        "## What agrees with the papers",
        "",
        *table(["claim", "source", "seen here", ""], [[c.said, c.source, c.seen, f"**{c.verdict}**"] for c in found]),
        "",
        "The papers trained other and larger models on other data, for longer; a disagreement here is one with this small encoder under this budget "
        "of steps, not a refutation. Where an interval holds both answers, it says so.",
        "",
        *section(answers),
        "",
        *exposure_section(answers, store),
        "",
        *probes_section(answers, store),
        *seeds_section(answers, store),
        "",
        *student_section(answers),
        "",
        *closeness_section(answers),
        "",
        *cola_section(answers),
        "",
        *child_section(answers, store),
        "",
        BEGIN,
        part(BUNDLE),
        END,
        "",
        *_misleads(tier),
    ]
    return _named("\n".join(lines), answers) + "\n"


def _named(text: str, answers: Answers) -> str:
    """The page with products called by what they are, not by their names in the store."""
    for arm in answers.sweep["arms"]:
        said = f"{arm['method']} ({arm['size'] if arm['size'] == 'all' else format(arm['size'], ',')}, seed {arm['seed']})"
        text = text.replace(str(arm["product"]).removeprefix("lab:"), said)
    for seed, student in enumerate(answers.students):
        text = text.replace(Path(student["checkpoint"]).name, f"student (seed {seed})")
    return text


def _run(tier: Tier, told: list[dict[str, Any]], processor: str, folder: Path) -> list[str]:
    total, resumed = sum(stage["seconds"] for stage in told), [stage["name"] for stage in told if stage["resumed"]]
    again = f" Stages that were stopped and went on, and count from there: {', '.join(resumed)}." if resumed else ""
    rows = [[stage["name"], f"`{stage['command'][0]}`", f"{stage['seconds']:,.0f}"] for stage in told]
    return [
        f"Tier **{tier.name}**, {datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {processor}, {os.cpu_count()} cores, torch {torch.__version__}: "
        f"{total / 60:,.0f} minutes in all.{again}",
        "",
        *(_other(folder) if tier.name != "full" else ()),
        "<details><summary>Stages and their seconds</summary>",
        "",
        *table(["stage", "command", "seconds"], rows),
        "",
        "</details>",
    ]


def _other(folder: Path) -> list[str]:
    """How far the full tier is."""
    answered = len(list((folder / "findings-full").glob("*.json")))
    full = TIERS["full"]
    if answered == full.stages:
        return []
    return [
        f"Of the {full.stages} stages of the full tier (`TIER=full`) {answered} were answered when this page was made; none of them is on it.",
        "",
    ]


def _misleads(tier: Tier) -> list[str]:
    return [
        "## When this misleads",
        "",
        f"- One encoder of 22.7 million values, {tier.seeds} seeds, {tier.steps:,} steps of {tier.batch} sentences for every arm, whatever its "
        "size: in the quick tier all of train is read by less than one epoch, so large sizes are not trained to their end.",
        "- Rates are the recorded ones in the quick tier; they were chosen on dev of SNIPS at 512 sentences for this encoder.",
        "- The base was trained to embed sentences (mean over words), and its heads read the pooled first token, which that training did not use.",
        "- Intervals over seeds come from few seeds; those of probes are over test sentences and say nothing of other seeds of fine-tuning.",
        "- SNIPS' intents are easy: a bag of words comes far. What is exposed there need not be exposed on a harder task.",
    ]
