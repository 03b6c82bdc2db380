"""Distil: a smaller student from a teacher, with the cost before the start; then student against teacher."""

from __future__ import annotations

from pages._distil import form, results
from pages.shared import frame, training
from probing.distillations import Distillation
from probing.training_cost import Cost


def main() -> None:
    frame.title("Distil", "Make a smaller student that follows a teacher; then probe both.")
    store, settings = frame.store(), frame.settings()
    known = training.made(store, "distillation")

    def draw() -> tuple[Distillation, Cost, None]:
        return *form.ask(settings, store), None

    if training.choose_view("distillation") == training.NEW:
        training.ask(draw, store)
    elif job := training.choose_result("distillation", known):
        with frame.forgiving():
            results.show(results.requested_by(job, settings), store, settings)


main()
