"""All tables.

Money is in minor units of the shop's currency, instants are UTC, days are shop days.
"""

from kiosk.models.coupons import Coupon, Offer, Redemption, Series, Undo, Visit
from kiosk.models.customers import Customer, Merge, NameWord, Note
from kiosk.models.guard import Audit, Counter
from kiosk.models.imports import ImportBatch, ImportPiece, Opening
from kiosk.models.reports import DaySum
from kiosk.models.rewards import Message, Referral, Reward
from kiosk.models.shop import Setting
from kiosk.models.signups import (
    Answer,
    Consent,
    Feedback,
    QuestionnaireVersion,
    Signup,
    Submission,
    SurveyAnswer,
    Tally,
)
from kiosk.models.staff import Device, Staff, StaffSession

# What is known of a customer besides the row itself, by tables that say whose it is
OF_A_CUSTOMER = (Signup, Answer, Consent, Coupon, Visit, Feedback, Note, Opening, Reward, Referral, Message)

__all__ = [
    "OF_A_CUSTOMER", "Answer", "Audit", "Consent", "Counter", "Coupon", "Customer", "DaySum", "Device", "Feedback",
    "ImportBatch", "ImportPiece", "Merge", "Message", "NameWord", "Note", "Offer", "Opening", "QuestionnaireVersion",
    "Redemption", "Referral", "Reward", "Series", "Setting", "Signup", "Staff", "StaffSession", "Submission",
    "SurveyAnswer", "Tally", "Undo", "Visit",
]  # fmt: skip
