"""The machine's own Chromium, without a window and without the network: a page of ours after its scripts have run, and its print.

Nothing else of this program draws pictures, and no library is needed for it. Pages that are opened here hold no markup of others: whoever makes one
escapes its text.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

from probing.errors import BadInput

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium")
LACKING = (
    "This machine has no Chromium or Chrome, which draws pictures: install one (Debian: `apt install chromium`), or take HTML."
)
PATIENCE = 180  # seconds for one page
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no name leads anywhere
    "--virtual-time-budget=600000",  # the page is done when its scripts are, not after so many seconds
    "--run-all-compositor-stages-before-draw",
    "--no-pdf-header-footer",
)
_turn = threading.BoundedSemaphore(2)  # browsers at once, whoever asks


def found() -> str | None:
    """Where the browser is; None where the machine has none."""
    named = next(filter(None, map(shutil.which, NAMES)), None)
    return named or next((place for place in PLACES if os.access(place, os.X_OK)), None)


def dom(page: str) -> str:
    """The HTML of `page` after its scripts have run. Raises BadInput where the machine has no browser."""
    return _run(page, "--dump-dom").decode("utf-8")


def printed(page: str) -> bytes:
    """`page` as PDF, its fonts embedded. Raises BadInput where the machine has no browser."""
    return _run(page, "--print-to-pdf")


def _run(page: str, what: str) -> bytes:
    """What the browser makes of the page. Its own sandbox is not to be had by root, and not in most containers."""
    path = found()
    if path is None:
        raise BadInput(LACKING)
    said = ""
    with _turn, tempfile.TemporaryDirectory(prefix="strata-browser-", ignore_cleanup_errors=True) as folder:
        source, target = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        asked = what if what == "--dump-dom" else f"{what}={target}"
        for sandboxed in (True, False) if os.geteuid() != 0 else (False,):
            flags = FLAGS if sandboxed else (*FLAGS, "--no-sandbox")
            answer, said = _answer([path, *flags, f"--user-data-dir={folder}/profile", asked, source.as_uri()])
            answer = answer if what == "--dump-dom" else target.read_bytes() if target.is_file() else b""
            if answer:
                return answer
    raise RuntimeError(f"The browser made nothing of the page: {said[-400:]}")


def _answer(command: list[str]) -> tuple[bytes, str]:
    """What it wrote, and what it complained of. It ends with all its processes, whatever happens."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    try:
        answer, said = process.communicate(timeout=PATIENCE)
        return answer, said.decode("utf-8", "replace")
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
