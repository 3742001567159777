"""What must survive a restart: SQLAlchemy behind frozen values."""
