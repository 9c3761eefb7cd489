"""BAV — the courthouse help desk: facts and dates are followed, nothing is ever filed."""
