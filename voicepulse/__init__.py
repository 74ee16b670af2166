"""VoicePulse finds out early where people who agree in words would choose differently."""

__version__ = "0.4.0"
