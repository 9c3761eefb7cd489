"""How passwords are kept, and what they must be."""

import re

import pytest

from models.password import advice_on
from store.passwords import digest_of, is_outdated, is_right, new_password


def test_a_password_is_kept_as_rfc_9106_wants_it_at_least() -> None:
    kept = digest_of("sept chevaux boivent la mer")

    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert is_right(kept, "sept chevaux boivent la mer")
    assert not is_right(kept, "sept chevaux boivent la mère")
    assert not is_right(None, "sept chevaux boivent la mer")
    assert not is_right("", "sept chevaux boivent la mer")
    assert not is_right("not a digest", "sept chevaux boivent la mer")
    assert not is_outdated(kept)


def test_one_password_is_the_same_on_every_keyboard() -> None:
    assert is_right(digest_of("été passé à rien faire"), "e\u0301te\u0301 passé à rien faire")


def test_first_passwords_are_drawn_and_can_be_read_over_the_phone() -> None:
    drawn = {new_password() for _ in range(50)}

    assert len(drawn) == 50
    assert all(re.fullmatch(r"[2-9b-z]{5}(-[2-9b-z]{5}){3}", each) for each in drawn)
    assert not set("".join(drawn)) & set("aeiouy01l")
    assert all(advice_on(each, "ref-21-a") is None for each in drawn)


@pytest.mark.parametrize(
    ("password", "advice"),
    [
        ("quatorze signe", "15 signes au moins"),
        ("x" * 201, "200 signes au plus"),
        ("ababababababababab", "répétés"),
        ("bonjour REF-21-A bonjour", "code du compte"),
        ("quelques mots vrais", None),
    ],
)
def test_a_password_is_long_varied_and_not_ones_code(password: str, advice: str | None) -> None:
    told = advice_on(password, "ref-21-a")

    assert (told is None) if advice is None else (told is not None and advice in told)
