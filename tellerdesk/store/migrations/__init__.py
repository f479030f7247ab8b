"""The database's history: one file for each change of its shape, applied in order by `tellerdesk.store.schema`."""
