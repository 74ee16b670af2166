"""Which answers an anonymous study has shown counts of, so that no later report differs from an earlier one by a person."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("wave", sa.String, nullable=False),
        sa.Column("answers", sa.Text, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
    )
