"""Account — compte : who may come in, by an opaque code. Holds no name and no address."""

from datetime import datetime, timedelta

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import coded, instant, optional_instant
from models.identity import Grant, Role

# Rule: a first password that nobody used in three days has travelled for too long.
FIRST_PASSWORD_LASTS = timedelta(days=3)


class Account(SQLModel, table=True):
    """One account. It comes in by a password of its own, or by an identity at a provider."""

    __tablename__ = "account"
    __table_args__ = (
        # Danger: two providers behind ProConnect may know two people under one uid.
        UniqueConstraint("oidc_issuer", "oidc_uid", "siret"),
    )

    code: str = Field(primary_key=True)
    password: str | None = None
    """An Argon2id digest; None of an account that comes in by a provider."""
    first_password_until: datetime | None = optional_instant()
    """Set while the password is the one that was handed over: until then it serves to choose
    another, and for nothing else.
    """
    oidc_issuer: str | None = None
    oidc_uid: str | None = None
    siret: str | None = None
    """Of the organisation for which this agent comes in."""
    oidc_subject: str | None = None
    """What the provider called this agent at the first login, and must at each one after."""
    created_at: datetime = instant()
    disabled_at: datetime | None = optional_instant()

    @property
    def must_change_password(self) -> bool:
        """Whether nothing is open to this account before it has a password of its own."""
        return self.first_password_until is not None

    def may_enter(self, now: datetime) -> bool:
        """Whether a right password opens a session now."""
        first = self.first_password_until
        return self.disabled_at is None and (first is None or now < first)


class AccountGrant(SQLModel, table=True):
    """AccountGrant — rôle attribué : one role of an account in one territory."""

    __tablename__ = "account_grant"

    account: str = Field(primary_key=True, foreign_key="account.code")
    role: Role = coded(Role, primary_key=True)
    territory: str = Field(primary_key=True)
    agency: str = Field(default="", primary_key=True)
    """Empty for whoever is no agency's agent: part of a key is never absent."""

    def as_grant(self) -> Grant:
        """Return it as the rules know it."""
        return Grant(self.role, self.territory, self.agency or None)
