"""The listener without its nudge: the plain subscriber that `make bench-lateness` uses as its control."""

from expiry_listener import __main__ as entrance
from expiry_listener import listener

if __name__ == "__main__":
    listener.Listener.__init__.__kwdefaults__["nudge"] = False
    entrance.main([])
