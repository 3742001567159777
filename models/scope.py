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

    def arn(self, resource: str) -> str:
        """The Glue ARN of `resource`, for example `crawler/name`."""
        return f"arn:{self.partition}:glue:{self.region}:{self.account}:{resource}"
