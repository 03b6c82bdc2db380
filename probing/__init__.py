"""The science: checkpoints, corpora, tasks, probes, measures and runs. Imports neither streamlit nor pages."""
