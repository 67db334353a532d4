"""What every request passes, whichever screen it is for: names, doors, headers, errors."""
