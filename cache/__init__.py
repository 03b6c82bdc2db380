"""The content-addressed store. Imports neither torch, nor streamlit, nor anything else of ours."""
