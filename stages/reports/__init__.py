"""What one stage reports and another one reads: a type for each report, and one way to write and read them."""
