"""The generator of the embedded corpus: a grammar of English written for this project, whose sentences come with gold annotation.

Sizes, seed and splits are in `generate.py`; docs/grammar.md is the data card and the grammar for a reader.
`python -m tools.grammar` writes the corpus's file again.
"""
