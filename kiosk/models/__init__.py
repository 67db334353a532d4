"""All tables.

Money is in minor units of the shop's currency, instants are UTC, days are shop days.
"""

from kiosk.models.coupons import Coupon, Offer, Redemption, Series, Undo, Visit
from kiosk.models.customers import Customer, Merge, NameWord, Note
from kiosk.models.guard import Audit, Counter
from kiosk.models.imports import ImportBatch, ImportPiece, Opening
from kiosk.models.rewards import Message, Referral, Reward
from kiosk.models.shop import DaySum, Setting, Tally
from kiosk.models.signups import Answer, Consent, Feedback, QuestionnaireVersion, Signup, Submission, SurveyAnswer
from kiosk.models.staff import Device, Staff, StaffSession

# What is known of a customer besides the row itself, by tables that say whose it is
OF_A_CUSTOMER = (Signup, Answer, Consent, Coupon, Visit, Feedback, Note, Opening, Reward, Referral, Message)
