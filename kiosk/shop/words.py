"""How what can be changed, or is said of what was done, is called on screen."""

from flask_babel import lazy_gettext as _l

FIELDS = {
    "name": _l("Name"), "phone": _l("Mobile"), "email": _l("Email"), "sms": _l("Texts"), "call": _l("Calls"),
    "processing": _l("Processing of data"), "city": _l("Town or city"), "towns": _l("Towns"), "country": _l("Country"),
    "currency": _l("Currency"),
    "time_zone": _l("Time zone"), "language": _l("Language"), "languages": _l("Languages"),
    "privacy_contact": _l("Contact for questions about data"), "own_notice": _l("Own text in the privacy notice"),
    "public_url": _l("Public address"), "partner": _l("Partner"),
    "colour": _l("Colour"), "logo": _l("Logo"), "last_day": _l("Last day of the offer"), "opens": _l("Opens at"),
    "closes": _l("Closes at"), "other_hours": _l("Other hours on some days"),
    "day_ends": _l("The business day ends at"),
    "redeem_on_scan": _l("Redeem as soon as a coupon is scanned"),
    "relock_minutes": _l("Lock the till after this many minutes of inactivity"), "role": _l("Role"),
    "may_export": _l("Can export"), "passphrase": _l("Passphrase"), "pin": _l("PIN"), "rows": _l("Rows"),
    "sha256": _l("Checksum"), "made_at": _l("Backup of"), "head_before": _l("Log before"), "head": _l("Log before"),
    "reason": _l("Reason"), "csv_separator": _l("Between the columns"),
    "questions": _l("Questions"), "keep_months": _l("Months a customer is kept after the last visit"),
    "method": _l("Changed by"), "warranty": _l("Warranty card"), "preorder": _l("Pre-order"),
    "survey": _l("Anonymous survey"), "form_coupons": _l("Coupons of the forms"),
    "backup_folder": _l("Second place for backups"), "recovery_key": _l("Recovery sheet"),
    "epoch": _l("Restore a backup"), "in_doubt": _l("Backup of"),
    "customers": _l("Customers"), "customer": _l("Customer"),
    "messages_a_month": _l("Messages to one customer in a month, at most"), "rest_days": _l("Days of rest after each"),
    "quiet_from": _l("Nothing is sent from"), "quiet_until": _l("until"),
    "offer": _l("Offer"), "signups": _l("Signups"), "coupons": _l("Coupons"), "redemptions": _l("Redemptions"),
}  # fmt: skip
