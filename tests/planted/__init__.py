"""Stored runs, corpora and vectors whose answers are known, put into a store as the engine would put them there."""
