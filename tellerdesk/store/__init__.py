"""The database: engine, unit of work, column types, sealed columns, history triggers, migrations."""
