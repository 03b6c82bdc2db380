"""Strata as an installed package: `strata run …` is what `python -m probing run …` is in a checkout.

The app and the science are imported by names that many programs have (`pages`, `cache`). So they are installed inside this folder, which goes
onto the path when the program starts, and not at the top of site-packages. Processes that the program starts get the path from
`probing.execution.detached`, and those of `multiprocessing` from their parent.
"""

from __future__ import annotations

import sys
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent
HOME = _FOLDER if (_FOLDER / "probing").is_dir() else _FOLDER.parent  # the second in a checkout
if str(HOME) not in sys.path:
    sys.path.insert(0, str(HOME))


def main() -> int:
    """The command line; its exit status."""
    from probing.__main__ import main as answer

    return answer()
