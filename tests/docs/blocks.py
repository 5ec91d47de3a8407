"""The fenced code blocks of the project's Markdown files."""

import pathlib
import re

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# One with a word behind its language is for those who know the word.
ATTRIBUTED = re.compile(r"^```(\w+) ([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def documents(root):
    """README and the like, everything under docs/, and what is said of guests and examples."""
    root = pathlib.Path(root)
    folders = ["examples", "examples/orders", "guests"]
    here = [*root.glob("*.md"), *(root / name / "README.md" for name in folders)]
    return sorted(here) + sorted((root / "docs").rglob("*.md"))


def blocks(root, language, attribute=None):
    """(file, line, text) of each block in `language`, with paths relative to the root."""
    for path in documents(root):
        text = path.read_text(encoding="utf-8")
        for match in (ATTRIBUTED if attribute else FENCE).finditer(text):
            if match.group(1) == language and attribute in (None, match.group(2)):
                line = text.count("\n", 0, match.start()) + 2
                yield path.relative_to(root), line, match.group(match.lastindex)


def prose(path):
    """A document without its blocks."""
    return ATTRIBUTED.sub("", FENCE.sub("", path.read_text(encoding="utf-8")))
