"""`make demo`: a whole campaign on this machine, with the simulator in Vonage's place."""
