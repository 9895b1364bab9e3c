"""Random changes of a clip that keep its gloss."""
