"""Whom did the shop know before? The list it brings along."""
