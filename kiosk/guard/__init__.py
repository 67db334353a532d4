"""Who did what, and how often: the log of actions, and the limits."""
