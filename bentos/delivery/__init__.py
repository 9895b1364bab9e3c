"""Bringing the service to a machine: packing, smoke test, deployment."""
