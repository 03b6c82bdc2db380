"""The science: checkpoints, corpora, tasks, probes, measures and runs. Imports neither streamlit nor pages."""

__version__ = "0.1.0"  # the one place: the package and its citation are made from it
