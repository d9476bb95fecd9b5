"""Microphones by name: their devices, and the sound they capture on the clock that stamps camera frames."""
