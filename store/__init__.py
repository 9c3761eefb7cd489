"""The case store. Database sessions open here and nowhere else."""
