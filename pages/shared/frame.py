"""What every page needs: the settings, the store, and errors as one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, Literal, NoReturn, ParamSpec
from urllib.parse import urlsplit

import streamlit as st
from streamlit import config
from streamlit.config_option import ConfigOption
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cache.errors import StoreError
from cache.keys import digest
from cache.store import Store
from pages.shared import facts
from pages.shared.wording import escape
from probing import permissions
from probing.bundles import example
from probing.errors import BadInput, one_line
from probing.execution import queue
from probing.permissions import User
from probing.settings import DEMO, Settings

Arguments = ParamSpec("Arguments")
GLOSSARY = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"
WAKE_SECONDS = 2.0  # between two looks at whether somebody carries out what is queued


def title(name: str, sentence: str, makes: bool = False) -> None:
    """A page's heading and the one sentence that says what the page is for. In a demo, one that `makes` something has nothing else."""
    st.title(name, anchor=False)
    st.caption(sentence)
    facts.forget()
    if makes and demo():
        st.stop()


def demo() -> bool:
    """Whether this is a demo, whose visitors look and change nothing."""
    try:
        return Settings.read().read_only
    except BadInput:  # each page reports it
        return False


def tell_demo() -> None:
    """On every page of a demo: that it is one, and how to run it at home."""
    if demo():
        st.info(escape(DEMO), icon=":material/visibility:")


# Streamlit writes a chosen segment and value in the primary colour, which in the dark theme is dark enough to carry white text, and the ticks
# of charts in a pale grey. A table's own download leaves formulas in it; that of export.table does not. What plays by itself is not offered to
# who asks for less motion.
INK = """<style>
:is(button[data-selected="true"], [data-testid="stSliderThumbValue"]) p { color: light-dark(#0067A3, #7CC7F2) }
.js-plotly-plot :is(
g[class$="tick"] text, g[class^="g-x"] text, g[class^="g-y"] text, .annotation-text[style*="rgb(138, 138, 138)"]
) { fill: light-dark(#424B59, #B7C0CC) !important }
.js-plotly-plot .annotation-text[style*="rgb(0, 114, 178)"] { fill: light-dark(#0072B2, #4BA3DC) !important }
button[aria-label^="Download as CSV"] { display: none }
@media (prefers-reduced-motion: reduce) { .st-key-play { display: none } }
</style>"""


def menu(sections: Mapping[str, Sequence[StreamlitPage]]) -> None:
    """The pages by section, and a button that opens the glossary over the page (Escape closes it).

    Streamlit's own menu puts groups between a list and its items, which screen readers cannot follow.
    """
    st.html(INK)
    with st.sidebar, st.container(gap="xxsmall"):
        for section, pages in sections.items():
            shown = [page for page in pages if page.visibility == "visible"]
            if section and len(shown) > 1:
                st.caption(section)
            for page in shown:
                st.page_link(page)
        if st.button("Terms", key="glossary", type="tertiary", icon=":material/menu_book:", help="The terms of these pages"):
            _glossary()


@st.dialog("Terms", width="large")
def _glossary() -> None:
    """docs/glossary.md without its first lines, whose links lead to other documents; its headings are small beside a dialog's."""
    _, *groups = GLOSSARY.read_text(encoding="utf-8").split("\n## ")
    for group in groups:
        st.markdown(f"#### {group}")


def open_page(page: str, query: Mapping[str, Any]) -> NoReturn:
    """Leave this page for another one with the query `query`.

    A panel that draws itself again every second may have asked once more before the browser knows that the page changes. Streamlit would answer as
    soon as the new page is drawn, on the page that was left, and the new one would end empty. A fragment that is forgotten is not answered.
    """
    context = get_script_run_ctx()
    assert context is not None, "a page is being drawn"
    context.fragment_storage.clear()
    st.switch_page(page, query_params=query)


def lead(page: str) -> None:
    """To the page that took the place of this address, with the same query.

    Such an address has a file of its own: a fresh server looks for the first one that it is asked for in pages/, and says "Page not found" of
    what is only named in app.py.
    """
    open_page(page, {name: st.query_params.get_all(name) for name in st.query_params})


def complain(error: Exception | str, place: Literal["page", "data"] = "page") -> None:
    """An error as one sentence; `place` says whose controls its advice is about."""
    said = getattr(error, place) if isinstance(error, BadInput) else error
    st.error(escape(one_line(said)), icon=":material/error:")


@contextmanager
def forgiving(place: Literal["page", "data"] = "page") -> Iterator[None]:
    """What is drawn inside ends with a sentence where the input cannot be used; the rest of the page goes on."""
    try:
        yield
    except (BadInput, StoreError) as error:
        complain(error, place)


def fragment(draw: Callable[Arguments, Any], run_every: str | None = None) -> Callable[Arguments, None]:
    """A fragment that ends with a sentence as a page does: it is drawn again by itself, where nothing of its page stands around it."""

    @wraps(draw)
    def forgiven(*args: Arguments.args, **named: Arguments.kwargs) -> None:
        with forgiving():
            draw(*args, **named)

    return st.fragment(forgiven, run_every=run_every)


