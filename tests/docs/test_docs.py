"""What exists is documented: cards, settings, command-line options, rooms, skips."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def text(*names: str) -> str:
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)


def sources(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


def test_the_cards_page_is_what_the_registries_say() -> None:
    spec = importlib.util.spec_from_file_location("build_cards", ROOT / "docs" / "build_cards.py")
    assert spec is not None
    assert spec.loader is not None
    builder: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builder)
    assert text("docs/cards.md") == builder.render(), "run make cards"


def test_every_setting_is_documented() -> None:
    named = {name for path in sources("probing", "cache", "pages") for name in re.findall(r"STRATA_[A-Z_]+", path.read_text())}
    assert named
    missing = sorted(name for name in named if name not in text("docs/operating.md"))
    assert missing == [], "docs/operating.md lacks these settings"


def test_settings_are_read_in_one_place() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in sources("probing", "cache", "pages")
        if re.search(r"environ(\.get\(|\[)\s*[\"']STRATA_", path.read_text())
    ]
    assert readers == ["probing/settings.py"], "only probing/settings.py reads the environment"


def test_every_option_of_the_command_line_is_documented() -> None:
    from probing.__main__ import build

    parser: Any = build()
    commands = parser._subparsers._group_actions[0].choices
    page, missing = text("docs/operating.md"), []
    for name in (
        "app",
        "setup",
        "run",
        "compare",
        "predict",
        "finetune",
        "distill",
        "sweep",
        "report",
        "export",
        "corpora",
        "checkpoints",
        "bundle",
    ):
        options = {option for action in commands[name]._actions for option in action.option_strings} - {"-h", "--help"}
        assert options, name
        missing += [f"{name} {option}" for option in sorted(options) if f"`{option}" not in page]
    assert missing == [], "docs/operating.md lacks these options"


def test_every_room_is_on_the_map() -> None:
    rooms = {f"probing/{path.name}/" for path in (ROOT / "probing").iterdir() if path.is_dir() and path.name != "__pycache__"}
    rooms |= {f"probing/{path.name}" for path in (ROOT / "probing").glob("*.py") if not path.name.startswith("__")}
    the_map = text("docs/architecture.md")
    # Small modules that every room leans on are named in one line.
    assert sorted(room for room in rooms if f"`{room}`" not in the_map) == [], "docs/architecture.md lacks these rooms"


def test_every_skip_has_its_line() -> None:
    reasons = text("tests/SKIPS.md")
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for reason in re.findall(r"pytest\.skip\(\s*[\"']([^\"']+)", path.read_text(encoding="utf-8")):
            words = re.findall(r"STRATA_\w+|Chromium|CUDA", reason)
            assert words, f"{path.relative_to(ROOT)}: say in the skip what is missing: {reason}"
            unnamed = [word for word in words if word not in reasons]
            assert unnamed == [], f"tests/SKIPS.md lacks what {path.relative_to(ROOT)} skips for: {reason}"


def headings(page: str) -> set[str]:
    """The anchors of a page, made as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_a_section_that_is_cited_is_there() -> None:
    cited = re.compile(r"\b(docs/\w+\.md)(?:#([\w-]+)|, ([^\n).]*))?")
    for path in [ROOT / "app.py", *sources("probing", "cache", "pages", "tests", "benchmarks", "drills")]:
        for page, anchor, loose in cited.findall(path.read_text(encoding="utf-8")):
            where = path.relative_to(ROOT)
            assert (ROOT / page).is_file(), f"{where} cites {page}, which is not there"
            assert anchor in {"", *headings(page)}, f"{where} cites {page}#{anchor}, which is not there"
            assert not re.match(r"(habit|section|rule) ", loose), f"{where} cites {page}, {loose}: name its anchor"


def test_modules_say_what_they_are() -> None:
    for path in [ROOT / "app.py", *sources("probing", "cache", "pages", "tests", "benchmarks", "tools")]:
        source = path.read_text(encoding="utf-8")
        if source.strip():
            assert source.startswith('"""'), f"{path.relative_to(ROOT)} has no docstring"


def test_modules_stay_one_noun() -> None:
    for path in sources("probing", "cache", "pages", "tools", "tests"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= 400, f"{path.relative_to(ROOT)} has {lines} lines: it is two nouns"


def test_every_decision_is_dated_and_its_file_is_on_the_map() -> None:
    found = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert found
    for path in found:
        assert f"(decisions/{path.name})" in text("docs/architecture.md"), f"docs/architecture.md does not link {path.name}"
        for entry in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            assert re.match(r".+\n\n\*20\d\d-\d\d-\d\d\.\* ", entry), f"{path.name}: {entry.splitlines()[0]}"


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target, anchor in re.findall(r"\]\(([\w./-]+\.md)?(?:#([\w-]+))?\)", page.read_text(encoding="utf-8")):
            name = (page.parent / target).resolve() if target else page
            where = page.relative_to(ROOT)
            assert name.is_file(), f"{where} links {target}, which is not there"
            known = headings(name.relative_to(ROOT).as_posix())
            assert anchor in {"", *known}, f"{where} links {target}#{anchor}, which is not there"


def test_the_glossary_has_each_term_once_with_a_module_that_is_there() -> None:
    rows = re.findall(r"^\| (.+?) \| .+ \| `(.+)` \|$", text("docs/glossary.md"), re.MULTILINE)
    terms = [term for term, _ in rows]
    assert sorted(term for term in set(terms) if terms.count(term) > 1) == [], "docs/glossary.md has these terms twice"
    assert len(terms) > 40
    for term, module in rows:
        assert (ROOT / module).is_file(), f"{term}: {module} is not there"


def test_every_document_has_the_version_of_the_program() -> None:
    import yaml

    from probing import __version__
    from probing.reports import references

    citation = yaml.safe_load(text("CITATION.cff"))
    assert citation["version"] == __version__
    assert citation["license"] == "Apache-2.0"
    entry = references.software().bibtex
    assert all(said in entry for said in (__version__, citation["title"], citation["authors"][0]["name"]))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    latest = re.search(r"^## ([\d.]+)", text("CHANGELOG.md"), re.MULTILINE)
    assert latest is not None
    assert latest[1] == __version__
    assert "Apache License" in text("LICENSE")
    assert "END OF TERMS AND CONDITIONS" in text("LICENSE")
