"""`awsglue.job.Job`: the frame of a script. What its run has read is written down at commit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import surroundings

if TYPE_CHECKING:
    from .context import GlueContext

OPTION = "--job-bookmark-option"


class Job:
    """A script's job; one at a time."""

    def __init__(self, glue_context: "GlueContext") -> None:
        self.glue_context = glue_context
        self._begun = False

    def init(self, job_name: str, args: Mapping[str, Any] | None = None) -> None:
        """Begin. `args` are what getResolvedOptions gave."""
        del job_name  # the server knows the run by the name that it gave
        option = (args or {}).get("job_bookmark_option") or surroundings.word(OPTION)
        self.glue_context.bookmarks.begin(option or "")
        self._begun = True

    def isInitialized(self) -> bool:
        """Whether `init` was called."""
        return self._begun

    def commit(self) -> None:
        """End. Raises RuntimeError before `init`."""
        if not self._begun:
            raise RuntimeError("Job.commit was called before Job.init")
        self.glue_context.bookmarks.commit()
