"""The shop served otherwise than it should be, to see that the tests notice: `broken.py PRAGMA=VALUE… -- OPTIONS`.

`driver=sqlcipher3` is not broken: it serves with that module's newer SQLite in place of Python's own.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
end = sys.argv.index("--")
changes = dict(change.split("=") for change in sys.argv[1:end])
sys.argv[1:] = sys.argv[end + 1 :]

if changes.pop("driver", None) == "sqlcipher3":
    import sqlcipher3

    sys.modules["sqlite3"], sys.modules["sqlite3.dbapi2"] = sqlcipher3, sqlcipher3.dbapi2

from kiosk import __main__  # noqa: E402 (it takes the driver that is set above)
from kiosk.base import database  # noqa: E402 (the same)

database.ON_EACH_CONNECTION.update(changes)
__main__.main()
