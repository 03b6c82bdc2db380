"""Checkpoints: the known ones, and details of a chosen one (known name, folder, hub id or random weights)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.shared import cards, chart, controls, export, frame
from pages.shared import facts as shared_facts
from pages.shared import names as shared_names
from pages.shared.wording import escape, many
from probing import checkpoints
from probing.checkpoints import Checkpoint, products, selfcheck
from probing.errors import BadInput
from probing.execution import client
from probing.figures import parameters
from probing.installation import PROGRAM
from probing.records import names
from probing.settings import Settings

MANY = 6  # products that are listed at once
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
    "random": "random weights from a seed",
}


def shelf() -> None:
    """The known checkpoints: installed, or the command to install them."""
    for column, known in zip(st.columns(max(2, len(checkpoints.CHECKPOINTS.names()))), checkpoints.CHECKPOINTS, strict=False):
        with column.container(border=True, height="stretch"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{escape(known.card.name)}**", width="content")
                if known.installed:
                    st.badge("Installed", icon=":material/check_circle:", color="green")
                else:
                    st.badge("Not installed", icon=":material/download:", color="gray")
            st.caption(escape(known.card.measures))
            if not known.installed:
                st.code(f"{PROGRAM} setup {known.name}", language=None, wrap_lines=True)
            cards.popover(known.card)


def lineage(settings: Settings) -> None:
    """The lab's products by their records; no checkpoint is opened."""
    rows = []
    called = shared_names.called(frame.store())
    for name in controls.own_checkpoints(settings):
        with frame.forgiving():
            row = _product(name, products.record_of(name, settings.store))
            own = called.get(name.removeprefix(products.PREFIX))
            rows.append(row | ({"shown as": own.nickname, "role": own.role} if own else {}))
    if not rows:
        st.page_link("pages/fine_tune.py", label="Fine-tune a checkpoint", icon=":material/science:")
        return
    with st.expander(f"{many(len(rows), 'product')} of the lab", icon=":material/science:", expanded=len(rows) <= MANY):
        table = pd.DataFrame(rows)
        st.dataframe(table, hide_index=True, alt="Products of the lab with their parents and scores")
        st.caption("Choose one by name below to open it, probe it, or compare it with its parent.")
        export.table(table, "products", "products-table")


def _product(name: str, record: dict[str, Any]) -> dict[str, Any]:
    row = {"product": name, "parent": record.get("parent"), "method": record.get("method"), "task": record.get("task")}
    row |= {"data": record.get("data", {}).get("name"), "train": record.get("data", {}).get("train"), "seed": record.get("seed")}
    scores = [
        f"{score['metric']} {score['value']:.3f}"
        for score in record.get("rows", ())
        if score["split"] == "test" and score["value"] is not None and "teacher" not in str(score["setting"])
    ]
    return row | {"test": ", ".join(scores)}


def naming(checkpoint: Checkpoint) -> None:
    """What the checkpoint is called on the other pages, and the form that changes it."""
    store = frame.store()
    known = shared_names.called(store)
    if checkpoint.name not in known:
        known = known | names.called([names.Known(checkpoint.name)])
    own = known[checkpoint.name]
    with frame.forgiving():
        given = names.read(store).get(checkpoint.name, names.Given())
        told = f"Shown as {own.nickname} ({own.role})" if own.nickname != checkpoint.name else f"Role: {own.role}"
        place = st.popover(escape(told), icon=":material/edit:", help="The nickname and role of this checkpoint on all pages")
        with place.form(f"naming-{checkpoint.fingerprint}", border=False):
            nickname = st.text_input(
                "Nickname",
                given.nickname,
                max_chars=names.LONGEST,
                placeholder=own.nickname[: names.LONGEST],
                key=f"nickname-{checkpoint.name}",
            )
            role = st.text_input("Role", given.role, max_chars=names.LONGEST, placeholder=own.role, key=f"role-{checkpoint.name}")
            st.caption(f"For example {', '.join(names.ROLES)}. Empty fields follow from how the checkpoint was made.")
            if st.form_submit_button("Save", type="primary"):
                names.write(store, checkpoint.name, nickname, role, known)
                st.rerun()


def choose(settings: Settings) -> str | None:
    roots = " or ".join(str(root) for root in settings.page_roots())
    help_ = f"{controls.CHECKPOINT_HELP} Folders may lie under {escape(roots)}."
    chosen = controls.choose_checkpoint(controls.own_checkpoints(settings), "Checkpoint", help=help_)
    hub = "read from this machine's cache, as offline is set" if settings.offline else "fetched from the hub"
    st.caption(f"Or type a folder, a hub id ({hub}) or random:NAME@SEED, then press Enter.")
    return chosen


