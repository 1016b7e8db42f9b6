"""The daemon that hears timers expire and times out what they stand for. It never imports `webapp`."""
