"""A key for each departure, in a table that backups leave out.

A table of its own, empty: what is sealed is left as it is until `pnd keys rotate`, so that the
release before this one goes on opening it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_key",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["departure.reference"]),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_index(op.f("ix_data_key_key_id"), "data_key", ["key_id"])


def downgrade() -> None:
    """Danger: whoever was sealed under a key of this table can no longer be read, for ever."""
    op.drop_index(op.f("ix_data_key_key_id"), table_name="data_key")
    op.drop_table("data_key")
