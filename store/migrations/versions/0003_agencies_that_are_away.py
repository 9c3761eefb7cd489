"""Breakers: which agency gives no answer, known by all processes. The release before ignores it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency_breaker",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("away_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("agency"),
    )


def downgrade() -> None:
    """What it holds is learnt again in three calls."""
    op.drop_table("agency_breaker")
