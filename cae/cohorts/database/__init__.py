"""Where cohorts are kept: tables, their migrations, and SQLite or PostgreSQL beneath them.

SQLAlchemy takes a moment to load, so nothing imports this before something is read or saved.
"""
