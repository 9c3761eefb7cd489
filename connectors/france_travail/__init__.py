"""France Travail — employment and training: OAuth2, and polled because it does not call back."""
