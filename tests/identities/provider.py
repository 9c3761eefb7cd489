"""An identity provider that speaks as ProConnect does, made of authlib's server: discovery, code
with PKCE, signed identity tokens, signed userinfo. It can be told to lie.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from authlib.common.security import generate_token
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750.token import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from fastapi import FastAPI, Request, Response
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from core.clock import SystemClock

CLIENT, SECRET = "porte-inventee", "secret-invente-du-client"
PATH = "/api/v2"
Claims = dict[str, Any]
Lie = Callable[[Claims], Claims]


Forgery = Callable[[Claims], str]


def signed_by(key: RSAKey) -> Forgery:
    """Sign with a key."""
    return lambda claims: jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key, ["RS256"])


def by_hand(alg: str, secret: bytes = b"") -> Forgery:
    """Write a token as no library would: not signed, or signed with what others know."""

    def written(claims: Claims) -> str:
        head = ".".join(_part({"alg": alg, "kid": "k1"}, claims))
        seal = hmac.digest(secret, head.encode(), "sha256") if secret else b""
        return f"{head}.{_encoded(seal)}"

    return written


def _part(*parts: Claims) -> list[str]:
    return [_encoded(json.dumps(part).encode()) for part in parts]


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def honest(claims: Claims) -> Claims:
    """Say what is so."""
    return claims


class Client(ClientMixin):  # type: ignore[misc]  # authlib is published without types
    """The door, as the provider registered it."""

    def __init__(self, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_post"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class _Code:
    """An authorization code that was given."""

    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> str:
        return "eidas1"

    def get_amr(self) -> list[str]:
        return ["pwd"]


class _Request(OAuth2Request):  # type: ignore[misc]
    def __init__(self, method: str, uri: str, headers: Any, fields: dict[str, str]) -> None:
        super().__init__(method, uri, headers=headers)
        self.payload = BasicOAuth2Payload(fields)
        self._fields = fields

    @property
    def args(self) -> dict[str, str]:
        return self._fields

    @property
    def form(self) -> dict[str, str]:
        return self._fields


@dataclass
class Provider:
    """What the provider knows and says. Change a field, and it lies."""

    url: str
    client: Client
    agent: Claims = field(default_factory=dict)
    """Of who sits in front of it."""
    lie: Lie = honest
    """About the identity token."""
    lie_of_userinfo: Lie = honest
    lie_of_itself: Lie = honest
    """In its discovery document."""
    forge: "Forgery | None" = None
    """How the identity token is made instead of being signed."""
    forge_of_userinfo: "Forgery | None" = None
    is_away: bool = False
    codes: dict[str, _Code] = field(default_factory=dict)
    scopes: list[str] = field(default_factory=list)
    """What was asked for at each login."""
    _own: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}))

    @property
    def issuer(self) -> str:
        return self.url + PATH

    @property
    def public_key(self) -> bytes:
        return self._own.as_pem(private=False)

    def keys(self) -> Claims:
        """Return what is published of the keys."""
        return dict(KeySet([self._own]).as_dict(private=False))

    def signed(self, claims: Claims) -> str:
        """Sign as a provider does."""
        return signed_by(self._own)(claims)

    def base_claims(self) -> Claims:
        now = int(SystemClock().now().timestamp())
        return {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}


class _Server(AuthorizationServer):  # type: ignore[misc]
    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider
        self.register_token_generator(
            "default", BearerTokenGenerator(lambda **_: "jeton-d-acces-invente")
        )
        self.register_grant(_grant(provider), [CodeChallenge(required=True), _identity(provider)])

    def query_client(self, client_id: str) -> Client | None:
        return self.provider.client if client_id == CLIENT else None

    def save_token(self, token: Any, request: Any) -> None:
        """Keep nothing: one access token is good for all."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Tell nobody."""

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        content = json.dumps(body) if isinstance(body, dict) else body
        return Response(content, status, dict(headers))


def _grant(provider: Provider) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_post",)

        def save_authorization_code(self, code: str, request: _Request) -> None:
            asked = request.payload.data
            provider.codes[code] = _Code(
                asked["redirect_uri"],
                asked["scope"],
                asked.get("nonce"),
                asked.get("code_challenge"),
                asked.get("code_challenge_method"),
            )

        def query_authorization_code(self, code: str, client: Client) -> _Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: _Code) -> None:
            kept = {c: given for c, given in provider.codes.items() if given != authorization_code}
            provider.codes = kept

        def authenticate_user(self, authorization_code: _Code) -> Claims:
            return provider.agent

    return Grant


def _identity(provider: Provider) -> OpenIDCode:
    class Identity(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, request: _Request) -> bool:
            return False

        def get_client_claims(self, client: Client) -> Claims:
            return provider.base_claims()

        def encode_id_token(self, token: Claims, request: _Request) -> str:
            claims = provider.base_claims() | {"sub": provider.agent["sub"]}
            claims |= self.get_authorization_code_claims(request.authorization_code)
            return (provider.forge or provider.signed)(provider.lie(claims))

    return Identity(require_nonce=True)


def provider_app(provider: Provider) -> FastAPI:
    """Return the provider, to be served."""
    app, server = FastAPI(), _Server(provider)

    @app.middleware("http")
    async def away(request: Request, answer: Any) -> Response:
        if provider.is_away:
            return Response("en panne", 503)
        told: Response = await answer(request)
        return told

    @app.get(f"{PATH}/.well-known/openid-configuration")
    async def discovery() -> Claims:
        here = provider.issuer
        return provider.lie_of_itself(
            {
                "issuer": here,
                "authorization_endpoint": f"{here}/authorize",
                "token_endpoint": f"{here}/token",
                "userinfo_endpoint": f"{here}/userinfo",
                "jwks_uri": f"{here}/jwks",
                "end_session_endpoint": f"{here}/session/end",
            }
        )

    @app.get(f"{PATH}/jwks")
    async def jwks() -> Claims:
        return provider.keys()

    @app.get(f"{PATH}/authorize")
    async def authorize(request: Request) -> Response:
        asked = _Request("GET", str(request.url), request.headers, dict(request.query_params))
        provider.scopes.append(asked.payload.scope)
        grant = server.get_consent_grant(asked, provider.agent)
        told: Response = server.create_authorization_response(asked, provider.agent, grant)
        return told

    @app.post(f"{PATH}/token")
    async def token(request: Request) -> Response:
        fields = dict(parse_qsl((await request.body()).decode()))
        asked = _Request("POST", str(request.url), request.headers, fields)
        told: Response = server.create_token_response(asked)
        return told

    @app.get(f"{PATH}/userinfo")
    async def userinfo(request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer jeton-d-acces-invente":
            return Response(status_code=401)
        claims = provider.lie_of_userinfo(provider.base_claims() | provider.agent)
        token = (provider.forge_of_userinfo or provider.signed)(claims)
        return Response(token, media_type="application/jwt")

    return app


def new_agent() -> Claims:
    """Return an invented agent, as ProConnect describes one."""
    return {
        "sub": generate_token(32),
        "uid": "agent-invente-0042",
        "given_name": "Camille",
        "usual_name": "Inventée",
        "email": "camille.inventee@exemple.example",
        "siret": "00000021000013",
    }
