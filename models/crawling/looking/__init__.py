"""How to look at a target: one module for each kind. Only the child process imports them."""
