"""Other people's code (transformers, tokenizers, a model's own): its errors as one sentence, ours unchanged; and its silence. No torch at import."""

from __future__ import annotations

import contextlib
import traceback
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from probing.errors import BadInput

OURS = tuple(str(Path(__file__).parents[2] / room) + "/" for room in ("probing", "cache"))
MOST = 200  # characters of a foreign message


@contextlib.contextmanager
def foreign(complaint: str, advice: str) -> Iterator[None]:
    """Turn what foreign code raises inside into BadInput: "COMPLAINT (its first line): ADVICE."

    What was raised by a line of our own is a defect of ours and passes as it is, as do a lack of memory and Ctrl-C.
    """
    try:
        yield
    except (BadInput, MemoryError):
        raise
    except Exception as error:
        if "out of memory" in str(error).lower() or is_ours(error):
            raise
        raise BadInput(f"{complaint} ({first_line(error)}): {advice}.") from error


def is_ours(error: BaseException) -> bool:
    """Whether the line that raised `error` is in our own packages."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and frames[-1].filename.startswith(OURS) and not frames[-1].filename.endswith("/foreign.py")


def first_line(error: BaseException) -> str:
    """The first line of what an error says, or its type where it says nothing."""
    said = (str(error).strip().splitlines() or [""])[0][:MOST].rstrip(".: ")
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def shown(forms: Sequence[str]) -> str:
    """The first words of a sentence, as an error shows it."""
    return repr(" ".join(forms[:12]) + (" …" if len(forms) > 12 else ""))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without transformers' progress bars and its reports of missing heads: what matters is raised instead."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
