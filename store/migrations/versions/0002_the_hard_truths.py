"""Facts, protections, ladders, consents that end, questions handed over, moves.

The facts of a departure opened before are drawn from the vault when it is next loaded.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_QUESTIONS_OF_OLD = """
UPDATE question SET asked_of = departure.referent FROM departure
WHERE departure.reference = question.reference
"""
# A yes given before this release covers all that its measure was sent with, for half a year more.
_EVERY_DATA_SET = json.dumps(
    [
        "authority",
        "children",
        "commune",
        "danger_band",
        "evidence",
        "first_name",
        "health_needs",
        "identity",
        "language",
        "mail_address",
        "money",
        "places_to_avoid",
        "safe_contact",
        "work",
    ]
)
# A reminder that runs was the first step of a ladder.
_REMINDED_OF_OLD = "UPDATE deadline SET kind = 'ladder', rung = 0 WHERE kind = 'reminded'"
_TAKEN_BACK_OF_OLD = """
UPDATE question SET answer_about = substr(answer, 11), answer = 'take_back'
WHERE answer LIKE 'take\\_back\\_%' AND answer <> 'take_back_nothing'
"""
_TAKE_BACK_OPTIONS_OF_OLD = """
UPDATE question SET options = (
    SELECT json_agg(CASE WHEN option LIKE 'take\\_back\\_%' AND option <> 'take_back_nothing'
        THEN 'take_back:' || substr(option, 11) ELSE option END)
    FROM json_array_elements_text(options) AS option
) WHERE kind = 'take_back'
"""


def upgrade() -> None:
    op.create_table(
        "facts",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("under_26", sa.Boolean(), nullable=False),
        sa.Column("children_under_21", sa.Integer(), nullable=False),
        sa.Column("is_allocataire", sa.Boolean(), nullable=False),
        sa.Column("shares_file", sa.Boolean(), nullable=False),
        sa.Column("resources_band", sa.String(40), nullable=False),
        sa.Column("joint_account", sa.Boolean(), nullable=False),
        sa.Column("last_allowance_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("parental_authority", sa.String(40), nullable=False),
        sa.Column("psy_triage", sa.String(40), nullable=False),
        sa.Column("mail_is_safe", sa.Boolean(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("windows", sa.JSON(), nullable=False),
        sa.Column("may_leave_voicemail", sa.Boolean(), nullable=False),
        sa.Column("caller_id_hidden", sa.Boolean(), nullable=False),
        sa.Column("has_code_word", sa.Boolean(), nullable=False),
        sa.Column("has_cover_story", sa.Boolean(), nullable=False),
        sa.Column("device_compromised", sa.Boolean(), nullable=True),
        sa.Column("shared_accounts", sa.JSON(), nullable=False),
        sa.Column("excluded_agencies", sa.JSON(), nullable=False),
        sa.Column("guarded_agencies", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["departure.reference"]),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_table(
        "protection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["reference"], ["departure.reference"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference", "kind"),
    )
    op.create_index(op.f("ix_protection_reference"), "protection", ["reference"], unique=False)
    # The release before this one runs beside it for a while: what it reads stays, what it does not
    # write has a default.
    op.alter_column("departure", "has_children", nullable=True)
    op.add_column(
        "departure",
        sa.Column("pathway", sa.String(40), nullable=False, server_default="complet"),
    )
    op.add_column("departure", sa.Column("came_from", sa.String(), nullable=True))
    op.add_column("departure", sa.Column("moved_to", sa.String(), nullable=True))
    op.add_column(
        "consent",
        sa.Column("data_sets", sa.JSON(), nullable=False, server_default=_EVERY_DATA_SET),
    )
    op.add_column(
        "consent",
        sa.Column(
            "ends_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("now() + interval '180 days'"),
        ),
    )
    op.add_column("question", sa.Column("about", sa.String(), nullable=True))
    op.add_column("question", sa.Column("answer_about", sa.String(), nullable=True))
    op.add_column("question", sa.Column("asked_of", sa.String(), nullable=False, server_default=""))
    op.add_column("deadline", sa.Column("rung", sa.Integer(), nullable=True))
    op.add_column("deadline", sa.Column("about", sa.String(), nullable=True))
    for old in (
        _QUESTIONS_OF_OLD,
        _REMINDED_OF_OLD,
        _TAKEN_BACK_OF_OLD,
        _TAKE_BACK_OPTIONS_OF_OLD,
    ):
        op.execute(old)


def downgrade() -> None:
    """Going back would lose protections, ends of consents and who is asked."""
    raise RuntimeError("les migrations ne vont qu'en avant : restaurer la sauvegarde d'avant 0002")
