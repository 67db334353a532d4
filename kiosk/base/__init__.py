"""What all else stands on: the database, time, text that was typed, and how a thing is refused."""