def headline(checkpoint: Checkpoint) -> None:
    facts = checkpoint.facts
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(escape(checkpoint.name), anchor=False, width="content")
        st.page_link(
            "pages/new_run.py",
            label="Probe it",
            icon=":material/play_circle:",
            query_params={"checkpoint": [checkpoint.spec]},
        )
        if checkpoint.random_seed is None:
            st.page_link(
                "pages/new_run.py",
                label="Compare with its random baseline",
                icon=":material/shuffle:",
                query_params={"checkpoint": [checkpoint.spec, f"random:{checkpoint.spec}@0"], "baselines": "false"},
            )
        if checkpoint.spec.startswith(products.PREFIX) and checkpoint.facts.parent:
            st.page_link(
                "pages/new_run.py",
                label="Compare with its parent",
                icon=":material/compare_arrows:",
                query_params={"checkpoint": [checkpoint.facts.parent, checkpoint.spec]},
            )
    figures = (
        ("Layers", f"{facts.layers:,}", "Without layer 0, the output of the embeddings."),
        ("Hidden size", f"{facts.hidden:,}", "Dimensions of the vector of one sub-word."),
        ("Heads", or_unknown(facts.heads), "Attention heads of a layer."),
        ("Vocabulary", or_unknown(facts.vocab), "Sub-words in the vocabulary."),
        (
            "Longest input",
            f"{facts.max_length:,}",
            "Sub-words, special ones included; words beyond it have no vector.",
        ),
        ("Parameters", short(facts.parameters), f"{facts.parameters:,} floating-point values in its safetensors."),
    )
    for column, (name, value, meaning) in zip(st.columns(len(figures)), figures, strict=True):
        column.metric(name, value, help=meaning, border=True)


def or_unknown(number: int | None) -> str:
    return "unknown" if number is None else f"{number:,}"


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
        "Licence": facts.licence or "not in its files",
        "Parent": facts.parent or "unknown",
        "Fingerprint": checkpoint.fingerprint,
    }
    st.table({"": list(lines), " ": [escape(value) for value in lines.values()]}, border="horizontal", hide_index=True)
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
    st.caption("Parameters by part. A large part is not necessarily important: embeddings are often the largest part.")
    chart.plain(
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
    """The result of the self-check, or the button that starts it."""
    st.header("Self-check", anchor=False)
    found = selfcheck.stored_check(checkpoint, settings.store)
    if found is None:
        st.caption("Before the first use of a checkpoint, Strata checks on a few short sentences that its vectors are right.")
        if not st.button(
            "Check now", key="check", icon=":material/fact_check:", help="It takes a few seconds on a small encoder."
        ):
            return
        found = _checked(checkpoint, settings)
    verdict = "It can be used: all checks passed." if found.ok else found.refused
    if found.ok and any(one.outcome == "adapted" for one in found.findings):
        verdict = "It can be used, with the adaptations below."
    st.markdown(f"**{escape(verdict)}**")
    for one in found.findings:
        badge = f":{OUTCOMES[one.outcome][1]}-badge[{OUTCOMES[one.outcome][0]} {one.outcome}]"
        st.markdown(f"{badge} **{one.name.capitalize()}.** {escape(one.sentence)}", help=selfcheck.MEANING[one.name])
    st.caption(f"Checked in {found.precision} with transformers {found.release}.")
    if checkpoint.facts.mend:
        st.caption(
            escape(
                f"Earlier releases of Strata read it wrongly: {checkpoint.facts.mend}. Their runs show a warning; run them again."
            )
        )


def _checked(checkpoint: Checkpoint, settings: Settings) -> selfcheck.SelfCheck:
    """Run the check in the reader process, and show its progress. Raises BadInput where it cannot be loaded."""
    question = client.Question(checkpoint.name, (checkpoint.spec,), checkpoint.fingerprint, (), "mean", "fp32", "layer", "check")
    with st.status("Checking …") as status:
        client.ask(
            frame.store(), settings.device, question, lambda stage: status.update(label=f"{stage[:1].upper()}{stage[1:]} …")
        )
        status.update(label="Checked", state="complete")
    found = selfcheck.stored_check(checkpoint, settings.store)
    if found is None:
        raise BadInput("The result of the check could not be stored: make the store writable.")
    return found


frame.title(
    "Checkpoints",
    "Any encoder or decoder that transformers loads from safetensors. Pickled weights and remote code are refused.",
    makes=True,
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
        shared_facts.remember(checkpoints=found.name)
        headline(found)
        naming(found)
        left, right = st.columns([2, 3], gap="large")
        with left:
            origin(found)
            self_check(found, settings)
        with right:
            parts(found)
