"""IAM and STS: users, groups, roles and policies, and the keys that both have issued."""

from .service import Backends, Service

IAM = Service(
    name="iam",
    backends=(
        Backends(
            "moto.iam.models",
            "iam_backends",
            filled=(
                "users",
                "groups",
                "roles",
                "managed_policies",
                "inline_policies",
                "instance_profiles",
                "access_keys",
                "account_aliases",
                "account_password_policy",
                "certificates",
                "open_id_providers",
                "saml_providers",
                "virtual_mfa_devices",
            ),
            beside=("tagger",),
        ),
        Backends("moto.sts.models", "sts_backends", filled=("assumed_roles",)),
    ),
    modules=("moto.iam.models", "moto.sts.models", "moto.utilities.tagging_service"),
)
"""STS assumes roles by keys of IAM's."""
