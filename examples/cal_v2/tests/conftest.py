import pytest


@pytest.fixture
def frontdesk_config():
    """The host of the tests: this plugin, and a second API that sells the same places."""
    return {"plugins": {"enabled": ["cal_v2", "bookablesites"]}}


@pytest.fixture
def client(frontdesk_client, frontdesk_host):
    """A WebTest client with a key."""
    frontdesk_client.authorization = ("Bearer", frontdesk_host.key("cal_v2")["api_key"])
    return frontdesk_client
