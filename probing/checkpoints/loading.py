"""From a checkpoint to a frozen model and its tokenizer. Imports torch and transformers inside functions only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from probing.checkpoints import identity
from probing.checkpoints.foreign import foreign, quiet
from probing.checkpoints.tokenizer import Tokenizer, load_tokenizer
from probing.errors import BadInput

if TYPE_CHECKING:
    import torch

    from probing.checkpoints.resolve import Checkpoint

# What sits on top of the states that are probed: a checkpoint may well lack it.
HEADS = re.compile(r"(?:^|\.)(?:pooler|cls|lm_head|classifier|score|qa_outputs|discriminator_predictions)(?:\.|$)")


def load(checkpoint: Checkpoint, device: str = "cpu", precision: str = "fp32") -> tuple[Any, Tokenizer]:
    """(model, tokenizer): the encoder, frozen, on `device` (cpu, cuda, cuda:N) in `precision` (fp32 or bf16).

    Of an encoder-decoder only the encoder is returned. Random weights depend on their seed alone. On a GPU, cuDNN's attention is switched off
    for the process. Raises BadInput where weights that the states pass through are missing, the files do not fit together, or are others than
    those that were fingerprinted.
    """
    import torch
    from transformers import AutoConfig, AutoModel

    if device.startswith("cuda"):
        # torch prefers it for bf16 on the newest GPUs, and it plans each shape of a batch anew in each thread: some 30 ms, more than a pass.
        torch.backends.cuda.enable_cudnn_sdp(False)
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    safely: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    identity.verify(checkpoint)
    tokenizer = load_tokenizer(checkpoint.folder)
    with quiet(), foreign(f"{checkpoint.name} cannot be loaded by transformers", "check config.json against the weights"):
        config = AutoConfig.from_pretrained(str(checkpoint.folder), **safely)
        if getattr(config, "attention_type", None) == "block_sparse":
            # BigBird attends in sparse blocks until it meets a short sentence: a sentence's vectors would depend on those before it.
            config.attention_type = "original_full"
        encoder_alone = _encoder_class(config)
        kind: Any = encoder_alone or AutoModel
        if checkpoint.random_seed is not None:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(checkpoint.random_seed)
                # Drawn in fp32 on the CPU whatever follows, so that a seed names the same weights everywhere.
                model = (
                    encoder_alone(config)
                    if encoder_alone
                    else AutoModel.from_config(config, dtype=torch.float32, trust_remote_code=False)
                )
            missing: set[str] = set()
        else:
            model, info = kind.from_pretrained(
                str(checkpoint.folder), config=config, dtype=dtype, use_safetensors=True, output_loading_info=True, **safely
            )
            missing = {str(key) for key in info["missing_keys"]}
        if config.is_encoder_decoder or encoder_alone:
            model = model.get_encoder()
            missing = {key for key in missing if not key.startswith("decoder.")}
        if any(key.startswith("pooler.") for key in missing):
            model.pooler = None  # one that is drawn anew belongs to no checkpoint
        if getattr(model, "config", None) is None:
            raise BadInput(
                f"The encoder of {checkpoint.name} ({checkpoint.facts.model_type}) cannot be read without its decoder: take another checkpoint."
            )
        model = model.to(device=device, dtype=dtype).eval().requires_grad_(False)
    needed = sorted(key for key in missing if not HEADS.search(key))
    if needed:
        raise BadInput(
            f"{checkpoint.name} lacks weights that its states pass through ({len(needed)} tensors, first {needed[0]}): "
            "it was saved in part, or config.json belongs to another model."
        )
    return model, tokenizer


def _encoder_class(config: Any) -> Any:
    """The class of an encoder that was saved without its decoder (T5EncoderModel …), for which transformers would else make one. None for others."""
    import transformers

    named = next(iter(config.architectures or ()), "")
    return (
        getattr(transformers, named, None) if re.fullmatch(r"\w+EncoderModel", named) and not config.is_encoder_decoder else None
    )


def vocabulary(model: Any) -> int:
    """How many ids a loaded model has an embedding for."""
    try:
        return int(model.get_input_embeddings().weight.shape[0])
    except (AttributeError, NotImplementedError):  # a class that does not say where its embeddings are
        return int(model.config.vocab_size)


def top_of(output: Any) -> torch.Tensor | None:
    """[B, T, D]: the states that a pass gives as its last, behind the final norm where there is one. None where it gives none."""
    return getattr(output, "last_hidden_state", None)
