"""The rooms: one module for each person who holds the screen. Rooms do not know each other."""
