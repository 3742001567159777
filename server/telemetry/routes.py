"""The routes by which somebody looks at the server: its health and its figures."""

import json
from collections.abc import Mapping
from importlib.metadata import version

from flask import Blueprint, Response

from gluematch.server.protocol.own import ROOT

from . import metrics
from .health import Health
from .metrics import Metrics


def routes(health: Health, figures: Metrics) -> Blueprint:
    """`GET /_gluematch/health`, `health/live`, `health/ready` and `metrics`."""
    seeing = Blueprint("seeing", __name__)

    @seeing.get(f"{ROOT}health")
    @seeing.get(f"{ROOT}health/ready")
    def ready() -> Response:
        obstacles = health.obstacles()
        told = {
            "status": "not ready" if obstacles else "ok",
            "live": True,
            "ready": not obstacles,
            "reasons": obstacles,
            "version": version("gluematch"),
        }
        return _json(told, 503 if obstacles else 200)

    @seeing.get(f"{ROOT}health/live")
    def live() -> Response:
        return _json({"status": "ok", "live": True, "version": version("gluematch")}, 200)

    @seeing.get(f"{ROOT}metrics")
    def all_figures() -> Response:
        return Response(figures.text(), content_type=metrics.CONTENT_TYPE)

    return seeing


def _json(told: Mapping[str, object], status: int) -> Response:
    return Response(json.dumps(told), status, content_type="application/json")
