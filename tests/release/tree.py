"""A release made by a test: a copy of this tree, in which some lines are changed."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, ignore_patterns

from core.settings import ROOT

_PACKAGES = ("core", "models", "store", "connectors", "tasks", "flows", "gateway", "cli")
_DATA = ("law", "territories")


def release_from_this_tree(folder: Path) -> "Tree":
    """Copy what runs of this tree."""
    for name in (*_PACKAGES, *_DATA):
        copytree(ROOT / name, folder / name, ignore=ignore_patterns("__pycache__"))
    return Tree(folder)


@dataclass(frozen=True)
class Tree:
    """One checkout."""

    folder: Path

    def variables(self) -> dict[str, str]:
        """What a process of this release lives with, besides its world's own."""
        return {"PYTHONPATH": str(self.folder), "PND_TERRITORIES": str(self.folder / "territories")}

    def migrates(self) -> None:
        """Bring the store to this release's shape, by its own code."""
        subprocess.run(
            [sys.executable, "-m", "store.migrate"],
            cwd=self.folder,
            env=os.environ | self.variables(),
            check=True,
            capture_output=True,
            timeout=60,
        )

    def changes(self, file: str, before: str, after: str) -> "Tree":
        """Change one place of one file, which must be there and be the only one."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{file}: {text.count(before)} times {before!r}"
        path.write_text(text.replace(before, after), encoding="utf-8")
        return self

    def adds_a_migration(self, *lines: str) -> "Tree":
        """Add a migration after all the others."""
        folder = self.folder / "store" / "migrations" / "versions"
        newest = max(path.stem.partition("_")[0] for path in folder.glob("[0-9]*.py"))
        body = "\n".join(f"    {line}" for line in lines)
        (folder / "9999_the_next_one.py").write_text(
            '"""The next release."""\n\n'
            "import sqlalchemy as sa\nfrom alembic import op\n\n"
            f'revision = "9999"\ndown_revision = "{newest}"\n'
            "branch_labels = None\ndepends_on = None\n\n\n"
            f"def upgrade() -> None:\n{body}\n",
            encoding="utf-8",
        )
        return self
