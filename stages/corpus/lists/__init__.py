"""How data sets list their clips: one reader a data set, all of them in `registry`."""
