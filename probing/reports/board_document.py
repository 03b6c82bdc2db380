"""A board as a document and as slides: its charts and notes in order, then what was measured and how, and what is cited. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from probing import probes
from probing.installation import SOFTWARE
from probing.reports import methods
from probing.reports.boards import Board, Divider, Pin, now
from probing.reports.document import DataTable, Document, Heading, Paragraph, Part, facts
from probing.reports.framing import Theme, framed
from probing.reports.points import points
from probing.reports.references import INTERVALS, MANY, software


def document(board: Board, address: str = "") -> Document:
    """The board as it is to be read: charts with their points as tables, methods, fingerprints and references. `address` is where the app is."""
    parts: list[Part] = []
    for entry in board.entries:
        parts += [Heading(text=entry.text)] if isinstance(entry, Divider) else _found(entry)
    every = methods.cards([pin.family for pin in board.pins], (name for pin in board.pins for name in pin.measures))
    if every:
        parts += [Heading(text="Methods"), Paragraph(text=paragraph(board.pins)), *methods.parts(every)]
    known = {fact.name: fact.value for pin in board.pins for fact in pin.fingerprints}
    if known:
        parts += [
            Heading(text="What was read"),
            DataTable(
                columns=("checkpoint or corpus", "fingerprint"),
                rows=tuple(known.items()),
                title="Fingerprints of checkpoints and corpora",
                note="The same fingerprint is the same weights, configuration and tokenizer, or the same text in the same splits.",
            ),
        ]
    made = now()
    return Document(
        title=board.name,
        subtitle=_counted(len(board.pins)),
        facts=facts(findings=len(board.pins) or None, exported=made[:10]),
        parts=tuple(parts),
        references=methods.cited(every, (INTERVALS, MANY)) if every else (software(),),
        made=made,
        software=SOFTWARE,
        link=address,
    )


def slides(board: Board, theme: Theme, address: str = "") -> list[dict[str, Any]]:
    """What stands on each slide, in order: the board's name, then one finding or heading each."""
    below = f"{_counted(len(board.pins))} · {now()[:10]} · {SOFTWARE}"
    found = [framed(Heading(text=f"{board.name}\n{below}"), "slide", theme)]
    for entry in board.entries:
        if isinstance(entry, Divider):
            found.append(framed(Heading(text=entry.text), "slide", theme))
        else:
            found.append(framed(entry.part, "slide", theme, view(entry, address)))
    return found


def view(pin: Pin, address: str) -> str:
    """The address of the view from which it was pinned; empty where the app's own is not known."""
    return f"{address.rstrip('/')}/{pin.link}" if address and pin.link else ""


def paragraph(pins: Iterable[Pin]) -> str:
    """One paragraph for a paper: which probes were trained on what, and how sure the numbers are."""
    pins = list(pins)
    families = [probes.FAMILIES.get(name).card.title for name in _each(pin.family for pin in pins) if name in probes.FAMILIES]
    corpora = _each(fact.value for pin in pins for fact in pin.part.facts if fact.name == "corpus")
    checkpoints = _each(
        name for pin in pins for fact in pin.part.facts if fact.name == "checkpoints" for name in fact.value.split(", ")
    )
    sentences = [
        "Vectors of every layer were read from frozen checkpoints, and probes were trained on them; the checkpoints did not change."
    ]
    if checkpoints:
        sentences.append(f"Checkpoints: {', '.join(checkpoints)}.")
    if corpora:
        sentences.append(f"Text: {', '.join(corpora)}.")
    if families:
        sentences.append(
            f"Probes: {', '.join(families)}; their settings were chosen on dev, and scores are of held-out sentences."
        )
    sentences.append(
        "Intervals are 95 % intervals of a bootstrap of sentences where a chart says nothing else; differences are tested with the "
        "false discovery rate held at 5 % (Benjamini–Hochberg)."
    )
    return " ".join(sentences)


def _found(pin: Pin) -> list[Part]:
    behind = points(pin.part.figure) if pin.part.kind == "chart" else None
    table = [] if behind is None else [DataTable.of(behind, title=f"The points of “{pin.called}”", folded=True)]
    return [pin.part, *table]


def _counted(count: int) -> str:
    return f"{count} finding{'' if count == 1 else 's'}"


def _each(values: Iterable[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if value]
