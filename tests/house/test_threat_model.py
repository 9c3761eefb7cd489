"""The page of threats names, for each, the test that proves its control; and each test exists."""

import re

from core.settings import ROOT

_PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
_NO_CONTROL = "Aucun contrôle"
_ROW = re.compile(r"^\| (?!Ce qu'il peut tenter)(.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def names_of_tests() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        found |= set(re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.M))
    return found


def test_every_test_that_a_threat_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", _PAGE))

    assert len(named) > 30
    assert named - names_of_tests() == set()


def test_every_threat_has_its_proof_or_says_that_nothing_stops_it() -> None:
    threats = _ROW.findall(_PAGE)

    assert len(threats) > 25
    for threat, control, proof in threats:
        assert _NO_CONTROL in control or "`test_" in proof, threat
