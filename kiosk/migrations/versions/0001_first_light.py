"""The first release. A new data file gets its tables as the models have them; later changes follow from here."""

revision, down_revision = "0001", None


def upgrade() -> None:
    """Nothing: the data files that are at this step were made with these tables."""
