"""SQLAlchemy tables and the mapping between rows and the domain."""
