"""Rows: tables, migrations, transactions, and functions that take a transaction."""
