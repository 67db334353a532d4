"""Who works here, and on what? People, what they prove themselves with, sessions and devices."""
