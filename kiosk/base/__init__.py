"""What every other wing uses: the database, time, text that was typed, and how a thing is refused."""
