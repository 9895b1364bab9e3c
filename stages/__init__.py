"""The factory: one module for each stage of dvc.yaml; what several stages share is in the sub-packages."""
