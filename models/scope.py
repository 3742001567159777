"""Whose state a call sees: one account in one region. Nothing is ever read across scopes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """An AWS account (12 digits) and a region name."""

    account: str
    region: str

    @property
    def partition(self) -> str:
        """The ARN partition that the region lies in."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, resource: str, *, service: str = "glue") -> str:
        """The ARN of a resource of Glue, or of another service; for example of `crawler/name`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
