"""Clips as training sees them: ragged, memory-mapped arrays of landmarks with their labels."""
