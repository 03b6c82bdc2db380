"""Framed charts as pictures, by the browser of the machine: SVG, PNG and PDF. One page draws any number of them."""

from __future__ import annotations

import base64
import html
import json
import secrets
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from probing.reports import browser
from probing.reports.html import plotly_js

SHARPNESS = 2  # pixels of a PNG for each of the frame
_HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def _scripts() -> str:
    return "\n".join([plotly_js(), *((_HERE / name).read_text(encoding="utf-8") for name in ("settle.js", "frame.js"))])


def svgs(framed: Sequence[dict[str, Any]]) -> list[str]:
    """Each as SVG, its texts as text. Raises BadInput where the machine has no browser."""
    return [one["svg"] for one in _made(framed, 0)]


def pngs(framed: Sequence[dict[str, Any]]) -> list[bytes]:
    """Each as PNG, twice as sharp as its size. Raises BadInput where the machine has no browser."""
    return [base64.b64decode(one["png"]) for one in _made(framed, SHARPNESS)]


def pdf(framed: Sequence[dict[str, Any]]) -> bytes:
    """One document with a page for each, of its own size. Raises BadInput where the machine has no browser."""
    made = _made(framed, 0)
    rules = "".join(
        f"@page p{place} {{ size: {one['width']}px {one['height']}px; margin: 0 }} .p{place} {{ page: p{place} }}\n"
        for place, one in enumerate(made)
    )
    sheets = "".join(f'<div class="p{place}">{one["svg"]}</div>\n' for place, one in enumerate(made))
    style = "body { margin: 0 } div { break-after: page; overflow: hidden; line-height: 0 } div:last-child { break-after: auto }"
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return browser.printed(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>Strata</title><style>{style}\n{rules}</style></head><body>{sheets}</body></html>"
    )


def page(framed: Sequence[dict[str, Any]], sharpness: int) -> str:
    """The page that draws them: its element `made` then holds a list of {svg, width, height, png} as JSON, and says `failed` where a script did.
    No script runs but those that stand in it, and nothing is fetched."""
    key = secrets.token_urlsafe(16)
    policy = f"default-src 'none'; script-src 'nonce-{key}'; img-src data: blob:; style-src 'unsafe-inline'"
    specs = json.dumps(list(framed)).replace("<", "\\u003c")
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}"><title>Strata</title></head><body style="margin:0"><pre id="made"></pre>
<script nonce="{key}">{_scripts()}</script>
<script nonce="{key}" type="application/json" id="specs">{specs}</script>
<script nonce="{key}">
(async () => {{
  const found = [], place = document.getElementById("made");
  try {{
    for (const spec of JSON.parse(document.getElementById("specs").textContent)) {{
      const made = await frames.set(spec);
      if ({sharpness}) made.png = await frames.png(made, {sharpness});
      found.push(made);
    }}
    place.textContent = JSON.stringify(found);
  }} catch (error) {{
    place.textContent = JSON.stringify({{ failed: String(error.stack || error) }});
  }}
  document.documentElement.dataset.done = "yes";
}})();
</script></body></html>"""


def _made(framed: Sequence[dict[str, Any]], sharpness: int) -> list[dict[str, Any]]:
    told = browser.dom(page(framed, sharpness))
    start = told.index('<pre id="made">') + len('<pre id="made">')
    made = json.loads(html.unescape(told[start : told.index("</pre>", start)]) or '{"failed": "not done"}')
    if isinstance(made, dict):
        raise RuntimeError(f"The page that draws pictures failed: {made['failed']}")
    return list(made)
