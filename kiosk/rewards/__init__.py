"""What brings customers in, and back? The offers that the owner makes, and the rewards that are due."""
