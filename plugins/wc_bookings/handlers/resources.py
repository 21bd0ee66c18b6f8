"""``/wc-bookings/v1/resources`` (README.md, "Resources")."""

from collections.abc import Mapping
from typing import Any

from frontdesk.openapi import operation
from frontdesk.wordpress import batch
from frontdesk.wordpress.batch import Handler
from frontdesk.wordpress.collections import paged_response, parent_ids, post_order, searched_slug
from frontdesk.wordpress.rest import Item, RestRequest, RestResponse, WPError
from frontdesk.wordpress.schema import Arg
from plugins.wc_bookings.auth import Permission, everybody, is_manager, managers, refused
from plugins.wc_bookings.handlers import arguments
from plugins.wc_bookings.handlers.base import created, payload
from plugins.wc_bookings.translate.resources import to_resource
from plugins.wc_bookings.usecases import resources
from plugins.wc_bookings.usecases.context import Context


class Resources:
    """Handlers of ``/wc-bookings/v1/resources``.

    Args:
        create_args, edit_args: The arguments of writes, which the items of a batch are checked against too.
    """

    def __init__(self, context: Context, create_args: Mapping[str, Arg], edit_args: Mapping[str, Arg]) -> None:
        self._context = context
        self._create_args = create_args
        self._edit_args = edit_args

    def permission(self, action: str) -> Permission:
        """The permission for an action.

        Strict mode refuses to edit or delete an id without a record, even to managers; the id 0 is let through.
        """
        if action in ("list", "view") and self._context.options.public_catalog:
            return everybody
        if action == "view":
            return managers(action, exists=lambda request: request.int_param("id") > 0)
        if action in ("list", "create"):
            return managers(action)

        def check(request: RestRequest) -> WPError | None:
            resource_id = request.int_param("id")
            if not resource_id:
                return None
            has_record = not self._context.strict or resources.post_title(self._context, resource_id) is not None
            return None if is_manager(request) and has_record else refused(request, action)

        return check

    def list(self, request: RestRequest) -> RestResponse:
        parents = {name: parent_ids(request, name) for name in ("parent", "parent_exclude")}
        params = {**payload(request), **parents, "slug": searched_slug(request)}
        order = post_order(request, {"title": "name", "slug": "name"})
        return paged_response(
            request,
            lambda limit, offset: resources.find(self._context, params, order, limit, offset),
            lambda resource: _item(request, to_resource(resource)),
        )

    def read(self, request: RestRequest) -> RestResponse:
        return RestResponse(_item(request, resources.get_record(self._context, request.int_param("id"))))

    def create(self, request: RestRequest) -> RestResponse:
        resource = resources.create(self._context, payload(request))
        return created(request, _item(request, to_resource(resource)), f"resources/{resource.id}")

    def update(self, request: RestRequest) -> RestResponse:
        resource = resources.update(self._context, request.int_param("id"), payload(request))
        return RestResponse(_item(request, to_resource(resource)))

    @operation(statuses=[501])
    def delete(self, request: RestRequest) -> RestResponse:
        """Delete for good; the reply is the resource as it was."""
        resource = resources.delete(self._context, request.int_param("id"), force=bool(request.get("force")))
        # Permissions are checked again for the reply: there is nothing left to edit or delete.
        request.verdicts.clear()
        return RestResponse(_item(request, to_resource(resource)))

    def batch(self, request: RestRequest) -> RestResponse:
        create: Handler = self.create
        update = self._permitted("edit", self.update)
        if self._context.options.resource_writes:
            create = arguments.checked(create, self._create_args)
            update = arguments.checked(update, self._edit_args)
        return batch.run(request, create=create, update=update, delete=self._permitted("delete", self.delete))

    def _permitted(self, action: str, handler: Handler) -> Handler:
        """A handler for items of a batch, which have no permission of their own."""
        permission = self.permission(action)

        def run(request: RestRequest) -> RestResponse:
            refusal = permission(request)
            if refusal is not None:
                raise refusal
            return handler(request)

        return run


def _item(request: RestRequest, record: dict[str, Any]) -> Item:
    return Item(record, request.links(f"resources/{record['id']}", "resources"))
