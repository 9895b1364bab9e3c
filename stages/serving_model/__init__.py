"""What travels inside the registered model: NumPy and LiteRT only."""
