"""The service: recogniser, translation runner, live sessions and the page. Imports nothing of stages."""
