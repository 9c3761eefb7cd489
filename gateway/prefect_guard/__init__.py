"""The guard: Prefect has no users and no roles; whoever sees its screen passes through here."""
