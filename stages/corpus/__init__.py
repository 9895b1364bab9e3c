"""Where clips come from: the drawn sample, the WLASL zips, imported landmarks, and the manifest of them all."""
