"""The database: engine, transactions, the grouped commit, tables and migrations."""
