"""Write docs/cards.md from the registries: `python docs/build_cards.py`. A test fails when the page is out of date."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from probing.commands.lists import registered_cards  # noqa: E402

PAGE = ROOT / "docs" / "cards.md"


def render() -> str:
    """The page as Markdown: a section a registry, a card an entry."""
    parts = ["# Cards\n\nMade from the registries by `make cards`; do not edit. Terms: [glossary.md](glossary.md).\n"]
    for kind, cards in registered_cards().items():
        parts.append(f"\n## {kind.capitalize()}\n")
        if not cards:
            parts.append("\nNone registered yet.\n")
        for card in cards:
            parts.append(
                f"\n### `{card.name}`: {card.title}\n\n"
                f"- **Measures.** {card.measures}\n- **Assumes.** {card.assumes}\n"
                f"- **Misleads.** {card.misleads}\n- **Source.** {card.source}\n"
            )
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
