"""How much is run: the quick tier fits an hour on two cores, the full one takes hours and goes on where it was stopped."""

from __future__ import annotations

from dataclasses import dataclass

OF_READING = 11  # commands that probe and compare what was trained


@dataclass(frozen=True)
class Tier:
    """`sizes` of train as the command line takes them; `layers` those that are probed; limits are sentences."""

    name: str
    methods: tuple[str, ...]
    sizes: str
    seeds: int
    steps: int
    student_seeds: int
    student_steps: int
    cola_seeds: int
    cola_steps: int
    cola_batch: int
    layers: str
    most: tuple[int, int, int]  # train, dev and test sentences of the probes
    treebank: tuple[int, int, int]  # the same, of EWT
    cola_rate: str
    rates: str = "recorded"
    batch: int = 16

    @property
    def stages(self) -> int:
        """How many commands are asked."""
        return 2 + self.student_seeds + 2 * self.cola_seeds + OF_READING


METHODS = ("full", "bitfit", "bitfit:query+intermediate", "random", "head")
TIERS = {
    "quick": Tier(
        "quick", METHODS, "64,256,1024,all", 3, 120, 3, 200, 2, 500, 32, "0,2,4,6", (500, 400, 700), (700, 300, 300), "1e-4"
    ),
    "full": Tier(
        "full",
        (*METHODS, "layernorm", "lora", "top:2"),
        "64,256,1024,4096,all",
        5,
        1000,
        5,
        2000,
        10,
        1400,
        32,
        "all",
        (2000, 700, 700),
        (3000, 700, 700),
        "1e-4",
        rates="grid",
    ),
    # Not for the page: that everything runs, in a minute or two.
    "smoke": Tier("smoke", ("full", "bitfit", "head"), "32,64", 2, 4, 1, 4, 2, 4, 8, "0,6", (64, 64, 64), (64, 48, 48), "1e-4"),
}
