"""Is the shop in order? Its health, what is worth a look, and the papers that authorities ask for.

It reads what the other wings store and changes nothing; what keeps the data safe is in upkeep.
"""
