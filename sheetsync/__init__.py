"""Public social-media numbers into your team's spreadsheet: one dated row per account, exactly once."""

__version__ = "0.1.0"
