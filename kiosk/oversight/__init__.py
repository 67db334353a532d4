"""Is the shop in order? Its health, what is worth a look, and the papers that authorities ask for.

It looks at what the other wings do and changes nothing; in upkeep, which keeps the data safe, there was no room for it.
"""
