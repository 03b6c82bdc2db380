"""From a checkpoint to a frozen model and its tokenizer. Imports torch and transformers inside functions only."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.checkpoints import identity
from probing.checkpoints.facts import read_json
from probing.errors import BadInput

if TYPE_CHECKING:
    from probing.checkpoints.resolve import Checkpoint

# What sits on top of the states that are probed: a checkpoint may well lack it.
HEADS = re.compile(r"(?:^|\.)(?:pooler|cls|lm_head|classifier|score|qa_outputs|discriminator_predictions)(?:\.|$)")


def load(checkpoint: Checkpoint, device: str = "cpu", precision: str = "fp32") -> tuple[Any, Any]:
    """(model, tokenizer): the encoder, frozen, on `device` (cpu, cuda, cuda:N) in `precision` (fp32 or bf16).

    Of an encoder-decoder only the encoder is returned. Random weights depend on their seed alone. Raises BadInput where
    weights that the states pass through are missing, the files do not fit together, or are others than those that were fingerprinted.
    """
    import torch
    from transformers import AutoConfig, AutoModel

    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    safely: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    identity.verify(checkpoint)
    tokenizer = load_tokenizer(checkpoint.folder)
    with quiet(), _in_one_sentence(checkpoint.name):
        config = AutoConfig.from_pretrained(str(checkpoint.folder), **safely)
        if checkpoint.random_seed is not None:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(checkpoint.random_seed)
                # Drawn in fp32 on the CPU whatever follows, so that a seed names the same weights everywhere.
                model = AutoModel.from_config(config, dtype=torch.float32, trust_remote_code=False)
            missing: set[str] = set()
        else:
            model, info = AutoModel.from_pretrained(
                str(checkpoint.folder),
                config=config,
                dtype=dtype,
                use_safetensors=True,
                output_loading_info=True,
                **safely,
            )
            missing = {str(key) for key in info["missing_keys"]}
        # An encoder that was saved alone (T5EncoderModel) says that it is no encoder-decoder, and is built as one all the same.
        if config.is_encoder_decoder or (hasattr(model, "encoder") and hasattr(model, "decoder")):
            model = model.get_encoder()
            missing = {key for key in missing if not key.startswith("decoder.")}
        if any(key.startswith("pooler.") for key in missing):
            model.pooler = None  # one that is drawn anew belongs to no checkpoint
        model = model.to(device=device, dtype=dtype).eval().requires_grad_(False)
    needed = sorted(key for key in missing if not HEADS.search(key))
    if needed:
        raise BadInput(
            f"{checkpoint.name} lacks weights that its states pass through ({len(needed)} tensors, first {needed[0]}): "
            "it was saved in part, or config.json belongs to another model."
        )
    return model, tokenizer


def load_tokenizer(folder: Path) -> Any:
    """The fast tokenizer of a folder; plain byte-level BPE (GPT-2, RoBERTa) takes each word with the space before it.

    Raises BadInput for a slow-only or damaged one: words are aligned through a fast tokenizer's own word ids.
    """
    from transformers import AutoTokenizer

    byte_level = _is_byte_level(folder)
    options: dict[str, Any] = {"add_prefix_space": True} if byte_level else {}
    with quiet():
        try:
            tokenizer = AutoTokenizer.from_pretrained(
                str(folder), use_fast=True, local_files_only=True, trust_remote_code=False, **options
            )
        except Exception as error:  # the tokenizers library raises nothing narrower
            raise BadInput(
                f"The tokenizer in {folder} cannot be loaded ({_first_line(error)}): save it again as tokenizer.json."
            ) from error
    if not getattr(tokenizer, "is_fast", False):
        raise BadInput(
            f"The tokenizer in {folder} is slow-only ({type(tokenizer).__name__}), and words are aligned through a "
            "fast one's word ids: convert it to a tokenizer.json."
        )
    if byte_level:
        # Tokenizers without a class of their own do not heed the option.
        tokenizer.backend_tokenizer.pre_tokenizer.add_prefix_space = True
    return tokenizer


def _is_byte_level(folder: Path) -> bool:
    """Only where it is the whole pre-tokenizer: behind a splitter it would put a space before every piece of a word."""
    path = folder / "tokenizer.json"
    return path.is_file() and (read_json(path).get("pre_tokenizer") or {}).get("type") == "ByteLevel"


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


@contextlib.contextmanager
def _in_one_sentence(name: str) -> Iterator[None]:
    """Turn what transformers raises for files that do not fit together into BadInput; no memory stays what it is."""
    try:
        yield
    except MemoryError:
        raise
    except (ValueError, OSError, RuntimeError, KeyError, TypeError, AttributeError, ImportError) as error:
        if "out of memory" in str(error).lower():
            raise
        raise BadInput(
            f"{name} cannot be loaded by transformers ({_first_line(error)}): check config.json against the weights."
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
