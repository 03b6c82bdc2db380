"""Bundles: stored answers as one file that travels. Tables, items, probes and records, with checksums; no vectors, no weights, no paths.

`gathering` says what belongs together, `exporting` writes it, `archive` reads a file that nobody trusts yet, `importing` takes it into a store.
"""
