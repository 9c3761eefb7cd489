"""The pace of callbacks: one row for each agency that calls back, nothing of a departure in it.

A table of its own: the release before this one knows nothing of it and goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "callback_pace",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("ahead_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("agency"),
    )


def downgrade() -> None:
    """What it holds is a minute old at most."""
    op.drop_table("callback_pace")
