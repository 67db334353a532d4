"""How names and addresses are compared: one written rule for search and for identity.

Two texts are the same when they are folded to the same letters. Folding leaves out what cannot be seen, apostrophes of
every kind and accents, makes letters small, and writes the letters below as ICAO Doc 9303 and everyday typing do.
"""

import re
import unicodedata

LONGEST = 60
# Letters that Unicode does not take apart into a base letter and an accent.
LETTERS = str.maketrans({
    "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "ə": "e", "ǝ": "e",
    "ŋ": "n", "ŧ": "t", "ɓ": "b", "ɗ": "d", "ɖ": "d", "ɛ": "e", "ƒ": "f", "ɣ": "g", "ƙ": "k", "ɔ": "o", "ʋ": "v",
    "ƴ": "y", "ʒ": "z", "ĸ": "q", "ӏ": "", "·": "",
})  # fmt: skip
APOSTROPHES = re.compile("['`´‘-‛′‵ʹ-ʿˈˊˋˮ՚׳Ꞌꞌ＇]")
# They take no room on the screen, though Unicode counts some of them as letters.
_UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"


def is_unseen(character: str) -> bool:
    """Whether it leaves no mark: a joiner, a direction mark, a filler. Spaces are not meant."""
    return unicodedata.category(character) == "Cf" or character in _UNSEEN or "\ufe00" <= character <= "\ufe0f"


def without_unseen(text: str) -> str:
    if text.isascii():
        return text
    return "".join(character for character in text if not is_unseen(character))


def is_visible(text: str) -> bool:
    """Whether a person sees anything of it."""
    return any(not c.isspace() and unicodedata.category(c)[0] != "M" for c in without_unseen(text))


def small(text: str) -> str:
    """The text in small letters, the Turkish İ and ı as well, which `lower` keeps apart from i."""
    return text.replace("İ", "i").lower().replace("i\u0307", "i").replace("ı", "i")


def fold(text: str) -> str:
    """The letters by which the text is compared; what stands between words stays."""
    bare = APOSTROPHES.sub("", without_unseen(text))
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", bare).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(LETTERS)


def words_in(text: str | None) -> set[str]:
    """The folded words of a text, as they are searched for: “Bjørn-Åge O’Neil” as bjorn, age and oneil."""
    letters = (c if unicodedata.category(c)[0] in "LMN" else " " for c in fold(text or ""))  # M: the vowels of हिन्दी
    return {word[:LONGEST] for word in "".join(letters).split()}


def words_to_find(name: str | None) -> set[str]:
    """The folded words by which a name is found: O’Neil by oneil, and by neil."""
    return words_in(name) | words_in(APOSTROPHES.sub(" ", name or ""))
