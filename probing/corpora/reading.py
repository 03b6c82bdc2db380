"""How a corpus's files are to be read: their format, and which column is what."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from probing.errors import refusal


class Reading(BaseModel):
    """A format and its columns. Frozen, no unknown keys. A column without a header is called by its number, from 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str = Field(description="a registered format")
    text: str | None = Field(default=None, description="the column with the text (or the words, where it holds lists)")
    second: str | None = Field(default=None, description="the column with the other text of a pair")
    labels: tuple[str, ...] = Field(default=(), description="columns that label a sentence, or its words where they hold lists")
    numbers: tuple[str, ...] = Field(default=(), description="columns that hold a number for each sentence")
    split: str | None = Field(default=None, description="the column that says train, dev or test")
    header: bool = Field(default=True, description="whether the first line names the columns")

    @classmethod
    def parse(cls, values: dict[str, Any]) -> Reading:
        """The reading, or BadInput naming the first field that is wrong."""
        try:
            return cls(**values)
        except ValidationError as error:
            raise refusal("The mapping's {}", error) from error
