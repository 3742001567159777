"""What may be asked: one module per operation group, one function per operation."""
