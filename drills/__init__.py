"""Drills: what must hold when something breaks, tried over and over under a seed. `make drills` runs them and prints one table."""
