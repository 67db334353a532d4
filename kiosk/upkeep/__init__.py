"""Is the data safe? The folder it lies in, backups, restoring, checks."""
