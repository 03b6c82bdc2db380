"""Files that others wrote: only regular ones are opened, none beyond its limit, and none by a link that leads out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from probing import files
from probing.errors import BadInput

ADVICE = "fetch it again"


def test_only_regular_files_are_read_and_none_beyond_its_limit(tmp_path: Path) -> None:
    """A pipe would wait for ever, a device has no end, and a sparse file costs its length in memory."""
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    with (tmp_path / "sparse.json").open("wb") as stream:
        stream.truncate(5 << 30)
    for path, says in (
        (tmp_path / "pipe.json", "is a pipe, and only a file can be read"),
        (Path("/dev/zero"), "is a device, and only a file can be read"),
        (tmp_path / "folder.json", "is a folder, and only a file can be read"),
        (tmp_path / "gone.json", "cannot be read (No such file or directory)"),
        (tmp_path / ("n" * 300), "cannot be read (File name too long)"),
        (Path("nul\x00"), "cannot be read"),
        (tmp_path / "sparse.json", "has 5,368,709,120 bytes, more than 1,000: set STRATA_MAX_JSON_MB higher"),
    ):
        with pytest.raises(BadInput) as caught:
            files.read_bytes(path, 1000, ADVICE, "STRATA_MAX_JSON_MB")
        assert says in str(caught.value)
        assert files.regular(path) == ("sparse" in path.name)


def test_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.write_text("secret")
    (inside / "own").write_text("own")
    (inside / "near").symlink_to("own")
    (inside / "far").symlink_to(outside)
    files.refuse_leading_out(inside / "near", [inside])
    files.refuse_leading_out(inside / "far", None)
    files.refuse_leading_out(inside / "far", [inside, tmp_path])
    with pytest.raises(BadInput, match="a link to a file outside the allowed folders"):
        files.refuse_leading_out(inside / "far", [inside])
