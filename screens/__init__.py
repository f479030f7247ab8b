"""What the teller sees: Textual screens. Knows commands and views, never a session or a table."""
