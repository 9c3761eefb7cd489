"""No secret is in the repository, and every package of the lock is pinned by its hash."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import ROOT

_TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".env", ".example", ".cfg", ".service"}
_TEXT |= {".html", ".css", ".js", ".timer", ".conf", ".sh", ".txt", ""}
_LOCK = "requirements.lock"
# A dot begins what is no part of the project, these apart.
_OURS = {".ci", ".env.example", ".gitignore", ".dockerignore"}
_KINDS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{16}"),
    "signing secret": re.compile(r"whsec_[A-Za-z0-9+/=_-]{16,}"),
    "setting": re.compile(
        r"\bPND_\w*(?:KEY|TOKEN|SECRET|PASSWORD)[ \t]*[=:][ \t]*[\"']?[A-Za-z0-9+/_-]{16,}={0,2}"
    ),
    # An invented host, or a word in capitals for the reader to replace, is no secret.
    "password in a URL": re.compile(
        r"\w+://[\w.-]+:(?!MOT_DE_PASSE@)[^\s@/{}<>$\"']{6,}@(?![\w.-]*\.example\b)[\w.-]+"
    ),
    "token of a forge or a cloud": re.compile(
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|glpat-[\w-]{20}|AKIA[0-9A-Z]{16}|xox[abp]-[\w-]{10,})"
    ),
}
_LITERAL = re.compile(r"[\"'=]([A-Za-z0-9+/_-]{32,}={0,2})(?=[\"'\s]|$)")
# Bits for each sign. Words joined by dashes have less than 4; 32 random bytes in base64 above 4.5.
_RANDOM = 4.4


def entropy(text: str) -> float:
    """Return how many bits each sign of a text holds."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def secrets_in(text: str) -> list[str]:
    """Return the kinds of secret that a text holds, never the secret."""
    found = [kind for kind, pattern in _KINDS.items() if pattern.search(text)]
    literals = [one for one in _LITERAL.findall(text) if _looks_drawn(one)]
    return found + ["random literal"] * bool(literals)


def _looks_drawn(literal: str) -> bool:
    kinds = (str.islower, str.isupper, str.isdigit)
    return entropy(literal) >= _RANDOM and all(any(map(kind, literal)) for kind in kinds)


def files() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part not in _OURS for part in parts)
        ours = not hidden and parts[0] not in ("dist", "build") and path.name != _LOCK
        if ours and path.is_file() and path.suffix in _TEXT:
            yield path


def test_no_file_of_the_repository_holds_a_secret() -> None:
    looked_at = list(files())
    found = {
        str(path.relative_to(ROOT)): kinds
        for path in looked_at
        if (kinds := secrets_in(path.read_text(encoding="utf-8", errors="replace")))
    }

    assert len(looked_at) > 300
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN EC PRIVATE" + " KEY-----\n" + "MHcCAQEEIBkg4LVW" + "M9nuwNSk3yByxZpYRTBn",
        'secret = "whsec' + "_MfKQ9r8GKYqrTwjU" + 'PD8ILPZIo2LaLaSw"',
        "PND_VAULT" + "_KEY=c2VjcmV0c2VjcmV0c2VjcmV0",
        "PND_AGENCY_CAF_21" + "_TOKEN: 'abcdefghijklmnop'",
        "postgresql://pnd:" + "jonquille42@base.exemple/cases",
        "ghp" + "_" + "a1B2" * 9,
        'key = "' + "q83vEjRWeJCrze8SNF" + "Z4kKvN7xI0VniQ5tWb" + 'LxYpA7s="',
    ],
)
def test_each_kind_of_secret_is_seen(text: str) -> None:
    assert secrets_in(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "PND_VAULT_KEY=",
        "postgresql+psycopg://pnd:MOT_DE_PASSE@base.exemple:5432/cases",
        '"test_a_backup_says_that_the_key_is_elsewhere_and_names_nobody"',
        "whsec_…",
    ],
)
def test_what_only_names_a_secret_passes(text: str) -> None:
    assert secrets_in(text) == []


def test_every_package_of_the_lock_has_its_hash() -> None:
    text = (ROOT / _LOCK).read_text(encoding="utf-8").replace("\\\n", " ")
    packages = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]

    assert len(packages) > 50
    assert [line.split()[0] for line in packages if "--hash=sha256:" not in line] == []
    assert [line.split()[0] for line in packages if "==" not in line] == []
