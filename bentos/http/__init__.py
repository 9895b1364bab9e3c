"""What comes in over HTTP: routes, request bodies, middleware and limits."""
