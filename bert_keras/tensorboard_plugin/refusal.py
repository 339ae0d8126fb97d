"""What is answered in place of data, said to who looks at the page."""


class Refusal(Exception):
    """A request that cannot be answered with data.

    Args:
        message: What is wrong, and what to do.
        status: Of HTTP.
    """

    def __init__(self, message: str, status: int = 404) -> None:
        super().__init__(message)
        self.status = status
