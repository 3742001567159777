"""The one source of identifiers, in the forms that AWS Glue gives them."""

import secrets
import string
import uuid


def transform_id() -> str:
    """`tfm-` and 40 lower-case hexadecimal digits."""
    return f"tfm-{secrets.token_hex(20)}"


def task_run_id() -> str:
    """`tsk-` and 40 lower-case hexadecimal digits."""
    return f"tsk-{secrets.token_hex(20)}"


def job_id() -> str:
    """`j_` and 64 lower-case hexadecimal digits."""
    return f"j_{secrets.token_hex(32)}"


def job_run_id() -> str:
    """`jr_` and 64 lower-case hexadecimal digits."""
    return f"jr_{secrets.token_hex(32)}"


def resource_suffix() -> str:
    """Twelve capital letters and digits, which end the names that CloudFormation makes up."""
    return "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(12))


def unique() -> str:
    """A random UUID: request ids, crawl ids, labelling set ids."""
    return str(uuid.uuid4())


def root_secret() -> bytes:
    """256 random bits from which secrets can be derived."""
    return secrets.token_bytes(32)
