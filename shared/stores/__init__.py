"""What PostgreSQL and Redis hold for the shop."""
