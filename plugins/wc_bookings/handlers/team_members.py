"""``/wc-bookings/v2/resources/team-members`` (README.md, "Team members")."""

from frontdesk.openapi import operation
from frontdesk.wordpress.rest import Item, RestRequest, RestResponse
from plugins.wc_bookings.handlers.base import created, payload
from plugins.wc_bookings.translate.resources import to_team_member
from plugins.wc_bookings.usecases import team_members
from plugins.wc_bookings.usecases.context import Context
from plugins.wc_bookings.usecases.team_members import TeamMember

BASE = "resources/team-members"


class TeamMembers:
    """Handlers of both routes."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(self, request: RestRequest) -> RestResponse:
        _, limit, offset = request.paging()
        page = team_members.find(payload(request), limit=limit, offset=offset)
        return RestResponse([_item(request, member) for member in page.items], total=page.total or 0)

    def read(self, request: RestRequest) -> RestResponse:
        return RestResponse(_item(request, team_members.get(request.int_param("id"))))

    def create(self, request: RestRequest) -> RestResponse:
        member = team_members.create(self._context, payload(request))
        return created(request, _item(request, member), f"{BASE}/{member.resource.id}")

    def update(self, request: RestRequest) -> RestResponse:
        member = team_members.update(self._context, request.int_param("id"), payload(request))
        return RestResponse(_item(request, member))

    @operation(statuses=[410])
    def delete(self, request: RestRequest) -> RestResponse:
        """Move to the trash, or delete for good; the reply is the person as it was."""
        member = team_members.delete(self._context, request.int_param("id"), force=bool(request.get("force")))
        return RestResponse(_item(request, member))


def _item(request: RestRequest, member: TeamMember) -> Item:
    resource, service_ids = member
    return Item(to_team_member(resource, service_ids), request.links(f"{BASE}/{resource.id}", BASE))
