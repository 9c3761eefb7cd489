"""A store with departures in the midst of their lives, and releases made from this very tree."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from cli.world import World
from core.settings import ROOT, settings
from models.referral_problems import parse_document, read_referral
from models.territories import known_territories
from tests.conftest import own_database
from tests.release.tree import Tree, release_from_this_tree
from tests.rules.grounds import InPostgres
from tests.rules.walk import BEGINNING, Walk


@pytest.fixture
def next_release(tmp_path: Path) -> Callable[[str], Tree]:
    """Make a release from this tree, to be changed."""
    return lambda name: release_from_this_tree(tmp_path / name)


@pytest.fixture(scope="module")
def lived_store(database: World) -> Iterator[str]:
    """A store whose departures are looked at by every test of a file, and changed by none."""
    with (
        pytest.MonkeyPatch.context() as variables,
        own_database(database, variables, template="cases") as url,
    ):
        yield url


@pytest.fixture(scope="module")
def departures(lived_store: str) -> dict[str, str]:
    """Four open departures, by where they stand: filed and not passed yet, in immediate danger;
    asleep on a first contact; on a plan; with requests under way. Their references.
    """
    walks = {
        stands: Walk.begins(InPostgres(), "mere-de-deux-enfants", Random(0), is_kind=True)
        for stands in ("contact", "plan", "under_way")
    }
    walks["plan"].goes_well()
    for _ in range(3):
        walks["under_way"].goes_well()
    known = known_territories(settings().territories)
    in_danger = (ROOT / "examples" / "danger-immediat.json").read_bytes()
    filed = InPostgres()
    filed.opens(read_referral(parse_document(in_danger), known, BEGINNING), BEGINNING)
    lived = {stands: walk.ground.reference for stands, walk in walks.items()}
    return lived | {"filed": filed.reference}
