"""Files of a store that somebody wrote by hand on a page (names, notes, boards): sealed JSON, read whole or refused in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from cache import files
from probing.errors import BadInput

Content = TypeVar("Content", bound=BaseModel)


def read(path: Path, kind: type[Content], lost: str) -> Content | None:
    """What the file holds; None where there is none. Raises BadInput where it is damaged: then `lost` says what is not shown."""
    if not path.exists():
        return None
    record = files.unsealed(path)
    try:
        if record is not None:
            return kind.model_validate(record)
    except ValidationError:
        pass
    raise BadInput(f"{path} is damaged, so {lost}: put the file back, or remove it.")


def write(path: Path, content: BaseModel, what: str) -> None:
    """Put `content` there whole. Raises StoreError, a sentence about `what`."""
    files.write_text(path, files.sealed(content.model_dump(mode="json")), what)
