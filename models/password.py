"""What a password must be. Length before signs: a phrase is easier to keep, and harder to find."""

SHORTEST, LONGEST = 15, 200
_FEWEST_DISTINCT = 6


def advice_on(password: str, account: str) -> str | None:
    """Return what is wrong with a new password, in French; None when it can be taken."""
    if len(password) < SHORTEST:
        return f"{SHORTEST} signes au moins : quelques mots sans lien entre eux conviennent."
    if len(password) > LONGEST:
        return f"{LONGEST} signes au plus."
    if len(set(password)) < _FEWEST_DISTINCT:
        return "Trop de signes répétés : choisissez quelques mots sans lien entre eux."
    if account.lower() in password.lower():
        return "Le code du compte n'y a pas sa place."
    return None
