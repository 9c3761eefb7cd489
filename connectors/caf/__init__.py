"""CAF and MSA — the paying bodies of the emergency allowance (AUU): they accept, then call back."""
