"""The methods of a report: their cards, and what they cite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from probing import corpora, tasks
from probing.checkpoints import CHECKPOINTS
from probing.errors import BadInput
from probing.measures import MEASURES
from probing.probes import FAMILIES
from probing.registry import Card
from probing.reports.document import MethodCard, Part, Reference
from probing.reports.references import INTERVALS, cited_by, references
from probing.tuning import METHODS, method_of


def cards(
    families: Iterable[str] = (), measures: Iterable[str] = (), asked: Iterable[str] = (), methods: Iterable[str] = ()
) -> list[Card]:
    """Those of probe families, measures, tasks and tuning methods, each once; what is registered no more is left out."""
    found: list[Card] = [FAMILIES.get(name).card for name in families if name in FAMILIES]
    found += [MEASURES.get(name).card for name in measures if name in MEASURES]
    for name in asked:
        try:
            found.append(tasks.get_task(name).card)
        except BadInput:  # of a series whose corpus is gone, or of an earlier release
            continue
    found += [METHODS.get(method_of(name)[0].card.name).card for name in methods]
    return list({(card.name, card.title): card for card in found}.values())


def of_checkpoints(names: Iterable[str], corpus: str = "") -> list[Card]:
    """Those of known checkpoints and of a known corpus."""
    known = [CHECKPOINTS.get(name).card for name in names if name in CHECKPOINTS]
    return known + ([corpora.CORPORA.get(corpus).card] if corpus in corpora.CORPORA else [])


def parts(of: Sequence[Card]) -> list[Part]:
    """The chapter without its heading."""
    return [MethodCard.of(card, [one.key for one in cited_by(card.source)]) for card in of]


def cited(of: Iterable[Card], tests: Iterable[str] = (INTERVALS,)) -> tuple[Reference, ...]:
    """The references of cards and of the `tests` used (names in references.bib), and this software."""
    return references([*(card.source for card in of), *tests])
