"""The one-machine stack: emulators, stand-ins and the supervisor that runs them (design section 7)."""
