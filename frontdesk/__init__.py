"""What a plugin is made of: the hook marker, and what the ``register_*`` hooks return and receive.

``frontdesk`` and its modules are the whole public surface: everything that a plugin needs and nothing else. It follows
semantic versions (docs/plugins/README.md); ``core`` behind it is private and changes without notice. The four built-in
dialects import from here alone.
"""

from core.domain.personal_data import PersonalData
from core.domain.site import Site
from core.hookspecs import hookimpl
from core.http.dialect import (
    CredentialIssuer,
    Dialect,
    ErrorReply,
    Host,
    Importer,
    Principal,
    RequestSteps,
    Route,
    WebhookCall,
)
from core.plugin_versions import SURFACE_VERSION
from core.services.consumers import Consumer
from core.services.service_editing import ServiceEditor
from core.setting_fields import Secret

__all__ = [
    "SURFACE_VERSION",
    "Consumer",
    "CredentialIssuer",
    "Dialect",
    "ErrorReply",
    "Host",
    "Importer",
    "PersonalData",
    "Principal",
    "RequestSteps",
    "Route",
    "Secret",
    "ServiceEditor",
    "Site",
    "WebhookCall",
    "hookimpl",
]
