"""From a lattice of glosses to a sentence."""
