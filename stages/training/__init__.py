"""Batches, schedules, metrics and the training loop."""
