"""A store with departures in the midst of their lives, and releases made from this very tree."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from shutil import copytree, ignore_patterns

import pytest

from core.settings import ROOT
from tests.release.tree import Tree
from tests.rules.grounds import InPostgres
from tests.rules.walk import Walk

_PACKAGES = ("core", "models", "store", "connectors", "tasks", "flows", "gateway", "cli")
_DATA = ("law", "territories")


@pytest.fixture
def next_release(tmp_path: Path) -> Callable[[str], Tree]:
    """Make a release from this tree, to be changed."""

    def make(name: str) -> Tree:
        for folder in (*_PACKAGES, *_DATA):
            copytree(ROOT / folder, tmp_path / name / folder, ignore=ignore_patterns("__pycache__"))
        return Tree(tmp_path / name)

    return make


@pytest.fixture
def departures(store: str) -> dict[str, str]:
    """Three open departures: filed and not passed yet, asked of the referent, requests under way.
    By their examples, with their references.
    """
    walks = {}
    for example in ("homme-sans-enfant", "mere-de-deux-enfants", "danger-immediat"):
        walks[example] = Walk.begins(InPostgres(), example, Random(0), is_kind=True)
    for _ in range(3):
        walks["danger-immediat"].goes_well()
    return {example: walk.ground.reference for example, walk in walks.items()}
