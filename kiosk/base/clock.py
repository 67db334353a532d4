"""The time it is: an instant in UTC; and what to make of one that a wrong clock has stored."""

import os
from datetime import UTC, datetime, timedelta

MADE = datetime(2026, 1, 1, tzinfo=UTC)  # no clock that is right says an earlier instant
TOLERANCE = timedelta(minutes=10)  # as much as a clock is put right by without anything being made of it


def now() -> datetime:
    """This instant, in UTC; for tests the one that KIOSK_TEST_CLOCK says, in ISO 8601."""
    said = os.environ.get("KIOSK_TEST_CLOCK")
    if not said:
        return datetime.now(UTC)
    instant = datetime.fromisoformat(said)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def is_within(span: timedelta, since: datetime, at: datetime) -> bool:
    """Whether no more than `span` has passed since then; of an instant that is yet to come, by more than a clock is
    put right by, nobody knows, and nothing may go on for ever because of it."""
    return -TOLERANCE <= at - since <= span
