"""The drawn signers of the sample: what a newcomer's first run learns from."""
