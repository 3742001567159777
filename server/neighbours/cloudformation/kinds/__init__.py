"""Types of resources, as tables: one module for the services that belong together."""
