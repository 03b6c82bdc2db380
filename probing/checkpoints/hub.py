"""Checkpoints of a model hub: only the files that probing reads are fetched, into the hub's own cache."""

from __future__ import annotations

import os
import re
from pathlib import Path

from probing.checkpoints.foreign import first_line
from probing.checkpoints.tokenizer_file import TOKENIZER_FILES
from probing.checkpoints.weights import INDEX, SINGLE
from probing.errors import BadInput

FILES = ["config.json", SINGLE, "model-*-of-*.safetensors", INDEX, "README.md", "strata.json", *TOKENIZER_FILES]
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def is_hub_id(text: str) -> bool:
    return HUB_ID.fullmatch(text) is not None and ".." not in text and "--" not in text


def fetch(name: str, offline: bool) -> Path:
    """The folder of `name`'s newest snapshot; offline, the one in the hub's cache. HF_ENDPOINT and HF_HOME count.

    Raises BadInput where it cannot be had. Pickled weights are never fetched.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    silent = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        # The endpoint is read here and not by the library, which would keep what it was at its import.
        folder = snapshot_download(
            name, allow_patterns=FILES, local_files_only=offline, endpoint=os.environ.get("HF_ENDPOINT") or None
        )
    except GatedRepoError as error:
        raise BadInput(
            f"{name} is gated: accept its terms on the hub and log in with `hf auth login`, then ask again."
        ) from error
    except RepositoryNotFoundError as error:
        raise BadInput(f"{name} is not on the hub (or private): check its spelling, or log in with `hf auth login`.") from error
    except LocalEntryNotFoundError as error:
        why = "offline is set" if offline else "the hub cannot be reached"
        raise BadInput(
            f"{name} is not in the hub's cache on this machine and {why}: go online once, or give a local folder."
        ) from error
    except HfHubHTTPError as error:
        raise BadInput(f"The hub refused {name} ({first_line(error)}): try again later, or give a local folder.") from error
    except Exception as error:  # the HTTP library's own errors, which differ between the hub client's releases
        raise BadInput(f"{name} could not be fetched ({first_line(error)}): try again, or give a local folder.") from error
    finally:
        if not silent:
            enable_progress_bars()
    path = Path(folder)
    if (path / "config.json").is_file() and not (path / SINGLE).is_file() and not (path / INDEX).is_file():
        raise BadInput(
            f"{name} has no safetensors weights on the hub, and pickled ones are not read, since unpickling runs "
            "whatever code they carry: where you trust it, save it with save_pretrained(FOLDER, "
            "safe_serialization=True) and give that folder."
        )
    return path
