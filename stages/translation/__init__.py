"""How good gloss to English is: phrases with references, simulated recogniser errors, scores."""
