"""The API told: /openapi.json for programs, /api for people."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from voicepulse.web.site import SiteHere

router = APIRouter(tags=["about"])


class Health(BaseModel):
    """That the server answers; nothing about the study."""

    status: str
    version: str


@router.get("/health")
def health(request: Request) -> Health:
    """For a proxy or a watchdog."""
    return Health(status="up", version=request.app.version)


@router.get("/api")
def api_page(request: Request, site: SiteHere) -> Response:
    """Every operation with what it does."""
    schema = request.app.openapi()
    operations = [
        (method.upper(), path, told.get("summary", ""), told.get("description", ""))
        for path, methods in schema["paths"].items()
        for method, told in methods.items()
    ]
    return site.templates.TemplateResponse(request, "api.html.j2", {"about": schema["info"], "operations": operations})
