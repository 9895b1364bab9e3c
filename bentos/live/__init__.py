"""Live sessions: landmark frames in, committed glosses and English out."""
