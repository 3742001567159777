"""Every handler module, imported for its registrations: reading the registry starts here."""
