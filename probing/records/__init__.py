"""What the store says of what was asked and found, as types: `run` is a stored run, `record` what every cell says of itself, `training` those of
the lab. `stored` reads and writes them, and nothing else does."""