def refuse_foreign() -> None:
    """End here where a page of another address opened the connection.

    Streamlit takes every port of this machine for its own, and a WebSocket shows no XSRF token; so the origin that the browser
    names has to be the host that it asked, or one of `server.corsAllowedOrigins`.
    """
    origin, host = st.context.headers.get("Origin"), st.context.headers.get("Host")
    if origin is None or urlsplit(origin).netloc == host or origin in st.get_option("server.corsAllowedOrigins"):
        return
    complain(
        f"This connection comes from a page of {origin}, which is not this app: open the app by its own address, or name that origin in "
        "server.corsAllowedOrigins."
    )
    st.stop()


def _asks() -> bool:
    """Whether the secrets say with whom to sign in: they have a section [auth]. On a machine of one's own there are no secrets.

    Raises BadInput where secrets were named, or lie where Streamlit looks for them, and cannot be used: a broken file lets nobody in.
    """
    named = config.get_where_defined("secrets.files") != ConfigOption.DEFAULT_DEFINITION
    if not named and not any(Path(path).exists() for path in st.get_option("secrets.files")):
        return False
    try:
        readable = st.secrets.load_if_toml_exists()
    except (OSError, ValueError):  # not for this user to read, or no text
        readable = False
    if readable and "auth" in st.secrets:
        return True
    if named or not readable:
        raise BadInput(
            "The secrets that say who may sign in cannot be used, so nobody is let in: name in STREAMLIT_SECRETS_FILES a file NAME.toml with a "
            "section [auth] that the user of this server can read."
        )
    return False


def sign_in() -> None:
    """Where the secrets say with whom to sign in, end here until somebody has; then offer to sign out."""
    try:
        if not _asks():
            return
    except BadInput as error:
        complain(error)
        st.stop()
    if not st.user.is_logged_in:
        st.title("Strata", anchor=False)
        st.caption("Sign in to see the pages.")
        st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login)
        st.stop()
    try:
        who = user()
    except BadInput as error:
        complain(error)
        st.button("Sign out", icon=":material/logout:", on_click=st.logout)
        st.stop()
    assert who is not None
    with st.sidebar.popover(escape(who.name), type="tertiary", icon=":material/person:"):
        st.caption(f"{'An administrator' if who.admin else 'A user'} of this server, with the id {who.id}")
        st.button("Sign out", icon=":material/logout:", on_click=st.logout)


def user() -> User | None:
    """Who is signed in; None where nobody is asked to. The id is a digest of the provider's own, the same at every visit.

    Raises BadInput where somebody has to sign in and has not, or where the provider does not say who it is.
    """
    if not _asks():
        return None
    said = st.user.to_dict()
    if not said.get("is_logged_in"):
        raise BadInput("You are not signed in any more: load the page again and sign in.")
    if not said.get("sub"):
        raise BadInput(
            "Your provider does not say who you are (it gives no `sub`), so nothing could be yours: sign in by another."
        )
    settings = Settings.read()
    id = digest("user", str(said.get("iss", "")), str(said["sub"]))[:16]
    mail = str(said.get("email") or "")
    names = {id} | ({mail.casefold()} if mail and said.get("email_verified") is True else set())
    name = " ".join(str(said.get("name") or mail or id).split())[:80]
    return User(id, name, bool(names & settings.admins), settings.allowance)


permissions.told_by(user)


def through_app() -> None:
    """Begin again with app.py where a page was run without it.

    A folder called pages/ makes Streamlit run the page of the first address that a fresh server is asked for on its own,
    until st.navigation has been called once in the process. This is the flag that st.navigation sets.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def settings() -> Settings:
    """The settings, or the sentence that says which one is wrong and nothing else."""
    through_app()
    try:
        found = Settings.read()
    except BadInput as error:
        complain(error)
        st.stop()
    with suppress(StoreError, OSError):  # each page reports a bad store
        if (below := open_store(found.store).below) is not None:
            return replace(found, below=(below.root,))
    return found


@st.cache_resource(show_spinner=False, max_entries=8)
def open_store(root: Path) -> Store:
    """One store object a process and folder, with the example study below it. Raises StoreError, which is not kept."""
    return example.opened(replace(Settings.read(), store=root))


def store() -> Store:
    """The store, or the sentence that says why it cannot be used and where to act."""
    try:
        return open_store(settings().store)
    except (StoreError, OSError) as error:
        complain(error if isinstance(error, StoreError) else f"The store {settings().store} cannot be opened: {error}.")
        st.page_link("pages/store.py", label="Go to the store", icon=":material/database:")
        st.stop()


@st.cache_resource(show_spinner=False, max_entries=8, ttl=WAKE_SECONDS)
def _wake(root: Path) -> None:
    queue.wake(open_store(root))


def wake() -> None:
    """Whenever a page opens or watches a job, every few seconds at most: find jobs whose process is gone, and go on with what is queued.

    Each page reports a bad store.
    """
    try:
        _wake(Settings.read().store)
    except (BadInput, StoreError, OSError):
        return
