"""Who sent which form through the screen.

A table of its own: the release before this one knows nothing of it and goes on, under the name of
the page.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "form_sending",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("flow_run", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_form_sending_flow_run", "form_sending", ["flow_run"])


def downgrade() -> None:
    """Loses who sent the forms on their way; those collected are in the questions."""
    op.drop_index("ix_form_sending_flow_run", table_name="form_sending")
    op.drop_table("form_sending")
