"""What lists hold of ended runs, and the language that they are searched in (domain S7.1)."""
