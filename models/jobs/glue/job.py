"""`awsglue.job.Job`: the frame of a script. What its run has read is written down at commit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .context import GlueContext


class Job:
    """A script's job; one at a time."""

    def __init__(self, glue_context: "GlueContext") -> None:
        self.glue_context = glue_context
        self._begun = False

    def init(self, job_name: str, args: Mapping[str, Any] | None = None) -> None:
        """Begin. `args` are what getResolvedOptions gave."""
        del args
        self.glue_context.job_name = job_name
        self._begun = True

    def isInitialized(self) -> bool:
        """Whether `init` was called."""
        return self._begun

    def commit(self) -> None:
        """End. Raises RuntimeError before `init`."""
        if not self._begun:
            raise RuntimeError("Job.commit was called before Job.init")
