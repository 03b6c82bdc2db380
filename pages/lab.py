"""An address of earlier releases, in no menu: it had fine-tuning and distillation."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame

frame.through_app()
of_distillation = st.query_params.get("make") == "Distil" or "distillation" in st.query_params
frame.lead("pages/distil.py" if of_distillation else "pages/fine_tune.py")
