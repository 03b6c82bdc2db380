"""Fifty readers of the app at once: a real server, fifty connections, each opening pages all the time.

A reader connects as a browser does (WebSocket), asks for a page, and waits until its script has ended; then it looks at it for
`LOOKS` seconds on average and opens another. Drawing in the browser is not in the time.
"""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

from drills import pages
from drills.drill import Report
from tests import damages
from tests.app.serving import serving

READERS, SECONDS = 50, 75.0
LOOKS = 30.0  # seconds that a reader looks at a page, on average
WITHIN = 1.0  # seconds in which 95 of 100 openings have to end
PAGES = ("home", "layers", "checkpoints", "store", "corpora", "compare", "new_run", "fine_tune", "history", "predict")


def drill(root: Path, seed: int) -> list[Report]:
    store = root / "store"
    known = damages.fill(store)
    report = Report(f"{READERS} readers at once", f"every page opens, 95 of 100 within {WITHIN:.0f} s")
    with serving(store) as server:
        for page in PAGES:  # the first opening of a page imports and reads what all others share
            _open(server, page, pages.address(page, known))
        times, wrong = _read(server, known, seed)
    ordered = sorted(times)
    middle, late = (ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.95))
    report.note = f"a real server; each opens a page every {LOOKS:.0f} s or so; median {middle:.2f} s, p95 {late:.2f} s"
    report.tries, report.worst = len(times) + len(wrong), ordered[-1]
    report.broke += wrong
    if late > WITHIN:
        report.slow.append(f"p95 is {late:.2f} s")
    return [report]


def _read(server: str, known: dict[str, str], seed: int) -> tuple[list[float], list[str]]:
    """Seconds of every opening, and what went wrong."""
    times: list[float] = []
    wrong: list[str] = []
    until = time.monotonic() + SECONDS

    def reader(number: int) -> None:
        draw = random.Random(seed * 1000 + number)
        time.sleep(draw.uniform(0, LOOKS))
        while time.monotonic() < until:
            page = draw.choice(PAGES)
            try:
                times.append(_open(server, page, pages.address(page, known)))
            except Exception as error:
                wrong.append(f"{page}: {type(error).__name__} {str(error)[:200]}")
            time.sleep(draw.uniform(0.5, 1.5) * LOOKS)

    threads = [threading.Thread(target=reader, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, wrong


def _open(server: str, page: str, address: dict[str, str]) -> float:
    """Seconds from the connection to the end of the page's script. Raises AssertionError for a traceback on the page."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.sync.client import connect

    began = time.monotonic()
    with connect(
        f"{server.replace('http', 'ws', 1)}/_stcore/stream",
        origin=server,  # type: ignore[arg-type]
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=None,
        open_timeout=30,
    ) as channel:
        asked = BackMsg()
        asked.rerun_script.query_string = urlencode(address)
        asked.rerun_script.page_name = "" if page == "home" else page
        channel.send(asked.SerializeToString())
        drawn = 0
        while True:
            said = ForwardMsg()
            said.ParseFromString(channel.recv(timeout=60))  # type: ignore[arg-type]
            assert said.WhichOneof("type") != "page_not_found", "there is no such page"
            if said.HasField("delta"):
                drawn += 1
                assert said.delta.new_element.WhichOneof("type") != "exception", said.delta.new_element.exception.message
            if said.WhichOneof("type") == "script_finished":
                assert drawn > 3, "an empty page"
                return time.monotonic() - began
