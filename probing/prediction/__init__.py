"""Fine-tuning scores predicted from probe scores: in sample, and on unseen checkpoints.

    table       what the user brings, checked                stored     the same from runs of this store
    subsets     every subset of k features, in one program   regularised  ridge and lasso instead of subsets
    paper       in sample, as published                      honest     everything chosen inside the fold
    nulls       what noise and permuted scores would give    answer     all of it about one target
    planner     which probes to run on a new checkpoint, and what they cost

Importing it loads neither torch nor scikit-learn.
"""

from probing.prediction.answer import Prediction, predict, score_new
from probing.prediction.table import Table, parse_table, read_table

__all__ = ["Prediction", "Table", "parse_table", "predict", "read_table", "score_new"]
