"""The nouns and the rules. Pure: no network, no database session, no clock of their own."""
