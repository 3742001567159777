"""From scored pairs to groups: linkage, constraints by labels, confidence."""
