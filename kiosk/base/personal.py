"""What is personal, and how long it is kept: a table says it of its columns, a column that differs of itself.

A column of text says it in any case, unless its table takes every column for personal: what people write is where
they come in.
"""

from sqlalchemy import JSON, Column, String

PERSONAL, NOT_PERSONAL = {"personal": True}, {"personal": False}
WHILE_A_CUSTOMER, WHILE_STAFF, WHILE_THE_SHOP_IS = (
    "while the person is a customer", "while what the person did at work counts", "while the shop is"
)  # fmt: skip


def kept(how_long: str, *, personal: bool = False) -> dict:
    """What a table says, as the last of its `__table_args__`."""
    return {"info": {"kept": how_long, "personal": personal}}


def about(column: Column) -> tuple[bool, str] | None:
    """Whether a column is personal, and how long it is kept; None when that is not said."""
    table, own = column.table.info, column.info
    must_say = isinstance(column.type, String | JSON) and not table.get("personal")
    said = own if must_say else table | own
    return (said["personal"], (table | own)["kept"]) if "personal" in said and "kept" in table | own else None
