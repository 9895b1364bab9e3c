"""Landmarks: the 180-point skeleton, video decoding, MediaPipe extraction and the landmark store."""
