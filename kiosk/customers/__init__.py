"""Who is this customer? Finding one, all that is known of one, and what may be done with it."""
