"""The questionnaire in force: the built-in one, until an edited one takes its place."""

from kiosk.signups.built_in import BUILT_IN
from kiosk.signups.questionnaire import Questionnaire


def current() -> Questionnaire:
    """The questionnaire that is asked now."""
    return BUILT_IN
