"""The tables. What is derived is kept by content: a row is found again by what it was made from, never by when."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Integer, MetaData, String, Table, Text, UniqueConstraint

metadata = MetaData()

# What holds for the whole study, for instance the mode it was locked to with its first answer.
fact = Table("fact", metadata, Column("name", String, primary_key=True), Column("value", Text, nullable=False))

consent = Table(
    "consent",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("speaker", String, nullable=False),
    Column("wave", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("given_at", String, nullable=False),
)

# One answer that was given. `digest` is the SHA-256 of the audio's bytes, or of a typed or imported answer's place and text.
recording = Table(
    "recording",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("kind", String, nullable=False),  # audio, text
    Column("extension", String, nullable=False),
    Column("question", String, nullable=False),
    Column("speaker", String, nullable=False),
    Column("wave", String, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("confirmed_choice", String),
    Column("received_at", String, nullable=False),
)

transcript = Table(
    "transcript",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("recording", String(64), ForeignKey("recording.digest", ondelete="CASCADE"), nullable=False),
    Column("key", String(64), nullable=False),  # engine, weights, settings, language, vocabulary
    Column("value", Text, nullable=False),
    Column("made_at", String, nullable=False),
    UniqueConstraint("recording", "key"),
)

reading = Table(
    "reading",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("recording", String(64), ForeignKey("recording.digest", ondelete="CASCADE"), nullable=False),
    Column("key", String(64), nullable=False),  # transcript, question, reader
    Column("value", Text, nullable=False),
    Column("made_at", String, nullable=False),
    UniqueConstraint("recording", "key"),
)

# Append-only: what people said about readings. The latest of a field counts, all stay.
correction = Table(
    "correction",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("recording", String(64), ForeignKey("recording.digest", ondelete="CASCADE"), nullable=False),
    Column("field", String, nullable=False),
    Column("value", Text, nullable=False),
    Column("author", String, nullable=False),
    Column("made_at", String, nullable=False),
)

comparison = Table(
    "comparison",
    metadata,
    Column("key", String(64), primary_key=True),  # readings, corrections, questions, thresholds, seed
    Column("wave", String, nullable=False),
    Column("value", Text, nullable=False),
    Column("made_at", String, nullable=False),
)

# Which answers an anonymous study has shown counts of. An erased speaker's place stays, without name and content.
release = Table(
    "release",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("wave", String, nullable=False),
    Column("answers", Text, nullable=False),  # JSON list of question, speaker, recording
    Column("made_at", String, nullable=False),
)

# A speaker's link; of its secret only the SHA-256 is kept, as of all secrets here. `browser` is whose it has become with consent.
invite = Table(
    "invite",
    metadata,
    Column("id", String, primary_key=True),
    Column("speaker", String, nullable=False),
    Column("token", String(64), nullable=False, unique=True),
    Column("made_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
    Column("revoked_at", String),
    Column("browser", String(64)),
    Column("wave", String),  # in which it is answered: the one that was open at consent
    Column("done_at", String),  # when the speaker checked everything and finished
)

# Researchers and leaders. `password` is an argon2id hash with its parameters.
account = Table(
    "account",
    metadata,
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),  # researcher, leader
    Column("password", String, nullable=False),
    Column("made_at", String, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("account", String, ForeignKey("account.name", ondelete="CASCADE"), nullable=False),
    Column("expires_at", String, nullable=False),
)

# A take that comes in from a browser; its bytes stand in the file `name` in the folder of takes until it is a recording.
upload = Table(
    "upload",
    metadata,
    Column("name", String, primary_key=True),
    Column("speaker", String, nullable=False),
    Column("wave", String, nullable=False),
    Column("question", String, nullable=False),
    Column("take", String, nullable=False),  # what the browser calls it
    Column("begun_at", String, nullable=False),
    Column("recording", String(64)),  # what it became
    UniqueConstraint("speaker", "take"),
)
