"""Opening a page as a browser would, without a browser: the whole app, one page of it, with an address."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds: the test machine may be busy


def open_page(page: str, /, **address: str | list[str]) -> AppTest:
    """The page `pages/PAGE.py`, run once with `address` as its query parameters; anything but a sentence fails here."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    app.switch_page(f"pages/{page}.py")
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    return sound(app)


def sound(app: AppTest) -> AppTest:
    """The same app: an exception on a page is a traceback that a user would meet."""
    assert not app.exception, [error.message for error in app.exception]
    return app


def words(app: AppTest) -> str:
    """Everything the page says, in one string (Markdown escapes undone)."""
    kinds = (
        app.title,
        app.header,
        app.subheader,
        app.markdown,
        app.caption,
        app.error,
        app.info,
        app.warning,
        app.code,
        app.success,
    )
    told = [str(element.value) for kind in kinds for element in kind]
    told += [element.proto.label for element in app.get("page_link")]
    told += [element.proto.body for element in app.get("html")]
    told += [f"{metric.label} {metric.value}" for metric in app.metric]
    told += [element.proto.text for element in app.get("progress")]
    return "\n".join(told).replace("\\", "")
