"""Who may ask for what, and what is kept of whom: the tables that close the doors, and that tests and docs read."""

DOORS = {
    "anybody": "anybody",
    "staff": "whoever is signed in",
    "till": "whoever is signed in on a till",
    "today": "managers, and who has the export right, signed in by passphrase",
    "office": "managers, signed in by passphrase",
}
_BEHIND = {
    "anybody": (
        "GET /", "POST /signups", "GET /coupon", "GET /coupon/opened", "POST /coupon/done", "POST /tallies",
        "GET /offline", "GET /sw.js", "GET /theme.css", "GET /logo.png",
        "GET /join", "GET /JOIN", "POST /join", "GET /c/<token>", "GET /C/<token>",
        "GET /sign-in", "POST /sign-in", "POST /sign-out", "GET /setup/<token>", "POST /setup/<token>",
        "GET /pair/<secret>", "POST /pair/<secret>", "GET /till/sign-in", "POST /till/sign-in",
        "GET /healthz", "GET /static/<path:filename>",
    ),
    "staff": ("GET /me", "POST /me", "POST /me/sign-out", "POST /sign-in/again"),
    "till": (
        "GET /till", "POST /till/lookups", "POST /till/redemptions",
        "POST /till/redemptions/<id:redemption_id>/undo", "POST /till/visits",
    ),
    "today": ("GET /office", "GET /office/exports/<what>.<form>"),
    "office": (
        "GET /office/shop", "POST /office/shop", "GET /office/shop/poster/<any(a4, a5):size>",
        "GET /office/settings", "POST /office/settings", "POST /till/settings", "GET /office/audit",
        "GET /office/people", "POST /office/people", "GET /office/people/<id:person_id>",
        "POST /office/people/<id:person_id>", "POST /office/people/<id:person_id>/disable",
        "POST /office/people/<id:person_id>/enable",
        "GET /office/devices", "POST /office/devices", "POST /office/devices/<id:device_id>/revoke",
    ),
}  # fmt: skip
ROUTES = {route: door for door, routes in _BEHIND.items() for route in routes}
_PROVED = ("/office/people", "/office/exports")  # what asks for the passphrase again after fifteen minutes


def needs_proof(route: str) -> bool:
    return route.partition(" ")[2].startswith(_PROVED)


# table: how long a row is kept; its columns that say something of a person; the others
_CUSTOMER, _STAFF, _SHOP = "while she is a customer", "while what she did counts", "while the shop is"
_KEPT = {
    "setting": (_SHOP, "", "name value"),
    "staff": (_STAFF, "name folded_name language passphrase_hash pin_hash",
              "id role pin_tries pin_tried_at may_export created_at disabled_at"),
    "device": (_SHOP, "", "id kind label key_hash created_at paired_at seen_at revoked_at"),
    "staff_session": (_STAFF, "staff_id started_at seen_at proved_at ended_at", "id key_hash device_id is_by_pin"),
    "customer": (_CUSTOMER, "name city phone phone_backwards email language card_number", "id created_at"),
    "name_word": (_CUSTOMER, "customer_id word", ""),
    "offer": (_SHOP, "", "id purpose kind value gift minimum cap days_valid created_at"),
    "coupon": (_CUSTOMER, "code token customer_id",
               "id offer_id issued_at valid_from valid_until voided_at spent_at"),
    "signup": (_CUSTOMER, "customer_id digest",
               "id operation_id coupon_id device_id is_first questionnaire_version language finished_at"),
    "answer": (_CUSTOMER, "value", "id signup_id question"),
    "consent": (_CUSTOMER, "customer_id", "id signup_id purpose decision is_verified wording wording_hash "
                                          "notice_hash language method decided_at"),
    "visit": (_CUSTOMER, "customer_id what reason",
              "id operation_id coupon_id corrects_id staff_id device_id amount discount served_by happened_at "
              "received_at"),
    "redemption": (_SHOP, "", "id visit_id coupon_id operation_id staff_id device_id happened_at received_at "
                              "undone_at"),
    "undo": (_SHOP, "reason", "id redemption_id operation_id staff_id device_id happened_at"),
    "audit": (_SHOP, "", "id happened_at staff_id device_id action object_id outcome mac"),
    "tally": (_SHOP, "", "day what count seconds"),
    "counter": ("until it is counted anew", "", "name since count"),
}  # fmt: skip
COLUMNS = {
    f"{table}.{column}": (is_personal, kept)
    for table, (kept, personal, others) in _KEPT.items()
    for is_personal, columns in ((True, personal), (False, others))
    for column in columns.split()
}


def as_markdown() -> str:
    """All of docs/access.md: `python -c "from kiosk import manifest; print(manifest.as_markdown(), end='')"`."""
    lines = [
        "# Who may what, and what is kept",
        "",
        "From `kiosk/manifest.py`, which closes the doors. Tests go by it:",
    ]
    lines += ["what it does not name fails them.", "", "| Route | Who | Passphrase again |", "|---|---|---|"]
    lines += [f"| `{r}` | {DOORS[door]} | {'yes' if needs_proof(r) else ''} |" for r, door in ROUTES.items()]
    lines += ["", "| Table | Personal | Not personal | Kept |", "|---|---|---|---|"]
    lines += [
        f"| `{table}` | {', '.join(p.split())} | {', '.join(others.split())} | {kept} |"
        for table, (kept, p, others) in _KEPT.items()
    ]
    return "\n".join(lines) + "\n"
