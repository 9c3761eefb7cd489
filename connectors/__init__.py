"""With whom. One folder per agency; each speaks that agency's language and no other."""
