"""The door's commands, one file for each group of them. Only the door itself imports screens and receipts."""
