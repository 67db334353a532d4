"""What is a coupon worth, and was it used? Offers, coupons, their codes, and the purchases at the till."""
