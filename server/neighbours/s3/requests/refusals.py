"""Refusals of S3 in the form of AWS's answers."""

from xml.sax.saxutils import escape

from gluematch.models import ids

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body, as moto's handlers return them."""

_NOT_XML = {code: " " for code in range(32) if chr(code) not in "\t\n\r"} | {0xFFFE: " "}


class Refused(Exception):
    """A request is refused with an error code of S3, a message, and members beside them."""

    def __init__(self, code: str, message: str, status: int = 400, **members: str) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.members = code, message, status, members

    def answer(self) -> Answer:
        """The answer: an Error document."""
        members = {"Code": self.code, "Message": self.message, **self.members}
        members["RequestId"] = ids.unique()
        inside = "".join(f"<{name}>{_text(value)}</{name}>" for name, value in members.items())
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inside}</Error>'
        headers = {"Content-Type": "application/xml", "x-amzn-ErrorType": self.code}
        return self.status, headers, text.encode("utf-8", "replace")


def invalid_argument(message: str, name: str, value: str) -> Refused:
    """AWS's refusal of a header or of a parameter in the query."""
    return Refused("InvalidArgument", message, ArgumentName=name, ArgumentValue=value)


def malformed_xml(code: str = "MalformedXML") -> Refused:
    """AWS's refusal of a document that does not fit its schema."""
    why = (
        "The XML you provided was not well-formed or did not validate against our published schema"
    )
    return Refused(code, why)


def not_implemented(what: str) -> Refused:
    """The refusal of something of S3 that this server does not do."""
    return Refused("NotImplemented", f"This server does not implement {what}.")


def _text(value: str) -> str:
    return escape(value.translate(_NOT_XML))
