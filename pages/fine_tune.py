"""Fine-tune: train a checkpoint by one or several methods on growing data, with the cost before the start; then the size curve."""

from __future__ import annotations

from collections.abc import Callable

from pages._fine_tune import form, results
from pages.shared import frame, training
from probing.sweeps import Sweep
from probing.training_cost import Cost


def main() -> None:
    frame.title("Fine-tune", "Train a checkpoint on labelled data by several methods and sizes; then probe what it learned.")
    store, settings = frame.store(), frame.settings()
    known = training.made(store, "sweep")

    def draw() -> tuple[Sweep, Cost, Callable[[], None]]:
        sweep, cost, ground = form.ask(settings, store)
        return sweep, cost, lambda: form.what_trains(sweep, ground)

    if training.choose_view("sweep") == training.NEW:
        training.ask(draw, store)
    elif job := training.choose_result("sweep", known):
        with frame.forgiving():
            results.show(results.requested_by(job, settings), store, settings)


main()
