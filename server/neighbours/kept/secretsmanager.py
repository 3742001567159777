"""Secrets Manager: secrets with all their versions, and their replicas in other regions."""

from .service import Backends, Service

SECRETS_MANAGER = Service(
    name="secretsmanager",
    backends=(
        Backends("moto.secretsmanager.models", "secretsmanager_backends", filled=("secrets",)),
    ),
    modules=("moto.secretsmanager.models",),
)
