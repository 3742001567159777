"""What is true: the catalog, the engine, the work. No HTTP, no wire dialect."""
