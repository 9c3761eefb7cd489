"""What the identity provider claims of somebody, believed only when it is signed, for us, and fresh
(OpenID Connect Core 1.0, 3.1.3.7).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry, decode

from core.clock import SystemClock
from core.settings import settings

# Danger: never « none », never a shared secret: whoever reads our settings could sign.
_SIGNATURES = ["RS256", "PS256", "ES256"]
_LEEWAY_SECONDS = 60
_SIRET = re.compile(r"\d{14}")
_LONGEST_UID = 256


class ProviderNotTrusted(Exception):
    """What the provider said, or what a browser brought back, is not to be believed. Carries a code
    only.
    """


def subject_of(id_token: str, access_token: str, keys: KeySet, nonce: str) -> str:
    """Return whom an identity token names, for us, at this login. Raises `ProviderNotTrusted`."""
    ours = settings()
    with _believing("id_token"):
        token = decode(id_token, keys, _SIGNATURES)
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": ours.oidc_issuer},
                "aud": {"essential": True, "value": ours.oidc_client_id},
                "sub": {"essential": True},
                "exp": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            },
            {
                "nonce": nonce,
                "client_id": ours.oidc_client_id,
                "access_token": access_token,
            },
        )
        claims.validate(_now(), _LEEWAY_SECONDS)
        return str(claims["sub"])


def claims_about(told: bytes, keys: KeySet, subject: str) -> Mapping[str, Any]:
    """Return what a signed userinfo says of a subject. Raises `ProviderNotTrusted`."""
    ours = settings()
    with _believing("userinfo"):
        # Rule: what ProConnect says of an agent is signed; what is not is not believed.
        token = decode(told, keys, _SIGNATURES)
        JWTClaimsRegistry(
            _now(),
            _LEEWAY_SECONDS,
            iss={"essential": True, "value": ours.oidc_issuer},
            aud={"essential": True, "value": ours.oidc_client_id},
            sub={"essential": True, "value": subject},
        ).validate(token.claims)
        return token.claims


def uid_in(claims: Mapping[str, Any]) -> str:
    """Return the agent's identifier at their own provider. Raises `ProviderNotTrusted`."""
    uid = claims.get("uid")
    if not isinstance(uid, str) or not 0 < len(uid) <= _LONGEST_UID:
        raise ProviderNotTrusted("uid")
    return uid


def siret_in(claims: Mapping[str, Any]) -> str:
    """Return the SIRET of the agent's organisation. Raises `ProviderNotTrusted`."""
    siret = claims.get("siret")
    if not isinstance(siret, str) or not _SIRET.fullmatch(siret):
        raise ProviderNotTrusted("siret")
    return siret


@contextmanager
def _believing(what: str) -> Iterator[None]:
    try:
        yield
    except (JoseError, ValueError, KeyError, TypeError) as doubt:
        # Danger: the message would hold what is claimed of somebody.
        raise ProviderNotTrusted(f"{what}_{type(doubt).__name__}") from None


def _now() -> int:
    return int(SystemClock().now().timestamp())
