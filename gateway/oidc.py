"""Speaks OpenID Connect to the identity provider, as ProConnect does (RFC 6749, 7636, 9207).

Its own HTTP: an agent is waiting, nothing is asked twice, and connectors.http is for agencies. The
protocol is authlib's; its client is not used, as it wants another HTTP library.
"""

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_urlsafe
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ValidationError

from core.settings import settings
from gateway.claims import ProviderNotTrusted, claims_about, siret_in, subject_of, uid_in

RETURN = "/connexion/proconnect/retour"
# Rule: neither name nor e-mail is asked for: nobody is known by them here.
_SCOPE = "openid uid siret"
_TIMEOUT = httpx.Timeout(8.0, connect=3.0)
_LONGEST_SECONDS = 15.0
_LARGEST_ANSWER = 256 * 1024
# Danger: a provider that is slow would hold every thread, those that answer agencies too.
_AT_ONCE = BoundedSemaphore(8)
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class ProviderAway(Exception):
    """The provider does not answer. Carries a code only."""


@dataclass(frozen=True)
class Leaving:
    """A browser on its way to the provider."""

    url: str
    state: str
    nonce: str
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class Agent:
    """An agent as the provider has just named them."""

    issuer: str
    subject: str
    uid: str = field(repr=False)
    siret: str
    id_token: str = field(repr=False)


class _Provider(BaseModel):
    """The discovery document (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None


class _Tokens(BaseModel):
    access_token: str
    id_token: str


def is_configured() -> bool:
    """Whether people may come in by a provider here."""
    return bool(settings().oidc_issuer)


def misconfiguration() -> str | None:
    """Return what is wrong in the settings of the provider, in French."""
    ours = settings()
    given = (ours.oidc_issuer, ours.oidc_client_id, ours.oidc_client_secret.get_secret_value())
    if not any(given):
        return None
    if not all(given):
        return "PND_OIDC_ISSUER, PND_OIDC_CLIENT_ID et PND_OIDC_CLIENT_SECRET vont ensemble."
    issuer = urlsplit(ours.oidc_issuer)
    is_trial = ours.env != "production" and issuer.hostname in _LOOPBACK
    if issuer.scheme != "https" and not is_trial:
        return "PND_OIDC_ISSUER : il faut une adresse en https."
    return None


def check_provider() -> str:
    """Return what can be said of the provider, in French. Raises `ProviderAway` or
    `ProviderNotTrusted`.
    """
    if not is_configured():
        return "non réglé : comptes locaux seulement"
    with _http() as http:
        provider = _discover(http)
        count = len(_keys(http, provider).keys)
    return f"joignable, {count} clé{'s' if count > 1 else ''} de signature"


def leave() -> Leaving:
    """Return where to send a browser. Raises `ProviderAway` or `ProviderNotTrusted`."""
    with _http() as http:
        provider = _discover(http)
    state, nonce, verifier = (token_urlsafe(48) for _ in range(3))
    url = prepare_grant_uri(
        provider.authorization_endpoint,
        client_id=settings().oidc_client_id,
        response_type="code",
        redirect_uri=_ours(RETURN),
        scope=_SCOPE,
        state=state,
        nonce=nonce,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )
    return Leaving(url, state, nonce, verifier)


def come_back(code: str, nonce: str, verifier: str) -> Agent:
    """Return who the code stands for. Raises `ProviderAway` or `ProviderNotTrusted`."""
    with _http() as http:
        # Rule: read anew at each login, which is rare: a key withdrawn there is not trusted here.
        provider = _discover(http)
        keys = _keys(http, provider)
        tokens = _exchange(http, provider, code, verifier)
        subject = subject_of(tokens.id_token, tokens.access_token, keys, nonce)
        bearer = {"Authorization": f"Bearer {tokens.access_token}"}
        told = _ask(http, "GET", provider.userinfo_endpoint, headers=bearer)
    claims = claims_about(told, keys, subject)
    return Agent(provider.issuer, subject, uid_in(claims), siret_in(claims), tokens.id_token)


def farewell(id_token: str, leads_to: str) -> str | None:
    """Return where a browser closes the session at the provider, and that leads back to a page of
    ours. None: the provider closes none. Raises `ProviderAway` or `ProviderNotTrusted`.
    """
    with _http() as http:
        provider = _discover(http)
    if provider.end_session_endpoint is None:
        return None
    params = {
        "id_token_hint": id_token,
        "state": token_urlsafe(24),
        "post_logout_redirect_uri": _ours(leads_to),
    }
    url: str = add_params_to_uri(provider.end_session_endpoint, list(params.items()))
    return url


def _ours(path: str) -> str:
    return settings().door_url.rstrip("/") + path


@contextmanager
def _http() -> Iterator[httpx.Client]:
    if not _AT_ONCE.acquire(blocking=False):
        raise ProviderAway("busy")
    try:
        # Danger: a redirect would carry the client's secret elsewhere.
        with httpx.Client(timeout=_TIMEOUT, follow_redirects=False, verify=_tls()) as http:
            yield http
    finally:
        _AT_ONCE.release()


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """The certificates that are trusted, read once: reading them takes longer than a login."""
    return httpx.create_ssl_context()


def _ask(http: httpx.Client, method: str, url: str, **sent: Any) -> bytes:
    until, content = time.monotonic() + _LONGEST_SECONDS, b""
    try:
        with http.stream(method, url, **sent) as answer:
            if answer.status_code != httpx.codes.OK:
                raise _refused(answer.status_code)
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > _LARGEST_ANSWER or time.monotonic() > until:
                    raise ProviderNotTrusted("too_long")
    except (httpx.HTTPError, httpx.InvalidURL) as trouble:
        # Danger: the message would hold the address, and the code in it.
        raise ProviderAway(type(trouble).__name__) from None
    return content


def _refused(status: int) -> Exception:
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.TOO_MANY_REQUESTS:
        return ProviderAway(f"http_{status}")
    return ProviderNotTrusted(f"http_{status}")


def _discover(http: httpx.Client) -> _Provider:
    if misconfiguration():
        raise ProviderNotTrusted("misconfigured")
    issuer = settings().oidc_issuer
    told = _ask(http, "GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    try:
        provider = _Provider.model_validate_json(told)
    except ValidationError:
        raise ProviderNotTrusted("discovery") from None
    if provider.issuer != issuer:
        raise ProviderNotTrusted("issuer")
    named = provider.model_dump(exclude={"issuer"}, exclude_none=True).values()
    # Danger: a document tampered with would send the secret, or the agent, to somebody else.
    if {_origin(address) for address in named} != {_origin(issuer)}:
        raise ProviderNotTrusted("origin")
    return provider


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc


def _keys(http: httpx.Client, provider: _Provider) -> KeySet:
    told = _ask(http, "GET", provider.jwks_uri)
    try:
        return KeySet.import_key_set(json.loads(told))
    except (JoseError, ValueError, KeyError, TypeError):
        raise ProviderNotTrusted("keys") from None


def _exchange(http: httpx.Client, provider: _Provider, code: str, verifier: str) -> _Tokens:
    told = _ask(
        http,
        "POST",
        provider.token_endpoint,
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": _ours(RETURN),
            "code_verifier": verifier,
            "client_id": settings().oidc_client_id,
            "client_secret": settings().oidc_client_secret.get_secret_value(),
        },
    )
    try:
        return _Tokens.model_validate_json(told)
    except ValidationError:
        raise ProviderNotTrusted("tokens") from None
