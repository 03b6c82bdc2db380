"""Tiny instances of every architecture that transformers knows for text, and what they must give."""
