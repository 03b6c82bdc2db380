"""What the papers say, and what these runs say of it: each claim judged by a computed interval, never by eye."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.stats import spearmanr

from benchmarks.findings.closeness import TWIN, cka, seconds
from benchmarks.findings.probes import READ, AnsweredRun, hidden
from benchmarks.findings.scores import METRICS, cola, of_sweep, tree_gain
from benchmarks.findings.stages import INTENT, Answers, frame
from cache.store import Store
from probing.analysis.differences import LEVEL
from probing.analysis.drift import drift_rows
from probing.analysis.size_curves import lead

NEARLY = 0.02  # of slot F1: what is no further apart is nearly as good
AGREES, DISAGREES, OPEN = "agrees", "does not agree", "cannot be told"


class Claim(NamedTuple):
    """What a paper says, whose it is, what is seen here, and whether the two agree."""

    said: str
    source: str
    seen: str
    verdict: str


def claims(answers: Answers, store: Store) -> list[Claim]:
    return [
        *_small_data(answers),
        *_subset(answers),
        *_chosen_values(answers),
        _exposed(answers, store),
        _biases(answers),
        _top_layers(answers),
        _decodability(answers, store),
        _kept(answers, store),
        _tree(answers),
    ]


def _small_data(answers: Answers) -> list[Claim]:
    found = []
    for metric, name in METRICS.items():
        by = lead(of_sweep(answers, metric), "bitfit", "full")
        seen = "; ".join(
            f"{int(row['n']):,}: {row['value']:+.3f} [{row['lower']:+.3f}, {row['upper']:+.3f}]" for row in by.to_dict("records")
        )
        least, most = by.iloc[0], by.iloc[-1]
        verdict = OPEN
        if least["decided"] and most["decided"]:
            verdict = AGREES if least["value"] > 0 > most["value"] else DISAGREES
        elif (least["decided"] and least["value"] < 0) or (most["decided"] and most["value"] > 0):
            verdict = DISAGREES
        said = (
            f"BitFit leads on small training sets, full fine-tuning on large ones ({name}, BitFit less full by train sentences)"
        )
        found.append(Claim(said, "BitFit, fig. 2 (SQuAD)", seen, verdict))
    return found


def _subset(answers: Answers) -> list[Claim]:
    by = lead(of_sweep(answers, "slot_f1"), "bitfit", "bitfit:query+intermediate")
    if by.empty:
        return []
    worst = by.sort_values("value").iloc[-1]
    seen = f"all biases lead by at most {_ends(worst)} slot F1, at {int(worst['n']):,} sentences ({NEARLY} would matter)"
    verdict = AGREES if (by["upper"] <= NEARLY).all() else DISAGREES if (by["lower"] > NEARLY).any() else OPEN
    return [Claim("Biases of query and intermediate alone do nearly as well as all biases", "BitFit, table 3", seen, verdict)]


def _chosen_values(answers: Answers) -> list[Claim]:
    by = lead(of_sweep(answers, "slot_f1"), "bitfit", "random")
    if by.empty:
        return []
    sure = by[by["decided"]]
    ahead, behind = int((sure["value"] > 0).sum()), int((sure["value"] < 0).sum())
    seen = f"BitFit leads at {ahead} and as many random values at {behind} of {len(by)} sizes (slot F1)"
    verdict = OPEN if sure.empty else AGREES if (sure["value"] > 0).all() else DISAGREES
    return [Claim("As many randomly drawn values do worse than the biases", "BitFit, table 3 (rand uniform)", seen, verdict)]


def _exposed(answers: Answers, store: Store) -> Claim:
    run = AnsweredRun(answers.intent, store)
    of, rows, _ = run.exposure(run.asked[0], READ)
    own = rows[rows["method"] == "bitfit"]
    learned = int((own["verdict"] == "learned").sum())
    seen = "; ".join(f"{row['train']:,}: {row['difference']:+.3f} bits, {row['verdict']}" for row in own.to_dict("records"))
    verdict = DISAGREES if learned else AGREES if len(own) and (own["verdict"] == "exposed").all() else OPEN
    said = f"Tuning biases exposes what pretraining left, and adds nothing (a linear probe of {INTENT}; {of.margin:.3f} bits would matter)"
    return Claim(said, "BitFit, section 1", seen, verdict)


def _biases(answers: Answers) -> Claim:
    rows, wanted, hits, seen = frame(answers.compared), ("attention.self.query", "intermediate.dense"), [], []
    tuned = {str(arm["product"]).removeprefix("lab:") for arm in answers.sweep["arms"] if arm["method"] == "bitfit"}
    for name in (name for name in seconds(rows) if name in tuned):
        values = drift_rows(rows, name, "drift")
        means = values[[layer for layer in values.columns if layer >= 1]].mean(axis=1)
        means = means[[kind for kind in means.index if kind.endswith("bias")]].dropna().sort_values(ascending=False)
        hits.append(sum(kind.startswith(wanted) for kind in means.index[:2]))
        seen.append(f"{name}: " + ", ".join(f"{kind.removesuffix('.bias')} {value:.2g}" for kind, value in means.items()))
    verdict = AGREES if hits and min(hits) == 2 else DISAGREES if hits and max(hits) < 2 else OPEN
    said = "The biases of query and intermediate change the most (mean |Δθ| by kind; asked of every seed)"
    return Claim(said, "BitFit, fig. 1", "; ".join(seen), verdict)


def _top_layers(answers: Answers) -> Claim:
    rows, seen, found = frame(answers.compared), [], []
    for name in seconds(rows):
        if not name.startswith(TWIN):
            alike = cka(rows, name)
            rho, p = map(float, spearmanr(alike.index.to_numpy(float), alike.to_numpy(float)))
            seen.append(f"{name} {rho:+.2f}")
            found.append(np.sign(rho) if p <= LEVEL else 0.0)
    signs = np.array(found)
    verdict = AGREES if (signs < 0).all() else DISAGREES if (signs > 0).any() else OPEN
    said = "The upper layers change the most (Spearman of depth and debiased CKA with the base; -1: ever less alike)"
    return Claim(said, "Mosbach 2020; Hościłowicz 2023", "; ".join(seen), verdict)


def _decodability(answers: Answers, store: Store) -> Claim:
    run = AnsweredRun(answers.intent, store)
    base, *others = run.asked
    seen, alone, cost = [], 0, 0
    for effort, name in (("codelength", "codelength"), ("esc", "εSC")):
        accuracy, own, hid = hidden(run, base, others, INTENT, effort)
        seen.append(f"{name} at {own}, at {hid} of these where accuracy tells no difference")
        alone, cost = alone + hid, cost + own
    told = f"over {len(others)} products and their layers (Benjamini–Hochberg over all), accuracy differs from the base's at {accuracy}"
    said = "Accuracy alone hides what fine-tuning does: how easily it is decoded has to be measured"
    # Of the differences that are told, one in twenty may be chance.
    verdict = OPEN if not cost else AGREES if alone > 0.05 * cost else DISAGREES
    return Claim(said, "Hościłowicz 2023, conclusion", f"{told}; {'; '.join(seen)}", verdict)


def _kept(answers: Answers, store: Store) -> Claim:
    run = AnsweredRun(answers.treebank, store)
    base, *others = run.asked
    seen, sure = [], []
    for name in others:
        found = run.differences(base, name, "upos", "linear", "accuracy")
        top = found.loc[found["layer"].idxmax()]
        seen.append(f"{name} {100 * top['difference']:+.1f} [{100 * top['lower']:+.1f}, {100 * top['upper']:+.1f}] points")
        sure.append(float(top["difference"]) if top["adjusted"] <= LEVEL else 0.0)
    signs = np.sign(sure)
    verdict = AGREES if (signs < 0).all() else DISAGREES if (signs > 0).any() and not (signs < 0).any() else OPEN
    said = "Fine-tuning on a narrow task costs linguistic information in the top layer (part of speech on EWT, against the base)"
    return Claim(said, "Mosbach 2020; Hościłowicz 2023", "; ".join(seen), verdict)


def _tree(answers: Answers) -> Claim:
    found = lead(cola(answers, "test"), f"tree:{answers.layer}", "full").iloc[0]
    verdict = OPEN if not found["decided"] else AGREES if found["value"] > 0 else DISAGREES
    return Claim(
        "A tree loss at one layer improves fine-tuning on CoLA",
        "Li, Yin & Lin 2023 (released runs lie inside the noise)",
        tree_gain(answers, "test"),
        verdict,
    )


def _ends(row: Any) -> str:
    return f"{row['value']:+.3f} [{row['lower']:+.3f}, {row['upper']:+.3f}]"
