"""The tables, in the order a coupon lives them.

Money is in minor units of the shop's currency, instants are UTC, days are shop days.
"""

from .books import Audit, Counter, Setting, Tally
from .coupons import Coupon, Offer, Redemption, Undo, Visit
from .customers import Customer, NameWord
from .signups import Answer, Consent, Signup
from .staff import Device, Staff, StaffSession

__all__ = [
    "Answer", "Audit", "Consent", "Counter", "Coupon", "Customer", "Device", "NameWord", "Offer", "Redemption",
    "Setting", "Signup", "Staff", "StaffSession", "Tally", "Undo", "Visit",
]  # fmt: skip
