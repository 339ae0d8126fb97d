"""The error that the server reports to the user of the page in place of data."""


class Refusal(Exception):
    """A request that cannot be answered with data.

    Args:
        message: What is wrong, and what to do about it.
        status: The HTTP status code.
    """

    def __init__(self, message: str, status: int = 404) -> None:
        super().__init__(message)
        self.status = status
