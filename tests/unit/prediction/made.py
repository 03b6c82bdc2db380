"""Tables whose answer is known, made from a seed."""

from __future__ import annotations

import numpy as np
import pandas as pd

LAW = {"a_layer_3": 0.5, "b_layer_1": -0.4, "c_layer_2": 0.3}


def planted(rows: int = 30, columns: int = 20, noise: float = 0.01, seed: int = 0, effect: float = 1.0) -> pd.DataFrame:
    """Families of five; `score` is a law of three features, with `effect` 0 nothing but noise."""
    draw = np.random.default_rng(seed)
    names = [*LAW, *(f"noise_layer_{number}" for number in range(columns - len(LAW)))]
    frame = pd.DataFrame(draw.normal(size=(rows, columns)), columns=names)
    score = sum(weight * frame[name] for name, weight in LAW.items()) * effect + draw.normal(size=rows) * (noise if effect else 1)
    frame.insert(0, "score", score)
    stems = [f"base{row // 5}" for row in range(rows)]
    frame.insert(0, "checkpoint", [stem if row % 5 == 0 else f"{stem}_corr_{row % 5}00" for row, stem in enumerate(stems)])
    return frame
