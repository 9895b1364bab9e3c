"""Errors that a client can act on."""


class RefusedError(Exception):
    """A request that is answered with a 4xx or 503 and a sentence saying what is wrong and what is right.

    Attributes:
        status: HTTP status.
        message: the sentence.
        where: place of the mistake in the body, e.g. `landmarks[3][17][0]`, or None.
        retry_after: seconds after which a repeat makes sense, or None.
    """

    def __init__(self, status: int, message: str, where: str | None = None, retry_after: float | None = None):
        super().__init__(message)
        self.status = status
        self.message = message
        self.where = where
        self.retry_after = retry_after

    def body(self) -> dict[str, str]:
        """The JSON that the client gets."""
        return {"error": self.message} | ({"where": self.where} if self.where else {})


class NoModelError(RefusedError):
    """There is no model to answer with."""

    def __init__(self, reason: str):
        super().__init__(503, f"no model is loaded: {reason}", retry_after=10)
