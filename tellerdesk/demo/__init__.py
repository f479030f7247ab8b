"""The demonstration: a branch with sample staff, and counterparts that behave and misbehave like real ones."""
