"""The vendor's screen "BookingPress > Settings > API Settings", in the words of its documentation."""

from frontdesk.settings import KeyWords, SettingsGroup, SettingsScreen, SettingWords
from plugins.bookingpress.settings import GROUPS

_OPTIONS = [
    SettingWords(
        key="key_expiry",
        label="Key Expiry",
        help="You can choose the expiration period for the API key. Select the option that suits your needs. If you"
        " want the key to remain valid indefinitely, choose Unlimited.",
        choices={"1 year": "1 Year", "2 years": "2 Years", "3 years": "3 Years", "unlimited": "Unlimited"},
    ),
    SettingWords(
        key="rate_limit_minute",
        label="Rate Limit/Minute",
        help="This setting allows you to define the number of API calls that can be made within one minute. For"
        " example, if you set this to 60, a maximum of 60 API requests will be allowed per minute.",
    ),
    SettingWords(
        key="rate_limit_hour",
        label="Rate Limit/Hour",
        help="Similar to the rate limit per minute, this setting defines the maximum number of API calls allowed"
        " per hour. For example, if you set this to 3600, a total of 3600 requests can be made within an hour.",
    ),
    SettingWords(
        key="blacklisted_ips",
        label="Blacklisted IPs",
        help="Here, you can specify IP addresses that are blacklisted from accessing the API. These are the IPs"
        " that will be denied access to the API system. Add the blacklisted IP addresses, separated by commas.",
    ),
    SettingWords(
        key="whitelisted_ips",
        label="Whitelisted IPs",
        help="In this section, you can define IP addresses that are whitelisted and given special access to the"
        " API. Only the IPs listed here will be allowed to interact with the API. Add the whitelisted IP"
        " addresses, separated by commas.",
    ),
]

#: The ten resources under "API Permissions", each with the vendor's name and sentence.
_RESOURCES = {
    "appointments": (
        "Appointments",
        "Enable or disable various actions for managing appointments, such as creating, reading, and deleting"
        " appointments.",
    ),
    "customers": (
        "Customers",
        "Manage customers through the API, including actions like creating, reading, updating, and deleting customer"
        " data.",
    ),
    "staffmember": (
        "Staff Member",
        "Manage staffmember through the API, including actions like creating, reading, updating, and deleting"
        " staffmember data.",
    ),
    "categories": (
        "Categories",
        "Manage categories through the API, including actions like creating, reading, updating, and deleting category"
        " data.",
    ),
    "services": (
        "Services",
        "Define services and manage them with options to create, read, update, and delete service data.",
    ),
    "payments": ("Payments", "Enable payment-related actions like listing payments."),
    "locations": (
        "Locations",
        "Manage locations through the API, including actions like creating, reading, updating, and deleting location"
        " data.",
    ),
    "coupon": (
        "Coupon",
        "Manage coupon through the API, including actions like creating, reading, and deleting coupon data.",
    ),
    "package": (
        "Package",
        "Manage packages through the API, including actions like creating, reading, updating, and deleting package"
        " data.",
    ),
    "gift_cards": (
        "Gift Cards",
        "Manage Gift cards through the API, including actions like creating, reading, updating, and deleting gift card"
        " data.",
    ),
}

SCREEN = SettingsScreen(
    vendor="BookingPress",
    title="API Settings",
    help="The BookingPress REST API Addon provides a full REST interface to interact directly with your BookingPress"
    " booking system.",
    key=KeyWords(
        title="Generate API Security Key",
        help="Click the Generate button to create a new API Security Key. This key is required to authenticate API"
        " calls and interact with the BookingPress system securely.",
        button="Generate",
    ),
    groups=[
        SettingsGroup(
            title="API Settings Options",
            help="Below the security key, you’ll find several configuration options.",
            settings=_OPTIONS,
        ),
        SettingsGroup(
            title="API Permissions",
            groups=[
                SettingsGroup(
                    title=title,
                    help=sentence,
                    settings=[
                        SettingWords(key=f"permissions.{resource}.{action}", label=action.title())
                        for action in GROUPS[resource]
                    ],
                )
                for resource, (title, sentence) in _RESOURCES.items()
            ],
        ),
    ],
)
