"""What every page of the office shares."""

from kiosk.base.contacts import masked
from kiosk.reports.cells import consent_word
from kiosk.shop import languages
from kiosk.web.doors import Room

room = Room("office", __name__, to="office", url_prefix="/office")


@room.context_processor
def words() -> dict:
    """How a row is read: the consent, the contact, the language."""
    names = {language.code: language.name for language in languages.offered()}
    return {"consent_word": consent_word, "masked": masked, "language_name": lambda code: names.get(code, code)}
