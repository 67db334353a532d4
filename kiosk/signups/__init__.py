"""What do we ask, and what was answered? The questionnaire, sign-ups, consents."""
