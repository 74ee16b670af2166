"""Answers from the browser: links for speakers, accounts and their sessions, and recordings that are still coming in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "invite",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("speaker", sa.String, nullable=False),
        sa.Column("token", sa.String(64), nullable=False, unique=True),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("expires_at", sa.String, nullable=False),
        sa.Column("revoked_at", sa.String),
        sa.Column("browser", sa.String(64)),
        sa.Column("wave", sa.String),
        sa.Column("done_at", sa.String),
    )
    op.create_table(
        "account",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("password", sa.String, nullable=False),
        sa.Column("made_at", sa.String, nullable=False),
    )
    op.create_table(
        "session",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("account", sa.String, sa.ForeignKey("account.name", ondelete="CASCADE"), nullable=False),
        sa.Column("expires_at", sa.String, nullable=False),
    )
    op.create_table(
        "upload",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("speaker", sa.String, nullable=False),
        sa.Column("wave", sa.String, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("take", sa.String, nullable=False),
        sa.Column("begun_at", sa.String, nullable=False),
        sa.Column("recording", sa.String(64)),
        sa.UniqueConstraint("speaker", "take"),
    )
