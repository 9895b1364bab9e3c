"""What stands between a change and the people who use the model: the run it needs, and what it does to the model."""
