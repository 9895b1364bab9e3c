"""What training and serving agree on; nothing here knows of either."""
