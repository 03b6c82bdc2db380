"""Tables of runs as they were stored, which the same questions must give again: `python -m tests.golden.store` writes them anew."""
