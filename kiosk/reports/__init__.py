"""How did it go? Figures, and the lists that are exported."""
