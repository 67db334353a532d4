"""What shop is this? Its name, place, money, days and look, and the languages it speaks."""
