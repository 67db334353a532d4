#!/usr/bin/env python3
"""What a shop of three years costs beside one of a month, with the same trade a day:
`python tests/load/growth.py [--customers 100000]`.

Prints the processor time of what customers and cashiers wait for, in both shops, and its ratio. Both are in this
process and take turns in short rounds; the figures are those of the quickest tenth. Takes about five minutes.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

from shop import open_shop  # noqa: E402 (found by the path that is set above)
from test_hot_paths import Shop  # noqa: E402 (the same)

from kiosk.base.clock import now  # noqa: E402 (the same)
from kiosk.upkeep import demo  # noqa: E402 (the same)

MONTHS, ROUNDS = 36, 150
WHAT = ("welcome", "sign up", "coupon", "phone", "till", "look up", "redeem", "today")


def opened(folder: Path, customers: int, years: int) -> Shop:
    app = open_shop(folder)
    with app.app_context():
        demo.fill(customers, now(), years)
    shop = Shop(app)
    shop.codes += [shop.signs_up().json["code"] for _ in range(ROUNDS + 10)]
    return shop


def cost(do) -> float:
    begun = time.process_time()
    assert do().status_code < 400
    return (time.process_time() - begun) * 1000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--customers", type=int, default=100_000, help="of the larger shop")
    most = options.parse_args().customers
    with tempfile.TemporaryDirectory() as folder:
        small = opened(Path(folder, "small"), most // MONTHS, years=0)
        large = opened(Path(folder, "large"), most, years=3)
        for what in WHAT:
            both = small.does()[what], large.does()[what]
            costs = list(zip(*[[cost(do) for do in both] for _ in range(ROUNDS)], strict=True))
            few, many = (statistics.quantiles(times, n=10)[0] for times in costs)
            print(f"{what:8} {many / few:5.2f} x   {many:6.2f} ms at {most} customers, {few:6.2f} at {most // MONTHS}")


if __name__ == "__main__":
    main()
