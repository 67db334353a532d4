"""Names as they are looked for: without accents, capitals and whatever stands between the words."""

import re
import unicodedata

LONGEST = 60
_LIKE = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "þ": "th", "ð": "d"})


def words_in(name: str | None) -> set[str]:
    """“Bjørn-Åge” as bjorn and age; the same for what is typed to find him."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name or "") if not unicodedata.combining(c))
    return {word[:LONGEST] for word in re.findall(r"\w+", bare.casefold().translate(_LIKE))}
