"""The first tables. Append-only: later changes are migrations of their own, and this one never changes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table("fact", sa.Column("name", sa.String, primary_key=True), sa.Column("value", sa.Text, nullable=False))
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("speaker", sa.String, nullable=False),
        sa.Column("wave", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("given_at", sa.String, nullable=False),
    )
    op.create_table(
        "recording",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("extension", sa.String, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("speaker", sa.String, nullable=False),
        sa.Column("wave", sa.String, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("confirmed_choice", sa.String),
        sa.Column("received_at", sa.String, nullable=False),
    )
    for name in ("transcript", "reading"):
        op.create_table(
            name,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column(
                "recording", sa.String(64), sa.ForeignKey("recording.digest", ondelete="CASCADE"), nullable=False
            ),
            sa.Column("key", sa.String(64), nullable=False),
            sa.Column("value", sa.Text, nullable=False),
            sa.Column("made_at", sa.String, nullable=False),
            sa.UniqueConstraint("recording", "key"),
        )
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("recording", sa.String(64), sa.ForeignKey("recording.digest", ondelete="CASCADE"), nullable=False),
        sa.Column("field", sa.String, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
    )
    op.create_table(
        "comparison",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("wave", sa.String, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
    )
