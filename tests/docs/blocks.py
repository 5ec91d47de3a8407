"""The fenced code blocks of the project's Markdown files."""

import pathlib
import re

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def documents(root):
    """README and the like, and everything under docs/."""
    root = pathlib.Path(root)
    return sorted(root.glob("*.md")) + sorted((root / "docs").rglob("*.md"))


def blocks(root, language):
    """(file, line, text) of each block in `language`, with paths relative to the root."""
    for path in documents(root):
        text = path.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            if match.group(1) == language:
                line = text.count("\n", 0, match.start()) + 2
                yield path.relative_to(root), line, match.group(2)
