"""Who may do what: the rights of whoever is signed in, by the door they open."""

from kiosk.models import StaffSession


def may(session: StaffSession, door: str) -> bool:
    """Whether that session opens the door, one of `kiosk.web.doors.DOORS`.

    A PIN opens the till only. The day's list and its export open to managers and to staff with the export right.
    """
    staff, at_a_till = session.staff, session.device is not None and session.device.kind == "till"
    rights = {
        "staff": True,
        "till": at_a_till,
        "export": not session.is_by_pin and (staff.is_manager or staff.may_export),
        "office": not session.is_by_pin and staff.is_manager,
    }
    return rights[door]
