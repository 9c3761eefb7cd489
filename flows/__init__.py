"""When. The only layer that waits."""
