"""Extraction: a frozen checkpoint and sentences in, every layer's activations in the store. No torch at import."""

from __future__ import annotations

from probing.extraction.extract import POOLINGS, ExtractionReport, collection, extract, facts_of

__all__ = ["POOLINGS", "ExtractionReport", "collection", "extract", "facts_of"]
