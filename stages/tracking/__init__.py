"""MLflow: runs, the registry, promotion and its gate."""
