"""Figures of one style, and reports that open offline."""
