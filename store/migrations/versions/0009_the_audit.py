"""The audit of accesses: chained lines, and the sealed head of each chain.

Two tables of their own: the release before this one knows nothing of them and goes on, without a
line for what it opens.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_REFUSE_CHANGE = """
CREATE FUNCTION audit_refuses_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append-only';
END $$
"""
_LINES_ARE_APPEND_ONLY = """
CREATE TRIGGER audit_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_line
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses_change()
"""
_HEADS_STAY = """
CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses_change()
"""
_HEADS_GO_FORWARD = """
CREATE TRIGGER audit_head_goes_forward BEFORE UPDATE ON audit_head FOR EACH ROW
WHEN (NEW.chain <> OLD.chain OR NEW.number < OLD.number OR NEW.noted < OLD.noted)
EXECUTE FUNCTION audit_refuses_change()
"""


def upgrade() -> None:
    op.create_table(
        "audit_line",
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("beside_number", sa.Integer(), nullable=True),
        sa.Column("beside_digest", sa.LargeBinary(), nullable=True),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number"),
    )
    op.create_table(
        "audit_head",
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("noted", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain"),
    )
    for statement in (
        _REFUSE_CHANGE,
        _LINES_ARE_APPEND_ONLY,
        _HEADS_STAY,
        _HEADS_GO_FORWARD,
    ):
        op.execute(statement)


def downgrade() -> None:
    """Loses who read what, which nothing else tells."""
    op.drop_table("audit_head")
    op.drop_table("audit_line")
    op.execute("DROP FUNCTION audit_refuses_change()")
