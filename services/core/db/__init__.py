"""The SQL database: tables, stores of a unit of work, migrations."""
