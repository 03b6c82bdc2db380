"""Signing in, where the secrets say with whom: before that, no page is drawn."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.secrets import secrets_singleton


def asked() -> bool:
    """Whether the secrets have a section [auth]: on a machine of one's own there are no secrets, and nobody is asked."""
    return secrets_singleton.load_if_toml_exists() and "auth" in st.secrets


def gate() -> None:
    """End here until somebody has signed in; then say who, and offer to sign out."""
    if not asked():
        return
    if not st.user.is_logged_in:
        st.title("Strata", anchor=False)
        st.caption("Sign in to see the pages.")
        st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login)
        st.stop()
    with st.sidebar.popover(str(st.user.get("name") or st.user.get("email") or "Signed in"), type="tertiary", icon=":material/person:"):
        st.button("Sign out", icon=":material/logout:", on_click=st.logout)
