"""The report of a comparison: similarity of layers, changes of parameters and the shape of attention, of a checkpoint and others."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cache.jobs import Job
from cache.store import Store
from probing import comparisons, measures
from probing.analysis import attention_topology, drift, similarity
from probing.comparisons import Comparison, ComparisonSpec, Pair
from probing.errors import BadInput
from probing.figures import comparison_maps, topology_maps
from probing.installation import SOFTWARE
from probing.records import names
from probing.registry import Card
from probing.reports import methods, reproduce
from probing.reports.document import Bullets, Chart, DataTable, Document, Fact, Heading, Paragraph, Part, facts
from probing.reports.references import INTERVALS
from probing.reports.wording import about, capital, some
from probing.settings import Settings

MAPS = ("cka_debiased", "rsa", "procrustes")  # measures of similarity with a map each
RANDOM = "random weights"


def report(store: Store, job: Job, settings: Settings, made: str = "") -> Document:
    """The document. Raises BadInput where a checkpoint or the text is gone or has changed."""
    comparison = comparisons.plan(ComparisonSpec.parse(job.spec), settings)
    if comparison.run != job.run:
        raise BadInput(
            f"A checkpoint or the text of “{job.label}” changed since it was compared: compare them again, then ask for the report."
        )
    table = comparison.table(store)
    called = {name: one.nickname for name, one in names.of_store(store).items()}
    first = comparison.pairs[0].first.name
    base = called.get(first, first)
    said: list[str] = []
    chapters: list[Part] = []
    for kind, draw in (("similarity", _similarity), ("drift", _drift), ("topology", _topology)):
        shown: list[Part] = []
        for pair in _asked(comparison, kind):
            other = called.get(pair.second.name, pair.second.name)
            shown += draw(comparison, table, pair, base, other, said)
        if shown:
            chapters += [Heading(text=TITLES[kind]), *shown]
    used = _cards(table)
    others = list(
        dict.fromkeys(called.get(pair.second.name, pair.second.name) for pair in comparison.pairs if _named(comparison, pair))
    )
    findings: list[Part] = (
        [Bullets(items=tuple(said), role="finding")] if said else [Paragraph(text="Nothing could be compared.", role="warning")]
    )
    parts: list[Part] = [Heading(text="Findings"), *findings, *chapters, Heading(text="Limits"), *_limits(comparison, store)]
    parts += [
        Heading(text="How to reproduce"),
        *reproduce.parts("compare", comparison.spec, comparison.run, _fingerprints(comparison)),
    ]
    return Document(
        title=f"{base} and {some(others, 3)} compared",
        subtitle=job.label if len(job.label) < 200 else "",
        facts=_facts(comparison, base, others),
        parts=(*parts, Heading(text="Methods"), *methods.parts(used)),
        references=methods.cited(used, (INTERVALS,)),
        made=made,
        software=SOFTWARE,
        link="/compare",
    )


TITLES = {"similarity": "Similarity of layers", "drift": "Changes of parameters", "topology": "The shape of attention"}


def _title(metric: str) -> str:
    """What menus and charts call a measure."""
    return measures.menu("similarity").get(metric) or capital(measures.axis(metric))


def _named(comparison: Comparison, pair: Pair) -> bool:
    """Whether it was asked for; the pair with random weights was not, unless they were named."""
    return pair.second.spec in comparison.spec.checkpoints[1:]


def _asked(comparison: Comparison, kind: str) -> list[Pair]:
    return [pair for pair in comparison.pairs if pair.kind == kind and _named(comparison, pair)]


def _random(comparison: Comparison, kind: str) -> Pair | None:
    return next((pair for pair in comparison.pairs if pair.kind == kind and not _named(comparison, pair)), None)


def _facts(comparison: Comparison, base: str, others: list[str]) -> tuple[Fact, ...]:
    spec = comparison.spec
    return facts(
        Compared=f"{base} with {some(others, 6)}",
        Text=f"{comparison.source.name}, {spec.items} of test" if comparison.source else "none: parameters alone",
        Pooling=spec.pooling,
        Precision=spec.precision,
        Comparison=comparison.run,
    )


def _caption(comparison: Comparison, base: str, other: str, rows: pd.DataFrame | None = None) -> tuple[Fact, ...]:
    n = int(rows["n"].max()) if rows is not None and len(rows) and rows["n"].notna().any() else None
    return facts(
        checkpoints=f"{base} and {other}",
        corpus=comparison.source.name if comparison.source else None,
        n=f"{n:,} {comparison.spec.items}" if n else None,
        intervals="95 %, sentence bootstrap",
        run=comparison.run,
    )


def _similarity(comparison: Comparison, table: pd.DataFrame, pair: Pair, base: str, other: str, said: list[str]) -> list[Part]:
    rows = similarity.similarity_rows(table, pair.second.name)
    random = _random(comparison, "similarity")
    floor = similarity.similarity_rows(table, random.second.name) if random else rows.iloc[:0]
    finding = similarity.summary(rows, floor, base, other, None)
    said.append(finding)
    apart, mapped = similarity.disagreements(rows), comparisons.declared(pair.first, pair.second)
    shown: list[Part] = []
    for place, metric in enumerate(MAPS):
        if not (rows["metric"] == metric).any():
            continue
        read, misleads = about(metric)
        marked = apart if metric in ("cka_debiased", "rsa") else []
        for beside, named, own in ((other, other, rows), *(((RANDOM, RANDOM, floor),) if len(floor) and not place else ())):
            figure = comparison_maps.similarity_map(own, metric, base, named, *((marked, mapped) if own is rows else ()))
            figure.update_layout(title=None)
            shown.append(
                Chart.of(
                    figure,
                    title=f"{_title(metric)}: {base} and {beside}",
                    finding=finding if not place and own is rows else "",
                    drawn=f"{_title(metric)} between layers of {base} and {beside}. Triangles mark the nearest layer.",
                    facts=_caption(comparison, base, beside, own),
                    read=read,
                    misleads=misleads,
                )
            )
    both = pd.concat([rows.assign(second=other), floor.assign(second=RANDOM)], ignore_index=True)
    columns = ["second", "layer", "other", "metric", "value", "lower", "upper", "n"]
    shown.append(DataTable.of(both[columns], title=f"All similarities of {base} and {other}", folded=True))
    return shown


def _drift(comparison: Comparison, table: pd.DataFrame, pair: Pair, base: str, other: str, said: list[str]) -> list[Part]:
    metric = next((name for name in measures.menu("drift") if (table["metric"] == name).any()), None)
    values = drift.drift_rows(table, pair.second.name, metric) if metric else pd.DataFrame()
    if metric is None or values.empty:
        return []
    title = measures.axis(metric)
    finding = drift.summary(values, other, title)
    said.append(finding)
    read, misleads = about(metric)
    figure = comparison_maps.drift_map(values, title)
    shown = values.reset_index()
    shown.columns = [str(column) for column in shown.columns]
    return [
        Chart.of(
            figure,
            title=f"{capital(title)} of {other}",
            finding=finding,
            drawn=f"{capital(title)} of {other} from {base} by kind of parameter and layer, logarithmic colours.",
            facts=facts(checkpoints=f"{base} and {other}", run=comparison.run),
            read=read,
            misleads=misleads,
        ),
        DataTable.of(
            shown,
            title=f"{capital(title)} of {other} by kind and layer",
            note="Layer 0 is the embeddings, -1 belongs to none.",
            folded=True,
        ),
    ]


def _topology(comparison: Comparison, table: pd.DataFrame, pair: Pair, base: str, other: str, said: list[str]) -> list[Part]:
    rows = attention_topology.topology_rows(table, pair.second.name)
    if rows.empty:
        return []
    random = _random(comparison, "topology")
    floor = attention_topology.topology_rows(table, random.second.name) if random else rows.iloc[:0]
    finding = attention_topology.summary(rows, floor, base, other, None)
    said.append(finding)
    read, misleads = about(attention_topology.METRIC)
    caption = _caption(comparison, base, other)
    sides: Mapping[str, pd.DataFrame] = {other: rows}
    return [
        Chart.of(
            topology_maps.drift_curve(sides, {RANDOM: floor} if len(floor) else {}),
            title=f"Attention of {base} and {other} by layer",
            finding=finding,
            drawn=f"Difference in the shape of attention between {other} and {base} by layer, beside random weights, with 95 % intervals.",
            facts=caption,
            read=read,
            misleads=misleads,
        ),
        Chart.of(
            topology_maps.head_map(rows),
            title=f"Attention of {base} and {other} by head",
            drawn=f"Difference in the shape of attention between {other} and {base} by head and layer.",
            facts=caption,
            read=read,
            misleads=misleads,
        ),
    ]


def _limits(comparison: Comparison, store: Store) -> list[Part]:
    items = ["Similarity of vectors does not say that two checkpoints use them alike; probes may differ on similar layers."]
    first = comparison.pairs[0].first
    for pair in comparison.pairs:
        kinds = {one.kind for one in comparison.pairs if one.second.name == pair.second.name}
        if not _named(comparison, pair):
            continue
        if "drift" not in kinds:
            items.append(
                f"{pair.first.name} and {pair.second.name} have no stored weights of the same architecture, so their parameters were not compared."
            )
        if comparison.source and "topology" not in kinds and (reason := comparisons.unlike(first, pair.second)):
            items.append(reason)
    if comparison.source is None:
        items.append("No text was named, so vectors and attention were not compared.")
    items += comparison.notes(store)
    return [Bullets(items=tuple(dict.fromkeys(items)))]


def _fingerprints(comparison: Comparison) -> DataTable:
    sides = {side.name: side.fingerprint for pair in comparison.pairs for side in (pair.first, pair.second)}
    rows = [{"what": "checkpoint", "name": name, "fingerprint": value} for name, value in sides.items()]
    if comparison.source:
        rows.append({"what": "corpus", "name": comparison.source.name, "fingerprint": comparison.source.hash})
    return DataTable.of(pd.DataFrame(rows), title="Fingerprints of what was read")


def _cards(table: pd.DataFrame) -> list[Card]:
    here = set(table["metric"].astype(str))
    return methods.cards(measures=[name for name in measures.MEASURES.names() if name in here])
