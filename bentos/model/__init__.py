"""The model at work: where versions come from, and what they say of a clip."""
