"""The drill: the whole stack under load, broken on a seeded schedule, and reconciled to the last credit."""
