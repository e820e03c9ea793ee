"""What MkDocs is told beside `mkdocs.yml`: the navigation, and drawings that follow the theme.

Pages are found, not listed: a new page stands in the navigation under its own heading. `ORDER` only
says which pages come first and in which group; what it does not name comes after them, by title.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FIRST = "index.md"
ORDER: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Tutorial": {"tutorial": ("index",)},
    "How-to": {
        "how-to": ("index",),
        "Images": (
            "console",
            "lifecycle",
            "scanning",
            "archive-images",
            "pull-through-cache",
            "replicate-images",
            "garbage-collection",
        ),
        "Identities": ("push-without-long-lived-keys", "github-actions", "rotate-keys"),
        "Install": (
            "docker-compose",
            "kubernetes",
            "systemd",
            "tls",
            "run-behind-a-proxy",
            "aws-names",
            "air-gap",
        ),
        "Grow": ("postgresql", "s3", "several-nodes"),
        "Operate": ("monitoring", "events", "backup", "verify", "upgrade", "troubleshooting"),
        "Move": ("move-*",),
    },
    "Reference": {"reference": ("index", "settings", "commands", "operations", "routes", "errors")},
    "Explanation": {
        "explanation": ("index", "architecture", "durability", "freshness", "authorization")
    },
    "Decisions": {"adr": ("README",)},
}
"""Tab -> group -> pages. The group that is named as its folder is the tab's own top."""

REST = "More"
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_DRAWING = re.compile(r'<img alt="([^"]*)" src="[^"]*?([\w-]+\.svg)" ?/?>')


def on_config(config: Any) -> Any:
    """Make the navigation of what is there (MkDocs, "Plugin events")."""
    config.nav = navigation(Path(config.docs_dir))
    return config


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:  # noqa: ARG001 - MkDocs names them
    """Put drawings into the page itself, where the theme's colours reach them."""
    drawings = Path(config.docs_dir) / "explanation" / "drawings"

    def inline(match: re.Match[str]) -> str:
        drawing = drawings / match[2]
        if not drawing.exists():
            return match[0]
        return drawing.read_text(encoding="utf-8").replace("<svg ", '<svg class="diagram" ', 1)

    return _DRAWING.sub(inline, html)


def navigation(docs: Path) -> list[Any]:
    """The whole navigation, as MkDocs reads it from `nav`."""
    return [
        {"Home": FIRST},
        *(
            {tab: list(_tab(docs, groups))}
            for tab, groups in ORDER.items()
            if _folder(docs, groups)
        ),
    ]


def _folder(docs: Path, groups: Mapping[str, tuple[str, ...]]) -> list[Path]:
    return sorted((docs / next(iter(groups))).glob("*.md"))


def _tab(docs: Path, groups: Mapping[str, tuple[str, ...]]) -> Iterator[Any]:
    top = next(iter(groups))
    left = {page.stem: page for page in _folder(docs, groups)}
    for group, patterns in groups.items():
        named = [stem for pattern in patterns for stem in sorted(left) if Path(stem).match(pattern)]
        entries = [_entry(docs, left.pop(stem)) for stem in named]
        if group == top:
            yield from entries
        elif entries:
            yield {group: entries}
    rest = sorted((_entry(docs, page) for page in left.values()), key=_first_key)
    if len(groups) == 1:
        yield from rest
    elif rest:
        yield {REST: rest}


def _first_key(entry: dict[str, str]) -> str:
    title, path = next(iter(entry.items()))
    # Decisions and lessons go by the number that begins their file; everything else goes by title.
    return path if path.startswith(("adr/", "tutorial/")) else title


def _entry(docs: Path, page: Path) -> dict[str, str]:
    found = _TITLE.search(page.read_text(encoding="utf-8"))
    return {found[1] if found else page.stem: page.relative_to(docs).as_posix()}
