"""Accounts, their roles, their open sessions, and what slows guessing down.

Tables of their own: the release before this one knows nothing of them and goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("password", sa.String(), nullable=True),
        sa.Column("first_password_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("oidc_issuer", sa.String(), nullable=True),
        sa.Column("oidc_uid", sa.String(), nullable=True),
        sa.Column("siret", sa.String(), nullable=True),
        sa.Column("oidc_subject", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("code"),
        sa.UniqueConstraint("oidc_issuer", "oidc_uid", "siret"),
    )
    op.create_table(
        "account_grant",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.code"]),
        sa.PrimaryKeyConstraint("account", "role", "territory", "agency"),
    )
    op.create_table(
        "login_session",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("means", sa.String(40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id_token", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.code"]),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_login_session_account"), "login_session", ["account"], unique=False)
    op.create_table(
        "login_throttle",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "provider_visit",
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("goes_to", sa.String(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state"),
    )


def downgrade() -> None:
    """Loses every account: they are made anew with `pnd user add`."""
    op.drop_table("provider_visit")
    op.drop_table("login_throttle")
    op.drop_index(op.f("ix_login_session_account"), table_name="login_session")
    op.drop_table("login_session")
    op.drop_table("account_grant")
    op.drop_table("account")
